import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pino, type Logger } from "pino";
import { WebSocketServer } from "ws";
import { EegError } from "../eeg/errors.ts";
import type { Item } from "../eeg/item.ts";
import type { Recording } from "../formats/recording.ts";
import { subprotocol } from "../protocol/protocol-error.ts";
import { serveConnection, type Connection } from "./connection.ts";
import type { DecodingService } from "./decoding.ts";
import { createGuard, isLoopback } from "./guard.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { createMetrics } from "./metrics.ts";
import { createStreamList, type RecordingOptions, type SourceOptions } from "./stream-list.ts";
import type { Page } from "./page.ts";
import { openGrant, type Tokens } from "./tokens.ts";

export interface ServerOptions {
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** 0 for any that is free. @default 8765 */
  readonly port?: number;
  /** Decodes every stream; it is released with the server. @default none: streams are served as they are */
  readonly decoding?: DecodingService;
  /** Who may do what. Needed for every host but the loopback. */
  readonly tokens?: Tokens;
  /** PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Names under which the server may be addressed, beside the loopback's. */
  readonly allowedHosts?: readonly string[];
  /** Origins of other pages that may connect. */
  readonly allowedOrigins?: readonly string[];
  readonly limits?: Partial<Limits>;
  /** @default none */
  readonly logger?: Logger;
  /** Name and version that `welcome` tells. @default "brainwire" */
  readonly name?: string;
  /** Answers `GET /` and what the page needs. @default none */
  readonly page?: Page;
}

export interface Server {
  /** `ws://127.0.0.1:8765` */
  readonly url: string;
  /** Plays a recording once somebody subscribes to it. @returns the stream's name */
  addRecording(recording: Recording, options?: Partial<RecordingOptions>): Promise<string>;
  /** Pulls a source that has its own pace from now on. @returns the stream's name */
  addSource(
    source: AsyncIterable<Item>,
    origin: "synthetic" | "lsl",
    options?: SourceOptions,
  ): Promise<string>;
  /** Takes no more connections, sends what is on its way, closes each with 1001. */
  close(): Promise<void>;
}

/** How long closing waits for what is on its way. */
const flushMs = 1000;
const closingMs = 1000;

