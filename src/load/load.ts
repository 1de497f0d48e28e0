import { performance } from "node:perf_hooks";
import { hertz, type Sfreq } from "../eeg/sfreq.ts";
import { electrode } from "../eeg/electrodes.ts";
import { formatSamplesFrame } from "../protocol/samples-frame.ts";
import type { ServerMessage } from "../protocol/server-message.ts";
import type { PublishedInfo, StreamDescription } from "../protocol/stream-schema.ts";
import { createEegLoop, type EegLoop } from "./frames.ts";
import {
  createArrivalLog,
  createAttendance,
  createSent,
  type ArrivalLog,
  type Arrivals,
  type Attendance,
  type Sent,
} from "./ledger.ts";
import { openSocket, type LoadSocket } from "./socket.ts";

export interface LoadOptions {
  /** `ws://127.0.0.1:8765` */
  readonly url: string;
  readonly token?: string | undefined;
  /** Each is published on a connection of its own. */
  readonly streams: number;
  readonly electrodes: readonly string[];
  readonly sfreq: Sfreq;
  /** Signal in one frame. The streams' frames are spread evenly over it. */
  readonly frameMs: number;
  /** Of each stream, each on a connection of its own. */
  readonly subscribers: number;
  /** Further subscribers, to the first stream, that ask for everything and never read. */
  readonly stalled: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** About once a second, with what was measured so far; the warm-up has negative seconds. */
  readonly progress?: (seconds: number, arrivals: Arrivals) => void;
  /** Stops early: what was measured until then is what there is. */
  readonly signal?: AbortSignal;
}

export interface Load {
  readonly info: StreamDescription;
  /** Measured after the warm-up. */
  readonly arrivals: Arrivals;
  readonly seconds: number;
  /** Decisions that never came, whether the server said so or not; warm-up included. */
  readonly missing: number;
  /** Of these, those that the server said it left out. */
  readonly dropped: number;
  /** Connections that the server closed. */
  readonly lost: readonly string[];
  /** By how much frames were sent later than they were due, ms: the load's own unpunctuality. */
  readonly lateness: Float32Array;
  /** Part of the time in which this process was busy. */
  readonly busy: number;
  readonly framesSent: number;
}

interface LoadedStream {
  readonly socket: LoadSocket;
  readonly number: number;
  readonly segment: number;
  readonly sent: Sent;
  readonly attendances: Attendance[];
  /** Subscribers of a stream get the same bytes: they are read once. */
  readonly read: (text: Buffer) => ServerMessage;
}

const connectingAtOnce = 32;
/** How long after the last sample labels are waited for. */
const lingerMs = 3000;

/**
 * Sends EEG at its real rate over real sockets, and sees when each label comes.
 * @throws EegError SERVER_LOST if the server cannot be reached, or refuses
 */
export async function runLoad(options: LoadOptions): Promise<Load> {
  const { electrodes, sfreq, streams: nStreams, warmUpSeconds } = options;
  const loop = await createEegLoop(electrodes, sfreq);
  const arrivals = createArrivalLog();
  const lost: string[] = [];
  const sockets: LoadSocket[] = [];
  const from = { ms: Infinity };
  try {
    const open = async (): Promise<LoadSocket> => {
      const socket = await openSocket(options.url, {
        token: options.token,
        lost: (why) => void lost.push(why),
      });
      sockets.push(socket);
      return socket;
    };
    const streams = await inTurns(nStreams, (i) => announce(open, streamOf(options, i)));
    const info = await describe(streams[0]!.socket, nameOf(0));
    await inTurns(nStreams * options.subscribers, (i) =>
      listen(open, { stream: streams[i % nStreams]!, info, arrivals, from, name: nameOf(i % nStreams) }),
    );
    await inTurns(options.stalled, () => stall(open));
    const begun = performance.now() + 50;
    from.ms = begun + warmUpSeconds * 1000;
    const idle = performance.eventLoopUtilization();
    const sending = await send({ ...options, loop, begun, arrivals, loaded: streams });
    const busy = performance.eventLoopUtilization(idle).utilization;
    await settled(streams, sending.nSamples);
    const attendances = streams.flatMap((each) => each.attendances);
    const total = (count: (each: Attendance) => number): number =>
      attendances.reduce((sum, each) => sum + count(each), 0);
    return {
      info,
      arrivals,
      seconds: sending.seconds,
      missing: total((each) => each.missing + each.outstanding(sending.nSamples)),
      dropped: total((each) => each.dropped),
      lost,
      lateness: sending.lateness,
      busy,
      framesSent: sending.frames,
    };
  } finally {
    for (const socket of sockets) socket.close();
  }
}

const nameOf = (i: number): string => `load-${i + 1}`;

function streamOf({ electrodes, sfreq }: LoadOptions, i: number): PublishedInfo {
  return {
    name: nameOf(i),
    sourceId: `brainwire latency ${i + 1}`,
    sfreq,
    channels: electrodes.map((label) => ({
      label,
      unit: "µV",
      type: "eeg",
      position: [...electrode(label)!.position],
      reference: null,
    })),
  };
}

type Open = () => Promise<LoadSocket>;

async function announce(open: Open, info: PublishedInfo): Promise<LoadedStream> {
  const socket = await open();
  const answer = socket.next("published");
  socket.send({ kind: "publish", info });
  const { stream: number, segment } = await answer;
  return { socket, number, segment, sent: createSent(), attendances: [], read: createReader() };
}

