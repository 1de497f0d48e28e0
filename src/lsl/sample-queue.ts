import type { Samples } from "../eeg/item.ts";

/** Samples that have come and are not yet on the grid. */
export interface SampleQueue {
  /** @param values sample after sample, as the sender has them */
  push(values: Float64Array, nSamples: number): void;
  /** The first of them, in the channels' units, as an item that begins at `start`. */
  take(nSamples: number, start: number): Samples;
}

/** @param gains what each channel's numbers are multiplied with */
export function createSampleQueue(gains: readonly number[]): SampleQueue {
  const nChannels = gains.length;
  let rows = new Float32Array(nChannels * 256);
  let [first, end] = [0, 0]; // in samples

  function makeRoom(nSamples: number): void {
    if ((end + nSamples) * nChannels <= rows.length) return;
    const held = rows.subarray(first * nChannels, end * nChannels);
    const wanted = 2 * (end - first + nSamples) * nChannels;
    const next = wanted > rows.length ? new Float32Array(wanted) : rows;
    if (next === rows) rows.copyWithin(0, first * nChannels, end * nChannels);
    else next.set(held);
    rows = next;
    [first, end] = [0, end - first];
  }

  return {
    push(values, nSamples) {
      makeRoom(nSamples);
      const at = end * nChannels;
      for (let i = 0; i < nSamples * nChannels; i++) rows[at + i] = values[i]! * gains[i % nChannels]!;
      end += nSamples;
    },
    take(nSamples, start) {
      const data = new Float32Array(nSamples * nChannels);
      for (let c = 0; c < nChannels; c++)
        for (let i = 0; i < nSamples; i++) data[c * nSamples + i] = rows[(first + i) * nChannels + c]!;
      first += nSamples;
      return { kind: "samples", start, data, nSamples };
    },
  };
}
