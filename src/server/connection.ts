import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import type { ClientMessage, ClientMessageOf, Role } from "../protocol/client-message.ts";
import { nowNs } from "../protocol/clock.ts";
import { parseClientMessage } from "../protocol/parse-message.ts";
import { closeReason, ProtocolError, subprotocol } from "../protocol/protocol-error.ts";
import { parseSamplesFrame } from "../protocol/samples-frame.ts";
import type { ServerMessage } from "../protocol/server-message.ts";
import { declined, requestOf } from "./answers.ts";
import { textFrame } from "./frame.ts";
import { createRateLimit, type Limits } from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import { createOutlet } from "./outlet.ts";
import { createPublisher } from "./publisher.ts";
import type { Stream } from "./stream.ts";
import type { StreamList } from "./stream-list.ts";
import type { Subscription } from "./subscription.ts";
import type { Grant } from "./tokens.ts";

export interface ConnectionOptions {
  /** What the WebSocket reads and writes. */
  readonly wire: Duplex;
  readonly streams: StreamList;
  readonly limits: Limits;
  readonly metrics: Metrics;
  /** Name and version of the server. */
  readonly server: string;
  readonly grant: (token: string | undefined) => Grant;
  readonly log: (event: string, details: Record<string, string | number>) => void;
  readonly closed: () => void;
}

export interface Connection {
  readonly subscriptions: number;
  /** Every `heartbeatMs`: pings, and looks for what has been silent for too long. */
  beat(): void;
  close(code: number, reason: string): void;
}

/** How long a peer has to answer a close frame before the socket is simply cut. */
const closeMs = 5000;