function createReader(): (text: Buffer) => ServerMessage {
  let last: { readonly text: Buffer; readonly message: ServerMessage } | null = null;
  return (text) => {
    if (!last?.text.equals(text))
      last = { text: Buffer.from(text), message: JSON.parse(text.toString()) as ServerMessage };
    return last.message;
  };
}

async function describe(socket: LoadSocket, name: string): Promise<StreamDescription> {
  const answer = socket.next("streams");
  socket.send({ kind: "list" });
  return (await answer).streams.find((stream) => stream.name === name)!;
}

interface Listening {
  readonly stream: LoadedStream;
  readonly name: string;
  readonly info: StreamDescription;
  readonly arrivals: ArrivalLog;
  /** When measuring begins. */
  readonly from: { readonly ms: number };
}

async function listen(open: Open, { stream, name, info, arrivals, from }: Listening): Promise<void> {
  const attendance = createAttendance(info.model!.hopSamples);
  stream.attendances.push(attendance);
  const socket = await open();
  const answer = socket.next("state");
  socket.send({ kind: "subscribe", stream: name, what: ["decisions"] });
  await answer;
  socket.onText((text) => {
    const now = performance.now();
    const message = stream.read(text);
    attendance.message(message);
    if (message.kind !== "decision" || now < from.ms) return;
    const { decision, stages } = message;
    const completed = stream.sent.completed(decision.sample);
    if (completed === null || completed < from.ms) return;
    arrivals.push({
      at: now - from.ms,
      latency: now - completed,
      queue: stages.queueMs,
      tokens: decision.timing?.tokenMs ?? 0,
      encoder: decision.timing?.encodeMs ?? 0,
      decode: stages.decodeMs,
      write: stages.publishMs,
    });
  });
}

/** A subscriber that asks for everything, in the longest form, and never reads it. */
async function stall(open: Open): Promise<void> {
  const socket = await open();
  const answer = socket.next("state");
  socket.send({
    kind: "subscribe",
    stream: nameOf(0),
    what: ["samples", "decisions", "quality"],
    encoding: "json",
  });
  await answer;
  socket.pause();
}

interface Sending extends LoadOptions {
  readonly loop: EegLoop;
  readonly loaded: readonly LoadedStream[];
  readonly begun: number;
  readonly arrivals: Arrivals;
}

interface SentLoad {
  readonly nSamples: number;
  readonly frames: number;
  readonly seconds: number;
  readonly lateness: Float32Array;
}

/** Sends each stream's frames when their last sample is due; the streams take turns within a frame's time. */
async function send(sending: Sending): Promise<SentLoad> {
  const { loaded, loop, begun, electrodes, sfreq, frameMs, warmUpSeconds, signal } = sending;
  const hz = hertz(sfreq);
  const nFrames = Math.ceil(((warmUpSeconds + sending.seconds) * 1000) / frameMs);
  const lateness = new Float32Array(nFrames * loaded.length);
  const edge = (frame: number): number => Math.round((frame * frameMs * hz) / 1000);
  let told = -Infinity;
  let done = 0;
  for (; done < lateness.length && signal?.aborted !== true; done++) {
    const i = done % loaded.length;
    const frame = Math.floor(done / loaded.length);
    const dueMs = begun + (frame + 1 + i / loaded.length) * frameMs;
    await until(dueMs);
    const { socket, number, segment, sent } = loaded[i]!;
    const start = edge(frame);
    const nSamples = edge(frame + 1) - start;
    if (nSamples === 0) continue;
    const data = loop.cut(start, nSamples, i * 997);
    const bytes = formatSamplesFrame({
      stream: number,
      segment,
      timeNs: null,
      nChannels: electrodes.length,
      samples: { kind: "samples", start, data, nSamples },
    });
    const now = performance.now();
    sent.push(start + nSamples, now);
    socket.sendFrame(bytes);
    lateness[done] = now - dueMs;
    if (now - told < 1000) continue;
    told = now;
    sending.progress?.((now - begun) / 1000 - warmUpSeconds, sending.arrivals);
  }
  const frames = Math.floor(done / loaded.length);
  return {
    nSamples: edge(frames),
    frames: done,
    seconds: Math.max(0, (performance.now() - begun) / 1000 - warmUpSeconds),
    lateness: lateness.subarray(0, done),
  };
}

async function until(dueMs: number): Promise<void> {
  for (;;) {
    const waitMs = dueMs - performance.now();
    if (waitMs <= 0) return;
    await new Promise<void>((resolve) => setTimeout(resolve, waitMs));
  }
}

/** Waits until every decision came, or as long as makes sense. */
async function settled(streams: readonly LoadedStream[], nSamples: number): Promise<void> {
  const outstanding = (): boolean =>
    streams.some(({ attendances }) => attendances.some((each) => each.outstanding(nSamples) > 0));
  for (const begun = performance.now(); outstanding() && performance.now() - begun < lingerMs;)
    await new Promise<void>((resolve) => setTimeout(resolve, 20));
}

/** Does `n` things, some at a time, and gives what they gave in order. */
async function inTurns<T>(n: number, make: (i: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let i = 0; i < n; i += connectingAtOnce) {
    const some = Array.from({ length: Math.min(connectingAtOnce, n - i) }, (_, k) => make(i + k));
    made.push(...(await Promise.all(some)));
  }
  return made;
}
