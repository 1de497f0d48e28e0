import type { Sections } from "./sections.ts";

/** Samples `from` to `to` of one channel, to be written to the same places of `output`. */
export interface Stretch {
  readonly input: Float32Array;
  readonly output: Float32Array;
  readonly from: number;
  readonly to: number;
}

/**
 * Second-order sections in direct form II transposed, one after the other for each sample, with float64 between
 * them and the operations in the order of `scipy.signal.sosfilt`. What the wasm kernel does, to the last bit.
 * @param state two numbers a section, updated
 */
export function plainSosfilt(sections: Sections, state: Float64Array, stretch: Stretch): void {
  const { input, output, from, to } = stretch;
  for (let i = from; i < to; i++) {
    let y = input[i]!;
    for (let s = 0, k = 0; s < state.length; s += 2, k += 6) {
      const x = y;
      y = sections[k]! * x + state[s]!;
      state[s] = sections[k + 1]! * x - sections[k + 4]! * y + state[s + 1]!;
      state[s + 1] = sections[k + 2]! * x - sections[k + 5]! * y;
    }
    output[i] = y;
  }
}
