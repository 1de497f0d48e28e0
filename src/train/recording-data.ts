/** What training knows of a recording once it has been through the stages that come before the model. */
import type { Item } from "../eeg/item.ts";
import {
  contextPatches,
  patchesFor,
  patchSamples,
  strideSamples,
  type EncoderSizes,
} from "../model/encoder.ts";
import { patchesIn } from "../model/graph/token-graph.ts";

/** Preprocessed samples on the model's grid. */
export interface Stretch {
  readonly nSamples: number;
  /** µV, channel after channel; 0 where there is nothing. */
  readonly samples: Float32Array;
  /** For each kept row 1, or 0 where the channel is not there, or not for half of the time. */
  readonly present: Float32Array;
  /** For each patch 1, or 0 where it touches a gap, a missing channel or settling samples. */
  readonly valid: Uint8Array;
}

export interface TrainingRecording extends Stretch {
  readonly file: string;
  readonly subject: string;
  /**
   * There only where the samples are not referenced yet: what they are multiplied by before, row-major
   * [electrodes, electrodes], to align them to their subject.
   */
  readonly alignment?: Float32Array | "none";
  /** For each patch the class at its end, or -1 where none is known or a decoder would abstain. */
  readonly classes: Int8Array;
  /** Decisions that count when models are compared. */
  readonly judged: readonly JudgedAt[];
}

/** Whether samples are as they are for somebody of whom nothing is known. */
export function isPlain({ alignment }: TrainingRecording): boolean {
  return alignment === undefined || alignment === "none";
}

/** A patch whose decision counts, and the class that was there. */
interface JudgedAt {
  readonly patch: number;
  readonly truth: number;
}

/** Recordings with the same channels in the same order. */
export interface DataSet {
  readonly labels: readonly string[];
  /** Electrodes by name, in the order of the electrode table. */
  readonly electrodes: readonly string[];
  /** Their spherical harmonics: [electrodes, 36]. */
  readonly phi: Float32Array;
  readonly recordings: readonly TrainingRecording[];
}

/** The last patch that ends at or before a sample of the model's grid, or -1. */
export function patchEndingBy(sample: number): number {
  return Math.floor((sample - patchSamples) / strideSamples);
}

/** For each patch whether a decoder would decide there: it is valid, and so are enough of those that it sees. */
export function decidable(valid: Uint8Array, sizes: EncoderSizes, minContextSeconds: number): Uint8Array {
  const context = contextPatches(sizes);
  const needed = patchesFor(minContextSeconds, sizes);
  const result = new Uint8Array(valid.length);
  let seen = 0;
  for (let p = 0; p < valid.length; p++) {
    seen += valid[p]! - (valid[p - context] ?? 0);
    if (valid[p] === 1 && seen >= needed) result[p] = 1;
  }
  return result;
}

export interface CollectOptions {
  /** Rows of the items' data in the order in which they are kept; -1 for a channel that is not there. */
  readonly rows: readonly number[];
  /** Samples after the start and after a gap that have not settled. */
  readonly settleSamples: number;
  /** Samples after this are left out. */
  readonly untilSample: number;
}

/** Gathers a preprocessed stream of one segment. Channels that are missing (NaN) make their patches invalid. */
export async function collectStretch(
  items: AsyncIterable<Item> | Iterable<Item>,
  options: CollectOptions,
): Promise<Stretch> {
  const { rows, settleSamples, untilSample } = options;
  const chunks: { start: number; nSamples: number; data: Float32Array }[] = [];
  const spoiled: [from: number, to: number][] = [[0, settleSamples]];
  let end = 0;
  for await (const item of items) {
    if (item.kind === "gap") {
      spoiled.push([item.start, item.start + item.nSamples + settleSamples]);
      end = Math.max(end, item.start + item.nSamples);
    } else if (item.kind === "samples") {
      chunks.push(item);
      end = Math.max(end, item.start + item.nSamples);
    }
    if (end >= untilSample) break;
  }
  const nSamples = Math.floor(Math.min(end, untilSample) / strideSamples) * strideSamples;
  const samples = new Float32Array(rows.length * nSamples);
  for (const { start, nSamples: length, data } of chunks) {
    const kept = Math.min(length, nSamples - start);
    if (kept <= 0) continue;
    rows.forEach((row, channel) => {
      if (row < 0) return;
      samples.set(data.subarray(row * length, row * length + kept), channel * nSamples + start);
    });
  }
  const present = Float32Array.from(rows, (row, channel) => {
    if (row < 0) return 0;
    const ofChannel = samples.subarray(channel * nSamples, (channel + 1) * nSamples);
    const holes: number[] = [];
    for (let i = 0; i < nSamples; i++) if (!Number.isFinite(ofChannel[i])) holes.push(i);
    for (const i of holes) ofChannel[i] = 0;
    if (holes.length * 2 >= nSamples) {
      ofChannel.fill(0);
      return 0;
    }
    for (const i of holes) spoiled.push([i, i + 1 + settleSamples]);
    return 1;
  });
  const valid = new Uint8Array(patchesIn(nSamples)).fill(1);
  for (const [from, to] of spoiled) {
    const first = Math.max(0, Math.ceil((from - patchSamples + 1) / strideSamples));
    for (let p = first; p * strideSamples < to && p < valid.length; p++) valid[p] = 0;
  }
  return { nSamples, samples, present, valid };
}