export function serveConnection(socket: WebSocket, options: ConnectionOptions): Connection {
  const { streams, limits, metrics, log } = options;
  const allow = createRateLimit(limits.messagesPerSecond);
  const subscriptions = new Map<Stream, Subscription>();
  const outlet = createOutlet(socket, { wire: options.wire, sendBytes: limits.sendBytes, fail });
  const publisher = createPublisher({ streams, limits, say });
  let grant: Grant | null = null;
  let heardMs = performance.now();
  let unanswered = 0;
  let over = false;
  /** Messages that wait for an asynchronous engine or a publication: what comes after them waits too. */
  let busy: Promise<void> | null = null;
  const handshake = setTimeout(
    () => fail(new ProtocolError("PROTOCOL_TIMEOUT", `no hello within ${limits.handshakeMs} ms`)),
    limits.handshakeMs,
  );

  function close(code: number, reason: string): void {
    if (over) return;
    over = true;
    release();
    socket.close(code, closeReason(reason));
    setTimeout(() => socket.terminate(), closeMs).unref();
  }

  function fail(error: ProtocolError): void {
    if (over) return;
    metrics.fault(error.code);
    log("connection refused", { code: error.code, reason: error.reason });
    if (!outlet.full) say({ kind: "error", code: error.code, message: error.message, fatal: true });
    close(error.closeCode, error.message);
  }

  function release(): void {
    clearTimeout(handshake);
    for (const [stream, subscription] of subscriptions) stream.leave(subscription);
    subscriptions.clear();
    publisher.release();
  }

  function say(message: ServerMessage): void {
    outlet.send(textFrame(message));
  }

  /** One more message: whether it may be looked at. */
  function admit(): boolean {
    heardMs = performance.now();
    unanswered = 0;
    if (over) return false;
    if (allow()) return true;
    fail(new ProtocolError("PROTOCOL_LIMIT", `more than ${limits.messagesPerSecond} messages a second`));
    return false;
  }

  function receive(data: RawData, isBinary: boolean): void {
    const bytes = data as Buffer;
    metrics.message(bytes.length);
    if (!admit()) return;
    const done = busy ? busy.then(() => attempt(bytes, isBinary)) : attempt(bytes, isBinary);
    if (done) hold(done);
  }

  /** Takes nothing more from the socket until `work` is done: its sender has to wait. */
  function hold(work: Promise<void>): void {
    socket.pause();
    const mine: Promise<void> = work.then(() => {
      if (busy !== mine) return; // more had come before the socket was paused
      busy = null;
      socket.resume();
    });
    busy = mine;
  }

  /** Never throws, never rejects. */
  function attempt(bytes: Buffer, isBinary: boolean): void | Promise<void> {
    if (over) return;
    try {
      return isBinary ? samples(bytes)?.catch(broken) : text(bytes)?.catch(broken);
    } catch (error) {
      return broken(error);
    }
  }

  function broken(error: unknown): void {
    if (error instanceof ProtocolError) return fail(error);
    log("connection broke", {
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    close(1011, "a fault of the server");
  }

  function samples(bytes: Buffer): void | Promise<void> {
    need("publish");
    return publisher.frame(parseSamplesFrame(bytes));
  }

  function need(role: Role): void {
    if (!grant) throw new ProtocolError("PROTOCOL_ORDER", "the first message must be hello");
    if (!grant.roles.includes(role))
      throw new ProtocolError("PROTOCOL_ROLE", `the token does not carry the role ${role}`);
  }

  function text(bytes: Buffer): void | Promise<void> {
    if (bytes.length > limits.textBytes && !publisher.active)
      throw new ProtocolError(
        "PROTOCOL_LIMIT",
        `a text frame of ${bytes.length} bytes is longer than ${limits.textBytes}`,
      );
    const message = parseClientMessage(bytes.toString("utf8"));
    if (message.kind === "hello") return hello(message);
    if (!grant) throw new ProtocolError("PROTOCOL_ORDER", "the first message must be hello");
    return take(message);
  }

  function hello({ token, client }: ClientMessageOf<"hello">): void {
    if (grant) throw new ProtocolError("PROTOCOL_ORDER", "hello came twice");
    grant = options.grant(token);
    clearTimeout(handshake);
    log("connection opened", { name: grant.name, client: client ?? "" });
    const { payloadBytes, textBytes, messagesPerSecond, channels, sfreqHz, heartbeatMs } = limits;
    say({
      kind: "welcome",
      protocol: subprotocol,
      server: options.server,
      roles: [...grant.roles],
      heartbeatMs,
      limits: { payloadBytes, textBytes, messagesPerSecond, channels, sfreqHz },
    });
  }

  function take(message: Exclude<ClientMessage, { kind: "hello" }>): void | Promise<void> {
    switch (message.kind) {
      case "ping":
        return pong(message.t0);
      case "list":
        need("subscribe");
        return say({
          kind: "streams",
          streams: streams.all.map((stream) => stream.describe()),
          ...requestOf(message),
        });
      case "subscribe":
        need("subscribe");
        return subscribe(message);
      case "unsubscribe":
        return unsubscribe(message.stream);
      case "credit": {
        const stream = streams.at(message.stream);
        return stream && subscriptions.get(stream)?.grant(message.messages);
      }
      case "control":
        need("control");
        return control(message);
      default:
        need("publish");
        return publisher.message(message);
    }
  }

  function pong(t0: string): void {
    const t1 = nowNs();
    say({ kind: "pong", t0, t1: String(t1), t2: String(nowNs()) });
  }

  function subscribe(message: ClientMessageOf<"subscribe">): void {
    const stream = streams.find(message.stream);
    if (!stream)
      return say(
        declined(
          new ProtocolError(
            "PROTOCOL_STREAM",
            message.stream === undefined ? "there is no stream yet" : `no stream is called ${message.stream}`,
          ),
          message,
        ),
      );
    const existing = subscriptions.get(stream);
    if (existing) return existing.change(message);
    if (subscriptions.size >= limits.subscriptions)
      throw new ProtocolError("PROTOCOL_LIMIT", `more than ${limits.subscriptions} subscriptions`);
    subscriptions.set(stream, stream.subscribe(outlet, message));
  }

  function unsubscribe(number: number): void {
    const stream = streams.at(number);
    const subscription = stream && subscriptions.get(stream);
    if (!subscription) return;
    subscriptions.delete(stream);
    stream.leave(subscription);
  }

  function control(message: ClientMessageOf<"control">): void {
    const stream = streams.at(message.stream);
    const playback = stream && streams.playback(stream);
    if (!playback)
      return say(
        declined(
          new ProtocolError("PROTOCOL_STREAM", `stream ${message.stream} plays no recording`),
          message,
        ),
      );
    playback.control(message.action);
    say({ kind: "done", ...requestOf(message) });
  }

  socket.on("message", receive);
  socket.on("ping", admit);
  socket.on("pong", () => (unanswered = 0));
  socket.on("error", (error) => log("socket error", { reason: error.message }));
  socket.on("close", (code) => {
    over = true;
    release();
    log("connection closed", { code });
    options.closed();
  });

  return {
    get subscriptions() {
      return subscriptions.size;
    },
    close,
    beat() {
      if (over) return;
      if (unanswered >= 2) {
        metrics.fault("PROTOCOL_TIMEOUT");
        log("connection lost", { reason: "two pings without an answer" });
        return socket.terminate();
      }
      if (grant && grant.expiresMs <= Date.now())
        return fail(new ProtocolError("PROTOCOL_TOKEN", "the token has expired"));
      const idleMs = performance.now() - heardMs;
      const idle = subscriptions.size === 0 && !publisher.active;
      if (idle && grant && idleMs > limits.idleMs)
        return fail(new ProtocolError("PROTOCOL_TIMEOUT", `idle for ${Math.round(idleMs)} ms`));
      unanswered++;
      socket.ping();
    },
  };
}
