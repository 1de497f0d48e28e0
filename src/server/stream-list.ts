import { basename, extname } from "node:path";
import { EegError } from "../eeg/errors.ts";
import type { Decision } from "../eeg/decision.ts";
import type { Item } from "../eeg/item.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import type { Recording } from "../formats/recording.ts";
import type { ClientMessageOf } from "../protocol/client-message.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import { createPlayback, type Playback } from "../source/playback.ts";
import type { DecodingService } from "./decoding.ts";
import type { Limits } from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import { checkedInfo, createPublication, sameGrid, type Publication } from "./publication.ts";
import { createStream, type Stream, type StreamOptions } from "./stream.ts";

type Published = ClientMessageOf<"publish">["info"];

export interface StreamListOptions {
  readonly limits: Limits;
  readonly decoding: DecodingService | null;
  readonly metrics: Metrics;
  readonly log: (event: string, details: Record<string, string | number>) => void;
}

export interface RecordingOptions {
  /** @default the file's name without its ending */
  readonly name?: string;
  /** @default "recording" */
  readonly origin?: "recording" | "synthetic";
  readonly speed: number | "max";
  readonly loop: boolean;
}

/** What a source gives and takes beside its items. */
export interface SourceOptions {
  /** Hears every decision on it, with its segment. */
  readonly decided?: (decision: Decision, segment: number) => void;
  /** When a sample was, ns since 1970 on this machine's clock; null while it is not known. */
  readonly timeNs?: (segment: number, sample: number) => bigint | null;
}

/** All streams of a server, and where they come from. */
export interface StreamList {
  readonly all: readonly Stream[];
  find(name: string | undefined): Stream | undefined;
  at(number: number): Stream | undefined;
  /** Plays a recording once somebody subscribes to it. */
  addRecording(recording: Recording, options: RecordingOptions): Promise<Stream>;
  /** A source that has its own pace, such as the simulator or LSL; it is pulled from now on. */
  addSource(
    source: AsyncIterable<Item>,
    origin: "synthetic" | "lsl",
    options?: SourceOptions,
  ): Promise<Stream>;
  /** @throws ProtocolError PROTOCOL_CONFLICT, PROTOCOL_LIMIT; EegError if the model cannot work on it */
  publish(info: Published): Promise<Publication>;
  /** A publisher's stream begins a new segment. */
  restart(publication: Publication, info: Published): Promise<Publication>;
  /** The publisher is gone: it may come back within the grace time. */
  interrupt(publication: Publication): void;
  end(publication: Publication): Promise<void>;
  playback(stream: Stream): Playback | undefined;
  stop(): Promise<void>;
}

interface Pushed {
  info: StreamInfo;
  readonly stream: Stream;
  /** What the present segment's publisher may send, and has sent. */
  publication: Publication;
  /** Runs while the publisher is away. */
  grace: NodeJS.Timeout | null;
}

