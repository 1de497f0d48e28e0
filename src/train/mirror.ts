/**
 * The head in a mirror: what the left does to the right, the right does to the left. Spherical harmonics are odd or even
 * from side to side, so a mix sees its mirror image by changes of sign.
 */
import { sphericalHarmonics } from "../eeg/harmonics.ts";
import type { EncoderSizes } from "../model/encoder.ts";
import { harmonics } from "../tokens/patch-grid.ts";
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
 * embedding takes only differences between the two. In place; for weights and for gradients alike, since it is the
 * projection on what is odd.
 */
export function keepOdd(tensors: Tensors, { components, bands, width }: EncoderSizes): void {
  const half = components / 2;
  const mix = tensors.get("mix.weight");
  if (mix) pair(mix, half * harmonics, (i) => mirrorSigns[i % harmonics]!);
  for (const name of ["token.mean", "token.deviation"]) {
    const tokens = tensors.get(name);
    if (tokens) pair(tokens, half * bands, () => 1);
  }
  const embed = tensors.get("embed.weight");
  for (let row = 0; embed && row < width; row++)
    pair(embed.subarray(row * components * bands, (row + 1) * components * bands), half * bands, () => -1);
  tensors.get("embed.bias")?.fill(0);
}

/**
 * Makes drop-out take both of a pair or neither: rows of what `features` are multiplied by, in place. With one of a pair
 * dropped, the embedding would be given what both share, which is many times their difference.
 */
export function dropPairs(kept: Float32Array, features: number): void {
  for (let from = 0; from < kept.length; from += features)
    kept.copyWithin(from + features / 2, from, from + features / 2);
}

/** Makes the second half the first one, times a sign, where they differ by the mean of both. */
function pair(values: Float32Array, half: number, sign: (i: number) => number): void {
  for (let i = 0; i < half; i++) {
    const mean = (values[i]! + sign(i) * values[half + i]!) / 2;
    values[i] = mean;
    values[half + i] = sign(i) * mean;
  }
}
