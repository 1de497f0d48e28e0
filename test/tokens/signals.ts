import { electrode } from "../../src/eeg/electrodes.ts";
import type { Gap, Item, Samples } from "../../src/eeg/item.ts";
import { createRandom } from "../../src/eeg/random.ts";
import { sfreq } from "../../src/eeg/sfreq.ts";
import type { Channel, StreamInfo } from "../../src/eeg/stream-info.ts";

export const labels = ["Fp1", "Fp2", "F3", "F4", "C3", "Cz", "C4", "P3", "Pz", "P4", "O1", "Oz", "O2"];

function channel(label: string): Channel {
  return { label, unit: "µV", type: "eeg", position: electrode(label)?.position ?? null, reference: null };
}

export interface InfoOptions {
  readonly labels?: readonly string[];
  readonly hz?: number;
  readonly settleSamples?: number;
}

export function streamInfo(options: InfoOptions = {}): StreamInfo {
  return {
    name: "noise",
    sourceId: "noise",
    segment: 0,
    channels: (options.labels ?? labels).map(channel),
    sfreq: sfreq(options.hz ?? 160),
    t0: null,
    filters: [],
    delaySamples: 0,
    settleSamples: options.settleSamples ?? 0,
  };
}

/** Seeded noise of 20 µV on every channel. */
export function noise(nChannels: number, nSamples: number, seed = 1): Samples {
  const random = createRandom(seed);
  const data = Float32Array.from({ length: nChannels * nSamples }, () => 20 * random.normal());
  return { kind: "samples", start: 0, data, nSamples };
}

/** A stretch of an item, cut out. */
export function cut(item: Samples, from: number, to: number): Samples {
  const nChannels = item.data.length / item.nSamples;
  const n = to - from;
  const data = new Float32Array(nChannels * n);
  for (let c = 0; c < nChannels; c++)
    data.set(item.data.subarray(c * item.nSamples + from, c * item.nSamples + to), c * n);
  return { kind: "samples", start: item.start + from, data, nSamples: n };
}

/** The same stream in pieces of the given sizes, used in turn; markers stay before the samples of their onset. */
export function rechunk<T extends Exclude<Item, { kind: "info" }>>(
  items: readonly T[],
  sizes: readonly number[],
): Item[] {
  const out: Item[] = [];
  let turn = 0;
  for (const item of items) {
    if (item.kind === "marker") {
      out.push(item);
      continue;
    }
    for (let from = 0; from < item.nSamples;) {
      const to = Math.min(item.nSamples, from + sizes[turn++ % sizes.length]!);
      out.push(piece(item, from, to));
      from = to;
    }
  }
  return out;
}

function piece(item: Samples | Gap, from: number, to: number): Item {
  if (item.kind === "samples") return cut(item, from, to);
  return { ...item, start: item.start + from, nSamples: to - from };
}
