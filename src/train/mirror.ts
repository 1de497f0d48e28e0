/**
 * The head in a mirror: what the left does to the right, the right does to the left. Spherical harmonics are odd or even
 * from side to side, so a mix sees its mirror image by changes of sign.
 */
import { sphericalHarmonics } from "../eeg/harmonics.ts";
import type { EncoderSizes } from "../model/encoder.ts";
import { harmonics } from "../tokens/patch-grid.ts";
import { tokenNumbers } from "../tokens/token.ts";
import type { Tensors } from "./adamw.ts";

/** For each spherical harmonic 1, or -1 where its values on both sides are opposite. */
export const mirrorSigns: Float32Array = (() => {
  const [x, y, z] = [0.6, 0.48, 0.64] as const; // nowhere are the harmonics 0
  const right = sphericalHarmonics([x, y, z]);
  const left = sphericalHarmonics([-x, y, z]);
  return Float32Array.from(right, (value, h) => (value * left[h]! > 0 ? 1 : -1));
})();

/**
 * Keeps what is learned odd: every component of the mix's first half has its mirror image in the second, and the
 * embedding takes only differences between the two, as evoked responses do; onsets take only sums. In place; for
 * weights and for gradients alike, since it is the
 * projection on what is odd.
 */
export function keepOdd(tensors: Tensors, sizes: EncoderSizes): void {
  const { components, bands, width, evoked } = sizes;
  const half = components / 2;
  const mix = tensors.get("mix.weight");
  if (mix) pair(mix, half * harmonics, (i) => mirrorSigns[i % harmonics]!);
  for (const [name, of] of [
    ["token.mean", half * bands],
    ["token.deviation", half * bands],
    ["evoked.deviation", half],
  ] as const) {
    const numbers = tensors.get(name);
    if (numbers) pair(numbers, of, () => 1);
  }
  const rows = (name: string, { n, stride, of, sign }: Rows): void => {
    const weight = tensors.get(name);
    for (let row = 0; weight && row < n; row++) pair(weight.subarray(row * stride), of, () => sign);
  };
  rows("embed.weight", { n: width, stride: tokenNumbers(sizes), of: half * bands, sign: -1 });
  if (evoked) {
    const { responses, onsets, reach } = evoked;
    const each = { stride: components * reach, of: half * reach };
    rows("evoked.response", { n: responses, ...each, sign: -1 });
    rows("evoked.feature.weight", { n: onsets, ...each, sign: 1 });
  }
  tensors.get("embed.bias")?.fill(0);
}

/** Rows of a matrix, in each of which numbers `of` apart belong together. */
interface Rows {
  readonly n: number;
  readonly stride: number;
  readonly of: number;
  readonly sign: 1 | -1;
}

/**
 * Makes drop-out take both of a pair or neither: rows of what `features` are multiplied by, in place, of which the first `paired` are pairs. With one of a pair
 * dropped, the embedding would be given what both share, which is many times their difference.
 */
export function dropPairs(kept: Float32Array, features: number, paired = features): void {
  for (let from = 0; from < kept.length; from += features)
    kept.copyWithin(from + paired / 2, from, from + paired / 2);
}

/** Makes the second half the first one, times a sign, where they differ by the mean of both. */
function pair(values: Float32Array, half: number, sign: (i: number) => number): void {
  for (let i = 0; i < half; i++) {
    const mean = (values[i]! + sign(i) * values[half + i]!) / 2;
    values[i] = mean;
    values[half + i] = sign(i) * mean;
  }
}
