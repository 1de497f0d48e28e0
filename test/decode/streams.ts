import type { Item, Samples } from "../../src/eeg/item.ts";
import { type InfoOptions, labels, noise, rechunk, streamInfo } from "../tokens/signals.ts";

export interface SourceOptions extends InfoOptions {
  /** Sizes of the pieces that the samples are cut into, in turn. @default as they are */
  readonly sizes?: readonly number[];
}

/** A source: the info, then the items. */
export function source(items: readonly Item[], { sizes, ...info }: SourceOptions = {}): Item[] {
  const cut = sizes ? rechunk(items as Samples[], sizes) : items;
  return [{ kind: "info", stream: streamInfo(info) }, ...cut];
}

/** Noise, a gap of 2 s, noise; at 160 Hz 25 s, in which C3 is missing for a while. */
export function interrupted(nChannels = labels.length): Item[] {
  const before = noise(nChannels, 1920, 3);
  before.data.fill(NaN, 4 * 1920 + 900, 4 * 1920 + 1000);
  return [
    before,
    { kind: "gap", start: 1920, nSamples: 320, reason: "discontinuity" },
    { ...noise(nChannels, 1760, 4), start: 2240 },
  ];
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}
