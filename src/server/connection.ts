import type { RawData, WebSocket } from "ws";
import { EegError } from "../eeg/errors.ts";
import type { ClientMessage, ClientMessageOf, Role } from "../protocol/client-message.ts";
import { nowNs } from "../protocol/clock.ts";
import { parseClientMessage } from "../protocol/parse-message.ts";
import { closeReason, ProtocolError, subprotocol } from "../protocol/protocol-error.ts";
import { parseSampleRows } from "../protocol/sample-rows.ts";
import { parseSamplesFrame } from "../protocol/samples-frame.ts";
import type { ServerMessage } from "../protocol/server-message.ts";
import { asText } from "./entry.ts";
import { createRateLimit, type Limits } from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import { createOutlet } from "./outlet.ts";
import type { Publication } from "./publication.ts";
import type { Stream } from "./stream.ts";
import type { StreamList } from "./stream-list.ts";
import type { Subscription } from "./subscription.ts";
import type { Grant } from "./tokens.ts";

export interface ConnectionOptions {
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
  const publications = new Map<number, Publication>();
  const outlet = createOutlet(socket, limits.sendBytes, fail);
  let grant: Grant | null = null;
  let heardMs = performance.now();
  let unanswered = 0;
  let over = false;
  let publishing = 0;
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
    if (socket.bufferedAmount < limits.sendBytes)
      say({ kind: "error", code: error.code, message: error.message, fatal: true });
    close(error.closeCode, error.message);
  }

  function release(): void {
    clearTimeout(handshake);
    for (const [stream, subscription] of subscriptions) stream.leave(subscription);
    subscriptions.clear();
    for (const publication of publications.values()) streams.interrupt(publication);
    publications.clear();
  }

  function say(message: ServerMessage): void {
    outlet.send({ data: asText(message), binary: false });
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
    if (busy) {
      busy = busy.then(() => attempt(bytes, isBinary));
      return;
    }
    const done = attempt(bytes, isBinary);
    if (done) hold(done);
  }

  /** Takes nothing more from the socket until `work` is done: its sender has to wait. */
  function hold(work: Promise<void>): void {
    busy = work;
    socket.pause();
    const release = (): void => {
      if (busy !== work) return void busy?.then(release);
      busy = null;
      socket.resume();
    };
    void work.then(release);
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
    const frame = parseSamplesFrame(bytes);
    return publication(frame.stream).samples(frame.segment, frame.samples);
  }

  function need(role: Role): void {
    if (!grant) throw new ProtocolError("PROTOCOL_ORDER", "the first message must be hello");
    if (!grant.roles.includes(role))
      throw new ProtocolError("PROTOCOL_ROLE", `the token does not carry the role ${role}`);
  }

  function publication(stream: number): Publication {
    const found = publications.get(stream);
    if (!found)
      throw new ProtocolError("PROTOCOL_ORDER", `stream ${stream} is not published by this connection`);
    return found;
  }

  function text(bytes: Buffer): void | Promise<void> {
    if (bytes.length > limits.textBytes && !publications.size)
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
        return publish(message);
    }
  }

  function pong(t0: string): void {
    const t1 = nowNs();
    say({ kind: "pong", t0, t1: String(t1), t2: String(nowNs()) });
  }

  /** Answers what cannot be done. */
  function decline(error: EegError, message: { readonly request?: number | undefined }): void {
    say({ kind: "error", code: error.code, message: error.message, fatal: false, ...requestOf(message) });
  }

  function subscribe(message: ClientMessageOf<"subscribe">): void {
    const stream = streams.find(message.stream);
    if (!stream)
      return decline(
        new ProtocolError(
          "PROTOCOL_STREAM",
          message.stream === undefined ? "there is no stream yet" : `no stream is called ${message.stream}`,
        ),
        message,
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
      return decline(
        new ProtocolError("PROTOCOL_STREAM", `stream ${message.stream} plays no recording`),
        message,
      );
    playback.control(message.action);
    say({ kind: "done", ...requestOf(message) });
  }

  type PublisherMessage = Extract<
    ClientMessage,
    { kind: "publish" | "info" | "samples" | "gap" | "marker" | "end" }
  >;

  function publish(message: PublisherMessage): void | Promise<void> {
    if (message.kind === "publish") return announce(message);
    const of = publication(message.stream);
    switch (message.kind) {
      case "info":
        return restart(of, message);
      case "samples":
        return of.samples(message.segment, parseSampleRows(message.data, message.start));
      case "gap":
        return of.gap(message.segment, {
          kind: "gap",
          start: message.start,
          nSamples: message.nSamples,
          reason: message.reason,
        });
      case "marker": {
        const { onset, duration, text: words, channel, segment } = message;
        return of.marker(segment, {
          kind: "marker",
          onset,
          duration,
          text: words,
          ...(channel === undefined ? {} : { channel }),
        });
      }
      case "end":
        publications.delete(message.stream);
        return streams.end(of);
    }
  }

  async function announce(message: ClientMessageOf<"publish">): Promise<void> {
    if (publications.size + publishing >= limits.publications)
      throw new ProtocolError("PROTOCOL_LIMIT", `more than ${limits.publications} published streams`);
    publishing++;
    try {
      published(await streams.publish(message.info), message);
    } catch (error) {
      refuse(error, message);
    } finally {
      publishing--;
    }
  }

  async function restart(of: Publication, message: ClientMessageOf<"info">): Promise<void> {
    published(await streams.restart(of, message.info), {});
  }

  function published(made: Publication, message: { readonly request?: number | undefined }): void {
    const { stream } = made;
    if (over) return streams.interrupt(made);
    publications.set(stream.number, made);
    const { number, segment, instance, next } = stream;
    say({ kind: "published", stream: number, segment, instance, next, ...requestOf(message) });
  }

  /** A stream that cannot be taken is declined; everything else is the connection's end. */
  function refuse(error: unknown, message: ClientMessageOf<"publish">): void {
    const declined =
      error instanceof EegError && (!(error instanceof ProtocolError) || error.code === "PROTOCOL_CONFLICT");
    if (!declined) throw error;
    decline(error, message);
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
      const idle = subscriptions.size === 0 && publications.size === 0 && publishing === 0;
      if (idle && grant && idleMs > limits.idleMs)
        return fail(new ProtocolError("PROTOCOL_TIMEOUT", `idle for ${Math.round(idleMs)} ms`));
      unanswered++;
      socket.ping();
    },
  };
}

function requestOf({ request }: { readonly request?: number | undefined }): { request?: number } {
  return request === undefined ? {} : { request };
}
