import { WebSocket, type ClientOptions } from "ws";
import type { Item } from "../../src/eeg/item.ts";
import { secondsAt, sfreq } from "../../src/eeg/sfreq.ts";
import type { StreamInfo } from "../../src/eeg/stream-info.ts";
import type { Recording } from "../../src/formats/recording.ts";
import type { Model } from "../../src/model/model.ts";
import { createEngine } from "../../src/model/engines.ts";
import type { ClientMessageInput } from "../../src/protocol/client-message.ts";
import { parseServerMessage } from "../../src/protocol/parse-message.ts";
import { parseSamplesFrame, type SamplesFrame } from "../../src/protocol/samples-frame.ts";
import type { ServerMessage, ServerMessageOf } from "../../src/protocol/server-message.ts";
import type { PublishedInfo } from "../../src/protocol/stream-schema.ts";
import { createDecodingService, type DecodingService } from "../../src/server/decoding.ts";
import { startServer, type Server, type ServerOptions } from "../../src/server/server.ts";

type Received =
  (ServerMessage & { kind: Exclude<ServerMessage["kind"], "samples"> }) | ({ kind: "frame" } & SamplesFrame);

/** A bare WebSocket that speaks the protocol word by word. */
export interface Raw {
  readonly socket: WebSocket;
  send(message: ClientMessageInput | string | Uint8Array): void;
  /** The next message that was not taken yet. */
  next(): Promise<Received>;
  /** The next message of a kind; others before it are passed over. */
  take<Kind extends ServerMessage["kind"]>(kind: Kind): Promise<ServerMessageOf<Kind>>;
  frame(): Promise<SamplesFrame>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

export interface RawOptions extends ClientOptions {
  readonly subprotocols?: string[];
}

export function openRaw(
  url: string,
  { subprotocols = ["brainwire.v1"], ...options }: RawOptions = {},
): Promise<Raw> {
  const socket = new WebSocket(url, subprotocols, options);
  const queue: Received[] = [];
  let wake: (() => void) | null = null;
  let end: { code: number; reason: string } | null = null;
  socket.on("message", (data: Buffer, isBinary) => {
    queue.push(
      isBinary
        ? { kind: "frame", ...parseSamplesFrame(data) }
        : (parseServerMessage(String(data)) as Received),
    );
    wake?.();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on("close", (code, reason) => {
      end = { code, reason: String(reason) };
      wake?.();
      resolve(end);
    }),
  );
  async function next(): Promise<Received> {
    while (queue.length === 0) {
      if (end) throw new Error(`closed with ${end.code}: ${end.reason}`);
      await new Promise<void>((resolve) => (wake = resolve));
    }
    return queue.shift()!;
  }
  async function take<Kind extends string>(kind: Kind): Promise<Received & { kind: Kind }> {
    for (;;) {
      const message = await next();
      if (message.kind === kind) return message as Received & { kind: Kind };
      if (message.kind === "error" && message.fatal) throw new Error(`${message.code}: ${message.message}`);
    }
  }
  const raw: Raw = {
    socket,
    closed,
    next,
    send: (message) =>
      socket.send(
        typeof message === "string" || message instanceof Uint8Array ? message : JSON.stringify(message),
      ),
    take: take as Raw["take"],
    frame: () => take("frame") as Promise<SamplesFrame & { kind: "frame" }>,
  };
  return new Promise((resolve, reject) => {
    socket.on("open", () => resolve(raw));
    socket.on("error", reject);
  });
}

/** A bare WebSocket after its handshake. */
export async function openHello(url: string, token?: string): Promise<Raw> {
  const raw = await openRaw(url);
  raw.send({ kind: "hello", ...(token === undefined ? {} : { token }) });
  await raw.take("welcome");
  return raw;
}

const running = new Set<Server>();

export async function startTestServer(options: ServerOptions = {}): Promise<Server> {
  const server = await startServer({ port: 0, ...options });
  running.add(server);
  return server;
}

/** For `afterEach`: no server outlives its test. */
export async function stopServers(): Promise<void> {
  const servers = [...running];
  running.clear();
  await Promise.all(servers.map((server) => server.close()));
}

export function decodingBy(model: Model, hopSeconds = 0.1): DecodingService {
  return createDecodingService({
    model,
    engine: createEngine(model, { engine: "wasm" }),
    hopSeconds,
    allowFiltered: false,
  });
}

/** What the tests' publishers say of their stream: two electrodes at 100 Hz. */
export const headset: PublishedInfo = {
  name: "headset",
  sourceId: "serial 1",
  sfreq: { num: 100, den: 1 },
  channels: ["O1", "O2"].map((label) => ({
    label,
    unit: "µV",
    type: "eeg" as const,
    position: null,
    reference: null,
  })),
};

/** Samples whose values name their origin: 1000 * channel + sample. */
export function ramp(start: number, nSamples: number, nChannels = 2): Item & { kind: "samples" } {
  const data = new Float32Array(nChannels * nSamples);
  for (let c = 0; c < nChannels; c++)
    for (let s = 0; s < nSamples; s++) data[c * nSamples + s] = 1000 * c + start + s;
  return { kind: "samples", start, data, nSamples };
}

export function madeInfo(name = "made", nChannels = 2): StreamInfo {
  return {
    name,
    sourceId: name,
    segment: 0,
    channels: Array.from({ length: nChannels }, (_, c) => ({
      label: `c${c}`,
      unit: "µV",
      type: "eeg",
      position: null,
      reference: null,
    })),
    sfreq: sfreq(100),
    t0: "2020-01-01T10:00:00",
    filters: [],
    delaySamples: 0,
    settleSamples: 0,
  };
}

/** A recording of given items at 100 Hz. */
export function madeRecording(items: readonly Item[], info = madeInfo()): Recording {
  let end = 0;
  for (const item of items)
    if (item.kind === "samples" || item.kind === "gap") end = item.start + item.nSamples;
  const durationSeconds = secondsAt(end, info.sfreq);
  return {
    streams: [info],
    defaultStream: 0,
    diagnostics: [],
    summary: async () => ({
      format: "EDF",
      startTime: info.t0,
      durationSeconds,
      nRecords: 1,
      recordDurationSeconds: durationSeconds,
      channels: [],
      annotations: [],
      gaps: [],
      diagnostics: [],
    }),
    async *items() {
      yield { kind: "info", stream: info };
      yield* items;
    },
    close: async () => undefined,
  };
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits for a condition, and fails after twenty seconds. */
export async function until(condition: () => boolean): Promise<void> {
  for (const begun = performance.now(); !condition(); await sleep(5))
    if (performance.now() - begun > 20_000) throw new Error("waited in vain");
}
