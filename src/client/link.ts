import { BehaviorSubject, type Observable } from "rxjs";
import type { ClientMessageInput, Role } from "../protocol/client-message.ts";
import { nowNs } from "../protocol/clock.ts";
import { createClockSync, type ClockEstimate, type ClockSync } from "../protocol/clock-sync.ts";
import {
  closeCodes,
  ProtocolError,
  subprotocol,
  type ProtocolErrorCode,
} from "../protocol/protocol-error.ts";
import { parseSamplesFrame, type SamplesFrame } from "../protocol/samples-frame.ts";
import type { ServerMessage, ServerMessageOf } from "../protocol/server-message.ts";
import type { OpenSocket, Socket } from "./socket.ts";

export type LinkState =
  | { readonly status: "connecting"; readonly attempt: number }
  | { readonly status: "open"; readonly server: string; readonly roles: readonly Role[] }
  | {
      readonly status: "waiting";
      readonly attempt: number;
      readonly retryInMs: number;
      readonly code: number;
      readonly reason: string;
    }
  | { readonly status: "closed"; readonly code: number; readonly reason: string };

export interface LinkOptions {
  readonly url: string;
  readonly token: string | undefined;
  /** Silence after which the server is taken for lost. */
  readonly timeoutMs: number;
  /** Pause before the first new attempt; it doubles with each that fails. */
  readonly retryMs: number;
  readonly longestRetryMs: number;
  readonly openSocket: OpenSocket;
}

export interface LinkEvents {
  /** The handshake is over, for the first time or again. */
  ready(welcome: ServerMessageOf<"welcome">): void;
  message(message: ServerMessage): void;
  samples(frame: SamplesFrame): void;
  /** It is closed for good: by the user (null), or because coming back would fail again. */
  closed(error: ProtocolError | null): void;
}

/** One connection that comes back by itself: handshake, probes of the server's clock, pauses that grow. */
export interface Link {
  readonly state$: Observable<LinkState>;
  readonly isOpen: boolean;
  readonly bufferedBytes: number;
  /** False if there is no connection to send on. */
  send(message: ClientMessageInput): boolean;
  sendFrame(bytes: Uint8Array): boolean;
  clock(): ClockEstimate | null;
  close(): void;
}

/** Probes at the start of a connection, before they become rare. */
const quickProbes = 8;
const quickProbeMs = 40;

export function createLink(options: LinkOptions, events: LinkEvents): Link {
  const state = new BehaviorSubject<LinkState>({ status: "connecting", attempt: 0 });
  let socket: Socket | null = null;
  let open = false;
  let attempt = 0;
  let heardAt = 0;
  let sync: ClockSync = createClockSync();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let finished = false;

  function dial(): void {
    state.next({ status: "connecting", attempt });
    heardAt = performance.now();
    let failure = "";
    const current = options.openSocket(options.url, subprotocol);
    socket = current;
    current.binaryType = "arraybuffer";
    current.onopen = () => current.send(JSON.stringify(hello()));
    current.onmessage = ({ data }) => socket === current && receive(data);
    current.onerror = ({ message }) => void (failure = message ?? "");
    current.onclose = ({ code, reason }) => socket === current && lose(code, reason || failure);
    clearTimeout(timer);
    timer = setTimeout(() => lose(1006, "no answer"), options.timeoutMs);
  }

  function hello(): ClientMessageInput {
    return {
      kind: "hello",
      client: "brainwire/client",
      ...(options.token === undefined ? {} : { token: options.token }),
    };
  }

  function receive(data: unknown): void {
    heardAt = performance.now();
    try {
      if (typeof data === "string") return take(JSON.parse(data) as ServerMessage);
      events.samples(parseSamplesFrame(new Uint8Array(data as ArrayBuffer)));
    } catch (error) {
      if (!(error instanceof ProtocolError || error instanceof SyntaxError)) throw error;
      const fault =
        error instanceof ProtocolError ? error : new ProtocolError("PROTOCOL_MESSAGE", error.message);
      const broken = socket;
      lose(fault.closeCode, fault.reason);
      broken?.close(fault.closeCode, fault.reason);
    }
  }

  function take(message: ServerMessage): void {
    if (message.kind === "welcome") {
      open = true;
      attempt = 0;
      sync = createClockSync();
      state.next({ status: "open", server: message.server, roles: message.roles });
      probe(quickProbes);
      return events.ready(message);
    }
    if (message.kind === "pong") {
      const t3 = nowNs();
      return sync.push({ t0: BigInt(message.t0), t1: BigInt(message.t1), t2: BigInt(message.t2), t3 });
    }
    events.message(message);
  }

  /** Sends probes, first quickly, then a few within the time-out; silence longer than that is a lost server. */
  function probe(quick: number): void {
    clearTimeout(timer);
    const silentMs = performance.now() - heardAt;
    if (silentMs > options.timeoutMs) return lose(1006, `silent for ${Math.round(silentMs)} ms`);
    send({ kind: "ping", t0: String(nowNs()) });
    timer = setTimeout(() => probe(quick - 1), quick > 1 ? quickProbeMs : options.timeoutMs / 4);
  }

  function drop(): void {
    clearTimeout(timer);
    const old = socket;
    socket = null;
    open = false;
    if (!old) return;
    old.onmessage = old.onclose = old.onopen = null;
    old.onerror = () => undefined; // closing one that is not open yet complains
    old.close(1000);
  }

  function lose(code: number, reason: string): void {
    drop();
    if (finished) return;
    const permanent = permanentError(code, reason);
    if (permanent) return finish(permanent);
    const retryInMs =
      Math.min(options.longestRetryMs, options.retryMs * 2 ** attempt) * (0.75 + Math.random() / 2);
    attempt++;
    state.next({ status: "waiting", attempt, retryInMs, code, reason });
    timer = setTimeout(dial, retryInMs);
  }

  function finish(error: ProtocolError | null): void {
    if (finished) return;
    finished = true;
    drop();
    events.closed(error);
    state.next({ status: "closed", code: error?.closeCode ?? 1000, reason: error?.message ?? "" });
    state.complete();
  }

  function send(message: ClientMessageInput): boolean {
    if (!open || !socket) return false;
    socket.send(JSON.stringify(message));
    return true;
  }

  dial();
  return {
    state$: state.asObservable(),
    get isOpen() {
      return open;
    },
    get bufferedBytes() {
      return socket?.bufferedAmount ?? 0;
    },
    send,
    sendFrame(bytes) {
      if (!open || !socket) return false;
      socket.send(bytes);
      return true;
    },
    clock: () => sync.estimate(nowNs()),
    close: () => finish(null),
  };
}

/** The error behind a close code after which coming back would fail again, else null (PROTOCOL.md, "Errors"). */
function permanentError(code: number, reason: string): ProtocolError | null {
  if (code < 4000) return null;
  if (code === closeCodes.PROTOCOL_TIMEOUT || code === closeCodes.PROTOCOL_SLOW) return null;
  const known = Object.entries(closeCodes).find(([, close]) => close === code);
  return new ProtocolError(
    (known?.[0] ?? "PROTOCOL_MESSAGE") as ProtocolErrorCode,
    reason || `closed with ${code}`,
  );
}
