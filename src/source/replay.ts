import { hertz } from "../eeg/sfreq.ts";
import type { Item } from "../eeg/item.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { blobSource, type ByteSource } from "../formats/byte-source.ts";
import { openRecording } from "../formats/open.ts";
import type { Recording } from "../formats/recording.ts";
import { systemClock, type Clock } from "./clock.ts";
import { pace } from "./pace.ts";
import { recut } from "./recut.ts";

/**
 * What can be replayed. A function opens the bytes anew for every replay, which closes them at its end; a
 * `ByteSource` or `Recording` stays open, for it is its owner's to close.
 */
export type ReplaySource = Blob | ByteSource | Recording | (() => Promise<ByteSource>);

export interface ReplayOptions {
  /** Seconds of the recording a second: 1 as it was recorded, `max` as fast as items are pulled. @default "max" */
  readonly speed?: "max" | number;
  /** Index into the recording's streams. @default the stream whose rate most EEG channels have */
  readonly stream?: number;
  /**
   * Length of the samples items in seconds, rounded to samples, at least one.
   * @default as the file is read; 0.1 if paced
   */
  readonly chunkSeconds?: number;
  /** @default the machine's monotonic clock */
  readonly clock?: Clock;
}

/**
 * Replays a recording as a stream of items. Every iteration begins anew; ending one early, also while it waits for
 * its time, closes what it opened.
 * @throws EegError, while iterating, if the recording cannot be read
 * @throws RangeError for a speed or a chunk length that is not above zero, or no such stream
 */
export function replay(source: ReplaySource, options: ReplayOptions = {}): AsyncIterable<Item> {
  const { speed = "max", stream, clock = systemClock } = options;
  if (speed !== "max" && !(speed > 0 && speed < Infinity))
    throw new RangeError(`speed: expected "max" or a number above 0, got ${speed}`);
  const chunkSeconds = options.chunkSeconds ?? (speed === "max" ? undefined : 0.1);
  if (chunkSeconds !== undefined && !(chunkSeconds > 0 && chunkSeconds < Infinity))
    throw new RangeError(`chunkSeconds: expected a number above 0, got ${chunkSeconds}`);

  async function* run(signal: AbortSignal): AsyncGenerator<Item, void, undefined> {
    const { recording, close } = await open(source);
    try {
      if (stream !== undefined && recording.streams[stream] === undefined)
        throw new RangeError(`stream: the recording has ${recording.streams.length}, got index ${stream}`);
      let items: AsyncIterable<Item> = recording.items(stream === undefined ? {} : { stream });
      if (chunkSeconds !== undefined) items = recut(items, (info) => chunkLength(chunkSeconds, info));
      if (speed !== "max") items = pace(items, { speed, clock, signal });
      yield* items;
    } finally {
      await close();
    }
  }

  return {
    [Symbol.asyncIterator]() {
      const stop = new AbortController();
      const items = run(stop.signal);
      return {
        next: () => items.next(),
        return: () => {
          stop.abort(); // a generator that waits would not hear of its end before the wait is over
          return items.return();
        },
      };
    },
  };
}

function chunkLength(seconds: number, { sfreq }: StreamInfo): number {
  return Math.max(1, Math.round(seconds * hertz(sfreq)));
}

async function open(source: ReplaySource): Promise<{ recording: Recording; close: () => Promise<void> }> {
  const keep = async (): Promise<void> => undefined;
  if (typeof source !== "function" && "streams" in source) return { recording: source, close: keep };
  if (typeof source !== "function" && "read" in source)
    return { recording: await openRecording(source), close: keep };
  const bytes = typeof source === "function" ? await source() : blobSource(source);
  const recording = await openRecording(bytes); // closes the bytes if it cannot
  return { recording, close: () => recording.close() };
}
