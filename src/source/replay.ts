import { hertz } from "../eeg/sfreq.ts";
import type { Item } from "../eeg/item.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { blobSource, type ByteSource } from "../formats/byte-source.ts";
import { openRecording } from "../formats/open.ts";
import type { ItemsOptions, Recording } from "../formats/recording.ts";
import { systemClock, type Clock } from "./clock.ts";
import { pace } from "./pace.ts";
import { recut } from "./recut.ts";

/**
 * What can be replayed: a recording, opened or as bytes, or items from elsewhere, such as `synthetic`. A function
 * opens the bytes anew for every replay, which closes them at its end; a `ByteSource` or `Recording` stays open,
 * for it is its owner's to close.
 */
export type ReplaySource = Blob | ByteSource | Recording | AsyncIterable<Item> | (() => Promise<ByteSource>);

export interface ReplayOptions {
  /** Seconds of the recording a second: 1 as it was recorded, `max` as fast as items are pulled. @default "max" */
  readonly speed?: "max" | number;
  /** Index into a recording's streams. @default the stream whose rate most EEG channels have */
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
    const opened = await open(source);
    try {
      let items = opened.items(stream === undefined ? {} : { stream });
      if (chunkSeconds !== undefined) items = recut(items, (info) => chunkLength(chunkSeconds, info));
      if (speed !== "max") items = pace(items, { speed, clock, signal });
      yield* items;
    } finally {
      await opened.close();
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

interface Opened {
  items(options: ItemsOptions): AsyncIterable<Item>;
  close(): Promise<void>;
}

async function open(source: ReplaySource): Promise<Opened> {
  if (typeof source === "function" || "arrayBuffer" in source)
    return openRecording(typeof source === "function" ? await source() : blobSource(source));
  const close = async (): Promise<void> => undefined;
  if (Symbol.asyncIterator in source) return { items: () => source, close };
  const recording = "items" in source ? source : await openRecording(source);
  return { items: (options) => recording.items(options), close };
}
