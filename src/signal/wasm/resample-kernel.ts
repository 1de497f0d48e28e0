import type { Samples } from "../../eeg/item.ts";
import { createArena } from "../../eeg/web-assembly.ts";
import type { Polyphase, Ratio } from "../polyphase.ts";
import { instantiate, lanes } from "./exports.ts";

/** The arithmetic of one stream's resampling: samples in, those still needed kept, outputs out. */
export interface ResampleKernel {
  /** The most samples that `append` takes at once. */
  readonly room: number;
  /** Takes over samples `from` to `to` of the item, counted from its start. */
  append(item: Samples, from: number, to: number): void;
  /** Outputs `from` to `to`, channel after channel; every sample that they need is kept. */
  compute(from: number, to: number): Float32Array;
  /** Lets go of the samples before `index` on the source's grid. */
  forget(index: number): void;
  /** Lets go of all; the next sample to come is at `index` on the source's grid. */
  clear(index: number): void;
}

/** @param filter the ratio's polyphase filter */
export function createResampleKernel(ratio: Ratio, filter: Polyphase, nChannels: number): ResampleKernel {
  const { up, down } = ratio;
  const groups = Math.ceil(nChannels / lanes);
  const longest = filter.count.reduce((a, b) => Math.max(a, b)) + Math.ceil(down / up);
  const room = Math.max(16, Math.min(256, Math.floor((1024 * down) / up)));
  const capacity = longest + 2 * room; // moving what is kept to the front is rare
  const mostOutputs = Math.ceil(((room + 1) * up) / down) + 1;
  const sampleBytes = lanes * 8;
  const kernel = instantiate();
  const reserve = createArena(kernel.memory);
  const at = {
    phases: reserve(up * 12),
    taps: reserve(filter.taps.length * 8),
    rows: reserve(groups * lanes * room * 4),
    held: reserve(groups * capacity * sampleBytes),
    out: reserve(groups * lanes * mostOutputs * 4),
  };
  const memory = new Float32Array(kernel.memory.buffer);
  const held = new Float64Array(kernel.memory.buffer, at.held, groups * capacity * lanes);
  new Float64Array(kernel.memory.buffer, at.taps, filter.taps.length).set(filter.taps);
  const phases = new Int32Array(kernel.memory.buffer, at.phases, 3 * up);
  for (let p = 0; p < up; p++) phases.set([filter.offset[p]! * 8, filter.first[p]!, filter.count[p]!], 3 * p);

  let front = 0; // place of the first sample kept, within each group
  let kept = 0;
  let first = 0; // its index on the source's grid

  return {
    room,
    append({ data, nSamples }, from, to) {
      const n = to - from;
      if (front + kept + n > capacity) {
        for (let g = 0; g < groups; g++) {
          const start = g * capacity * lanes;
          held.copyWithin(start, start + front * lanes, start + (front + kept) * lanes);
        }
        front = 0;
      }
      const rows = at.rows / 4;
      if (n === nSamples) memory.set(data, rows);
      else
        for (let c = 0; c < nChannels; c++)
          memory.set(data.subarray(c * nSamples + from, c * nSamples + to), rows + c * n);
      for (let g = 0; g < groups; g++)
        kernel.gather(
          at.held + (g * capacity + front + kept) * sampleBytes,
          at.rows + g * lanes * n * 4,
          n * 4,
          n,
        );
      kept += n;
    },
    compute(from, to) {
      const n = to - from;
      const phase = (from * down) % up;
      const base = (from * down - phase) / up - first + front;
      const step = Math.floor(down / up);
      for (let g = 0; g < groups; g++)
        kernel.resample(
          at.out + g * lanes * n * 4,
          n * 4,
          n,
          at.held + g * capacity * sampleBytes,
          base,
          at.phases,
          at.taps,
          phase,
          up,
          down % up,
          step,
        );
      return memory.slice(at.out / 4, at.out / 4 + nChannels * n);
    },
    forget(index) {
      const gone = Math.min(index - first, kept);
      if (gone <= 0) return;
      first += gone;
      front += gone;
      kept -= gone;
    },
    clear(index) {
      first = index;
      front = 0;
      kept = 0;
    },
  };
}
