import type { Samples } from "../eeg/item.ts";
import type { StretchOptions } from "./recording.ts";
import type { Run, SampleReader } from "./runs.ts";

/** Bytes that a reader of stretches reads at a time, at most: some seconds of most recordings. */
export const stretchBytes = 1 << 22;

/** What a stream's stretches are read from. */
export interface StretchSource {
  /** By segment and start. */
  readonly runs: readonly Run[];
  readonly nChannels: number;
  readonly open: () => SampleReader;
}

/** Reads stretches of one stream, one at a time: whoever asks while one is being read waits for it. */
export type StretchReader = (wanted: StretchOptions) => Promise<Samples>;

/**
 * Random access to a stream. A stretch has the same numbers as the items have there, NaN where these have a gap, and
 * fewer samples where the segment ends within it (none behind its end, and none of a segment that is not there).
 */
export function createStretchReader(from: () => Promise<StretchSource>): StretchReader {
  let source: Promise<StretchSource> | null = null;
  let fetchStored: ReturnType<typeof createFetch> | null = null;
  let last: Promise<unknown> = Promise.resolve();

  async function read({ segment = 0, start, nSamples: wanted }: StretchOptions): Promise<Samples> {
    source ??= from();
    const { runs, nChannels, open } = await source;
    fetchStored ??= createFetch(open, nChannels);
    const first = firstRun(runs, segment, start);
    const parts: Run[] = [];
    for (let i = first; runs[i]?.segment === segment && runs[i]!.start < start + wanted; i++)
      parts.push(runs[i]!);
    const end = segmentEnd(runs, first, segment);
    const nSamples = Math.max(0, Math.min(wanted, end - start));
    const [only] = parts;
    if (parts.length === 1 && only!.start <= start && start + nSamples <= only!.start + only!.nSamples) {
      const data = await fetchStored(only!.from + start - only!.start, nSamples);
      return { kind: "samples", start, nSamples, data };
    }
    const data = new Float32Array(nSamples * nChannels).fill(Number.NaN);
    for (const run of parts) {
      const begin = Math.max(run.start, start);
      const length = Math.min(run.start + run.nSamples, start + nSamples) - begin;
      const part = await fetchStored(run.from + begin - run.start, length);
      copyChannels(part, data, { nChannels, length, at: begin - start });
    }
    return { kind: "samples", start, nSamples, data };
  }

  return (wanted) => {
    const { segment = 0, start, nSamples } = wanted;
    for (const [name, value] of Object.entries({ segment, start, nSamples }))
      if (!Number.isSafeInteger(value) || value < 0)
        throw new RangeError(`${name}: expected an integer >= 0, got ${value}`);
    const mine = last.then(() => read(wanted));
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** Stored samples from any place on, any number of them. */
function createFetch(
  open: () => SampleReader,
  nChannels: number,
): (from: number, nSamples: number) => Promise<Float32Array> {
  let reader = open();
  let at = 0;

  async function some(from: number, nSamples: number): Promise<Float32Array> {
    const numbers = await reader.fetch(from, nSamples);
    at = from + nSamples;
    return numbers();
  }

  /** Text is read through up to where the samples are. */
  async function passOver(from: number): Promise<void> {
    if (from < at) [reader, at] = [open(), 0];
    while (at < from) await some(at, Math.min(reader.blockSamples, from - at));
  }

  return async (from, nSamples) => {
    if (reader.inOrder) await passOver(from);
    if (nSamples <= reader.blockSamples) return some(from, nSamples);
    const data = new Float32Array(nSamples * nChannels);
    for (let done = 0; done < nSamples;) {
      const length = Math.min(reader.blockSamples, nSamples - done);
      copyChannels(await some(from + done, length), data, { nChannels, length, at: done });
      done += length;
    }
    return data;
  };
}

/** Index of the first run of a segment that ends behind a sample, or of what follows. */
function firstRun(runs: readonly Run[], segment: number, start: number): number {
  let [low, high] = [0, runs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const run = runs[middle]!;
    const before = run.segment === segment ? run.start + run.nSamples <= start : run.segment < segment;
    if (before) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where the last run of a segment ends. @param first a run of the segment, or the one behind its last */
function segmentEnd(runs: readonly Run[], first: number, segment: number): number {
  let [low, high] = [first, runs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[middle]!.segment <= segment) low = middle + 1;
    else high = middle;
  }
  const last = runs[low - 1];
  return last?.segment === segment ? last.start + last.nSamples : 0;
}

function copyChannels(
  from: Float32Array,
  into: Float32Array,
  { nChannels, length, at }: { readonly nChannels: number; readonly length: number; readonly at: number },
): void {
  const stride = into.length / nChannels;
  for (let c = 0; c < nChannels; c++) into.set(from.subarray(c * length, (c + 1) * length), c * stride + at);
}
