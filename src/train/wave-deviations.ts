import { harmonics } from "../tokens/patch-grid.ts";
import type { Tensors } from "./adamw.ts";
import type { CovarianceSet, PatchOf } from "./covariance-set.ts";

export interface WaveDeviationOptions {
  readonly weights: Tensors;
  readonly covariances: CovarianceSet;
  /** Of pairs of components the difference is what is to be of size 1. */
  readonly odd: boolean;
}

/** Deviation of each component's slow wave over some patches, µV: `evoked.deviation`. */
export function waveDeviations(
  patches: readonly PatchOf[],
  { weights, covariances, odd }: WaveDeviationOptions,
): Float32Array {
  const mix = weights.get("mix.weight")!;
  const { gram } = covariances;
  const components = mix.length / harmonics;
  const row = (s: number): Float64Array => {
    const weight = Float64Array.from(mix.subarray(s * harmonics, (s + 1) * harmonics));
    const norm = Math.sqrt(quadratic(gram, weight));
    return weight.map((value) => value / norm);
  };
  const rows = Array.from({ length: components }, (_, s) => row(s));
  const sums = covarianceOfWaves(patches, covariances);
  return Float32Array.from(rows, (own, s) => {
    const other = rows[(s + components / 2) % components]!;
    return Math.sqrt(quadratic(sums, odd ? own.map((value, h) => value - other[h]!) : own));
  });
}

/** Mean products of the harmonics' waves: [36, 36]. Waves are band-passed: their mean is 0. */
function covarianceOfWaves(patches: readonly PatchOf[], covariances: CovarianceSet): Float64Array {
  const sums = new Float64Array(harmonics * harmonics);
  const waves = new Float32Array(harmonics);
  const mask = new Float32Array(1);
  for (const patch of patches) {
    covariances.writeWaves({ waves, mask }, patch, "plain");
    for (let a = 0; a < harmonics; a++)
      for (let b = 0; b < harmonics; b++) sums[a * harmonics + b]! += waves[a]! * waves[b]!;
  }
  return sums.map((sum) => sum / patches.length);
}

/** xᵀ · matrix · x */
function quadratic(matrix: ArrayLike<number>, x: Float64Array): number {
  let sum = 0;
  for (let a = 0; a < x.length; a++)
    for (let b = 0; b < x.length; b++) sum += x[a]! * matrix[a * x.length + b]! * x[b]!;
  return sum;
}