export function createStreamList(options: StreamListOptions): StreamList {
  const { limits, decoding, metrics, log } = options;
  const streams = new Map<number, Stream>();
  const playbacks = new Map<Stream, Playback>();
  const recordings: Recording[] = [];
  const pushed = new Map<string, Pushed>();
  const sources = new Set<AsyncIterator<Item>>();
  let count = 0;
  let stopped = false;

  function add(
    stream: Pick<StreamOptions, "origin" | "info" | "durationSeconds" | "type" | "decided"> & {
      wanted?: () => void;
    },
  ): Stream {
    if (streams.size >= limits.streams)
      throw new ProtocolError(
        "PROTOCOL_LIMIT",
        `the server has ${streams.size} streams, and no more are allowed`,
      );
    const made = createStream({
      wanted: () => undefined,
      ...stream,
      number: ++count,
      limits,
      decoding,
      metrics,
    });
    streams.set(made.number, made);
    log("stream added", {
      stream: made.number,
      origin: stream.origin,
      channels: stream.info.channels.length,
    });
    return made;
  }

  function uniqueName(wanted: string): string {
    const names = new Set([...streams.values()].map(({ name }) => name));
    for (let i = 1; ; i++) {
      const name = i === 1 ? wanted : `${wanted}-${i}`;
      if (!names.has(name)) return name;
    }
  }

  function fail(stream: Stream): (error: unknown) => void {
    return (error) => {
      const reason = error instanceof Error ? error.message : String(error);
      log("stream failed", { stream: stream.number, reason });
      stream.setState("ended", { reason });
    };
  }

  async function addRecording(
    recording: Recording,
    { name, speed, loop, origin = "recording" }: RecordingOptions,
  ): Promise<Stream> {
    const first = recording.streams[recording.defaultStream];
    if (!first) throw new EegError("CHANNEL_MISSING", "the recording holds no signal");
    const { durationSeconds } = await recording.summary();
    const info = { ...first, name: uniqueName(name ?? basename(first.name, extname(first.name))) };
    decoding?.check(info);
    recordings.push(recording);
    const stream = add({
      origin,
      type: "EEG",
      info,
      durationSeconds,
      wanted: () => playback.start(),
    });
    const renamed = async function* (): AsyncGenerator<Item> {
      for await (const item of recording.items())
        yield item.kind === "info" ? { kind: "info", stream: { ...item.stream, name: info.name } } : item;
    };
    const playback = createPlayback(stream, {
      open: renamed,
      durationSeconds,
      speed,
      loop,
      failed: fail(stream),
      turn: () => new Promise(setImmediate), // sockets have theirs
    });
    playbacks.set(stream, playback);
    return stream;
  }

  const addSource: StreamList["addSource"] = async (source, origin, more = {}) => {
    const items = source[Symbol.asyncIterator]();
    const begin = await items.next();
    if (begin.done === true || begin.value.kind !== "info")
      throw new TypeError("a stream begins with its info");
    const info = { ...begin.value.stream, name: uniqueName(begin.value.stream.name) };
    decoding?.check(info);
    const stream = add({ origin, type: "EEG", info, durationSeconds: null, decided: more.decided });
    sources.add(items);
    await stream.begin(info);
    stream.setState("live");
    void pull(items, stream, more).catch(fail(stream));
    return stream;
  };

  async function pull(items: AsyncIterator<Item>, stream: Stream, { timeNs }: SourceOptions): Promise<void> {
    for (;;) {
      const { done, value } = await items.next();
      if (done === true) break;
      if (value.kind === "info") {
        await stream.finish();
        await stream.begin({ ...value.stream, name: stream.name });
      } else {
        const known = value.kind === "samples" ? timeNs?.(stream.segment, value.start) : null;
        await stream.push(value, performance.now(), known ?? null);
      }
    }
    await stream.finish();
    stream.setState("ended");
  }

  const key = ({ name, sourceId }: { readonly name: string; readonly sourceId: string }): string =>
    JSON.stringify([name, sourceId]);

  async function publish(published: Published): Promise<Publication> {
    const info = checkedInfo(published, limits);
    const known = pushed.get(key(info));
    if (known && !known.grace)
      throw new ProtocolError("PROTOCOL_CONFLICT", `${info.name}: another connection publishes this stream`);
    decoding?.check(info);
    if (known) return comeBack(known, info);
    if ([...streams.values()].some(({ name }) => name === info.name))
      throw new ProtocolError("PROTOCOL_CONFLICT", `${info.name}: a stream of this name is already served`);
    const stream = add({ origin: "pushed", type: published.type, info, durationSeconds: null });
    const publication = createPublication(stream, info, limits);
    pushed.set(key(info), { info, stream, publication, grace: null });
    await stream.begin(info);
    stream.setState("live");
    return publication;
  }

  async function comeBack(known: Pushed, info: StreamInfo): Promise<Publication> {
    clearTimeout(known.grace!);
    known.grace = null;
    if (!sameGrid(known.info, info)) {
      await known.stream.finish();
      await known.stream.begin(info);
      known.publication = createPublication(known.stream, info, limits);
    }
    known.info = info;
    known.stream.setState("live");
    return known.publication;
  }

  async function remove(of: Pushed, reason?: string): Promise<void> {
    clearTimeout(of.grace ?? undefined);
    pushed.delete(key(of.info));
    streams.delete(of.stream.number);
    await of.stream.finish();
    of.stream.setState("ended", reason === undefined ? {} : { reason });
  }

  function pushedOf({ stream }: Publication): Pushed | undefined {
    return [...pushed.values()].find((each) => each.stream === stream);
  }

  return {
    get all() {
      return [...streams.values()];
    },
    find: (name) =>
      name === undefined
        ? streams.values().next().value
        : [...streams.values()].find((stream) => stream.name === name),
    at: (number) => streams.get(number),
    addRecording,
    addSource,
    publish,
    async restart(publication, published) {
      const of = pushedOf(publication);
      if (!of) throw new ProtocolError("PROTOCOL_ORDER", `${publication.stream.name}: the stream has ended`);
      const info = checkedInfo({ ...published, name: publication.stream.name }, limits);
      decoding?.check(info);
      pushed.delete(key(of.info));
      pushed.set(key(info), of);
      of.info = info;
      await of.stream.finish();
      await of.stream.begin(info);
      of.publication = createPublication(of.stream, info, limits);
      return of.publication;
    },
    interrupt(publication) {
      const of = pushedOf(publication);
      if (!of || stopped) return;
      publication.stream.setState("interrupted");
      of.grace = setTimeout(() => void remove(of, "its publisher did not come back"), limits.graceMs);
    },
    async end(publication) {
      const of = pushedOf(publication);
      if (of) await remove(of);
    },
    playback: (stream) => playbacks.get(stream),
    async stop() {
      stopped = true;
      await Promise.all([...playbacks.values()].map((playback) => playback.stop()));
      for (const items of sources) void items.return?.();
      for (const of of pushed.values()) clearTimeout(of.grace ?? undefined);
      await Promise.all(recordings.map((recording) => recording.close()));
    },
  };
}
