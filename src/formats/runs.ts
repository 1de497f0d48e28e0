import type { GapReason, Item, Marker } from "../eeg/item.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";

/** A stretch of stored samples without a break. Runs follow one another in the file. */
export interface Run {
  /** Index of its first sample among the stored ones. */
  readonly from: number;
  readonly nSamples: number;
  /** Counts the stretches with one grid, from 0. */
  readonly segment: number;
  /** Index of its first sample on its segment's grid. */
  readonly start: number;
  /** Why there is a gap before it, where there is one. */
  readonly reason?: GapReason;
}

/** A marker on the grid of a segment. */
export interface PlacedMarker extends Marker {
  readonly segment: number;
}

/** What the items of a stream are made from. */
export interface RunItems {
  readonly runs: readonly Run[];
  /** Of a segment, its `segment` and `t0` included. */
  readonly info: (segment: number) => StreamInfo;
  /** By segment and onset. */
  readonly markers: readonly PlacedMarker[];
  readonly samples: SampleReader;
}

/** Reads the stored samples of a stream, for one pass over them. */
export interface SampleReader {
  /** How many to read at a time. */
  readonly blockSamples: number;
  /**
   * Fetches samples; what it gives makes numbers of them, channel after channel. These are made before the one
   * after the next is fetched, so that two pieces of memory serve for all.
   */
  readonly fetch: (from: number, nSamples: number) => Promise<() => Float32Array>;
  /** Samples can only be fetched in order, from the first on. */
  readonly inOrder?: true;
}

/** Two pieces of memory by turns, for a reader that fetches one block ahead. */
export function createScratch(bytes: number): () => Uint8Array {
  const memory = [new Uint8Array(bytes), new Uint8Array(bytes)] as const;
  let turn = 0;
  return () => memory[(turn ^= 1) as 0 | 1];
}

/** A stretch of one run that is read at once. */
interface Block {
  readonly run: Run;
  readonly done: number;
  readonly nSamples: number;
}

function* blocksOf(runs: readonly Run[], blockSamples: number): Generator<Block> {
  for (const run of runs)
    for (let done = 0; done < run.nSamples; done += blockSamples)
      yield { run, done, nSamples: Math.min(blockSamples, run.nSamples - done) };
}

/** The items of stored samples with known places: each marker before the samples that hold it, each gap at its place. */
export async function* runItems({
  runs,
  info,
  markers,
  samples,
}: RunItems): AsyncGenerator<Item, void, undefined> {
  let segment = -1;
  let end = 0;
  let next = 0;
  function* markersBefore(ofSegment: number, onset: number): Generator<Item> {
    for (; next < markers.length; next++) {
      const { segment: at, ...marker } = markers[next]!;
      if (at > ofSegment || (at === ofSegment && marker.onset >= onset)) return;
      yield marker;
    }
  }
  const blocks = blocksOf(runs, samples.blockSamples);
  const fetchNext = (): Promise<() => Float32Array> | null => {
    const { value: block } = blocks.next();
    const fetched = block ? samples.fetch(block.run.from + block.done, block.nSamples) : null;
    fetched?.catch(() => undefined); // it is thrown where it is awaited, unless nobody asks for it any more
    return fetched;
  };
  let ahead = fetchNext();
  try {
    for (const run of runs) {
      if (run.segment !== segment) {
        if (segment >= 0) yield* markersBefore(segment, Infinity);
        segment = run.segment;
        end = 0;
        yield { kind: "info", stream: info(segment) };
      }
      if (run.start > end) {
        yield* markersBefore(segment, run.start);
        yield { kind: "gap", start: end, nSamples: run.start - end, reason: run.reason ?? "discontinuity" };
      }
      for (const { done, nSamples } of blocksOf([run], samples.blockSamples)) {
        yield* markersBefore(segment, run.start + done + nSamples);
        const numbers = await ahead!;
        ahead = fetchNext();
        yield { kind: "samples", start: run.start + done, nSamples, data: numbers() };
      }
      end = run.start + run.nSamples;
    }
    if (segment >= 0) yield* markersBefore(segment, Infinity);
  } finally {
    await ahead?.catch(() => undefined); // no read outlives its reader, who may close the source now
  }
}

/** Where a stored sample lies: in the last run that begins at or before it. */
export function placeOf(runs: readonly Run[], stored: number): { segment: number; onset: number } {
  let [low, high] = [0, runs.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (runs[middle]!.from <= stored) low = middle;
    else high = middle - 1;
  }
  const run = runs[low];
  return run
    ? { segment: run.segment, onset: run.start + (stored - run.from) }
    : { segment: 0, onset: stored };
}

/** Gaps between runs of one segment, in samples. */
export function gapsOf(runs: readonly Run[]): { segment: number; start: number; nSamples: number }[] {
  const gaps = [];
  for (const [i, run] of runs.entries()) {
    const before = runs[i - 1];
    const end = before?.segment === run.segment ? before.start + before.nSamples : 0;
    if (run.start > end) gaps.push({ segment: run.segment, start: end, nSamples: run.start - end });
  }
  return gaps;
}