/**
 * Serves streams by `brainwire.v1` (protocol/PROTOCOL.md), with `GET /healthz` and `GET /metrics`.
 * @throws EegError OPTION_INVALID if others could reach it without tokens, ADDRESS_IN_USE
 */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const { host = "127.0.0.1", port = 8765, tokens, tls, decoding = null, name = "brainwire" } = options;
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const logger = options.logger ?? pino({ level: "silent" });
  if (!isLoopback(host) && !tokens)
    throw new EegError(
      "OPTION_INVALID",
      `host ${host}: others could reach it, so it needs a file of tokens; 127.0.0.1 needs none`,
    );
  if (!isLoopback(host) && !tls)
    logger.warn(
      "no TLS: tokens and EEG travel in the clear; give --tls-cert and --tls-key, or put a proxy with TLS before it",
    );

  const connections = new Set<Connection>();
  const perAddress = new Map<string, number>();
  let closing = false;
  const metrics = createMetrics({
    streams: () => streams.all.length,
    connections: () => connections.size,
    subscribers: () => streams.all.reduce((sum, { subscribers }) => sum + subscribers, 0),
    longestLag: () => Math.max(0, ...streams.all.map(({ longestLag }) => longestLag)),
  });
  const streams = createStreamList({
    limits,
    decoding,
    metrics,
    log: (event, details) => logger.info(details, event),
  });
  const everyInterface = host === "0.0.0.0" || host === "::";
  const guard = createGuard({
    hosts: [...(options.allowedHosts ?? []), ...(everyInterface ? [] : [host])],
    origins: options.allowedOrigins ?? [],
  });

  const answer: RequestListener = (request, response) => {
    const path = (request.url ?? "/").split("?")[0];
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, { "content-type": type, "x-content-type-options": "nosniff" }).end(body);
    };
    const refused = guard(request);
    if (refused) return send(403, "text/plain", `refused: ${refused}\n`);
    if (request.method !== "GET" && request.method !== "HEAD") return send(405, "text/plain", "GET only\n");
    if (path === "/healthz")
      return send(closing ? 503 : 200, "application/json", `{"status":"${closing ? "closing" : "ok"}"}\n`);
    if (path === "/metrics")
      return void metrics.text().then(
        (text) => send(200, metrics.contentType, text),
        () => send(500, "text/plain", "no metrics\n"),
      );
    if (options.page?.(request, response)) return;
    if (path === "/")
      return send(200, "text/plain", `${name}: connect a WebSocket with the subprotocol ${subprotocol}\n`);
    send(404, "text/plain", "not found\n");
  };
  const http = tls ? createHttpsServer({ ...tls, minVersion: "TLSv1.2" }, answer) : createHttpServer(answer);
  http.headersTimeout = limits.handshakeMs;
  http.requestTimeout = limits.handshakeMs;

  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.payloadBytes,
    maxFragments: limits.fragments,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });

  /** Why an upgrade is refused, with its status, or null. */
  function refusal(request: IncomingMessage, address: string): [status: string, why: string] | null {
    const foreign = guard(request);
    if (foreign) return ["403 Forbidden", foreign];
    const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((each) => each.trim());
    if (!offered.includes(subprotocol))
      return [
        "400 Bad Request",
        `expected the WebSocket subprotocol ${subprotocol}, got ${offered.join(", ") || "none"}`,
      ];
    if (closing) return ["503 Service Unavailable", "the server is shutting down"];
    if (connections.size >= limits.connections) return ["503 Service Unavailable", "too many connections"];
    if ((perAddress.get(address) ?? 0) >= limits.connectionsPerAddress)
      return ["429 Too Many Requests", "too many connections from this address"];
    return null;
  }

  http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const address = (socket as Socket).remoteAddress ?? "";
    const refused = refusal(request, address);
    if (refused) {
      const [status, why] = refused;
      metrics.fault(status.slice(0, 3));
      logger.info({ address, why }, "upgrade refused");
      socket.on("error", () => undefined);
      const body = `${why}\n`;
      socket.end(
        `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      perAddress.set(address, (perAddress.get(address) ?? 0) + 1);
      const log = logger.child({ address });
      const connection = serveConnection(webSocket, {
        wire: socket,
        streams,
        limits,
        metrics,
        server: name,
        grant: (token) => (tokens ? tokens.grant(token) : openGrant),
        log: (event, details) => log.info(details, event),
        closed() {
          connections.delete(connection);
          const left = (perAddress.get(address) ?? 1) - 1;
          if (left > 0) perAddress.set(address, left);
          else perAddress.delete(address);
        },
      });
      connections.add(connection);
    });
  });

  await new Promise<void>((resolve, reject) => {
    http.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE")
        reject(
          new EegError(
            "ADDRESS_IN_USE",
            `port ${port} on ${host} is in use; choose another, or stop what uses it`,
            { cause: error },
          ),
        );
      else
        reject(
          new EegError("ADDRESS_IN_USE", `cannot listen on ${host}:${port} (${error.code})`, {
            cause: error,
          }),
        );
    });
    http.listen(port, host, resolve);
  });
  const heartbeat = setInterval(() => {
    for (const connection of connections) connection.beat();
  }, limits.heartbeatMs);
  const bound = (http.address() as AddressInfo).port;
  const url = `${tls ? "wss" : "ws"}://${host.includes(":") ? `[${host}]` : host}:${bound}`;
  logger.info({ host, port: bound, tls: tls !== undefined, tokens: tokens !== undefined }, "listening");

  async function close(): Promise<void> {
    if (closing) return;
    closing = true;
    clearInterval(heartbeat);
    http.close();
    await streams.stop();
    const untilFlushed = performance.now() + flushMs;
    while (
      connections.size > 0 &&
      streams.all.some(({ longestLag }) => longestLag > 0) &&
      performance.now() < untilFlushed
    )
      await new Promise((resolve) => setTimeout(resolve, 10));
    for (const connection of connections) connection.close(1001, "the server is shutting down");
    const untilClosed = performance.now() + closingMs;
    while (connections.size > 0 && performance.now() < untilClosed)
      await new Promise((resolve) => setTimeout(resolve, 5));
    http.closeAllConnections();
    await decoding?.release();
    logger.info("closed");
  }

  return {
    url,
    async addRecording(recording, { speed = 1, loop = false, ...rest } = {}) {
      return (await streams.addRecording(recording, { speed, loop, ...rest })).name;
    },
    addSource: async (...source) => (await streams.addSource(...source)).name,
    close,
  };
}
