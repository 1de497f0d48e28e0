import { log } from "../eeg/math.ts";
import { asMatrix, eigen, meanMatrix, sizeOfSymmetric, trace, type Symmetric } from "./symmetric.ts";

/** Directions that vary less than this share of the largest are not there: a reference took them off. */
const leastShare = 1e-5;

/** Spatial filters, a row of weights of the channels each. */
export type SpatialFilters = readonly Float64Array[];

/**
 * Common spatial patterns of two classes (Blankertz et al., IEEE Signal Process. Mag. 25(1), 2008): the directions in
 * which the mean covariance of one class, each trial's divided by its trace, is largest against the other's.
 * @param pairs filters for each class
 */
export function fitSpatialPatterns(
  covariances: readonly Symmetric[],
  classes: readonly number[],
  pairs: number,
): SpatialFilters {
  const mean = (c: number): Symmetric =>
    meanMatrix(
      covariances.filter((_, i) => classes[i] === c),
      (matrix) => 1 / trace(matrix),
    );
  const first = asMatrix(mean(0));
  const both = asMatrix(mean(1)).add(first);
  const whole = eigen(both);
  const largest = Math.max(...whole.values);
  const kept = [...whole.values.keys()].filter((v) => whole.values[v]! > leastShare * largest);
  const whitening = whole.vectors
    .subMatrixColumn(kept)
    .mulRowVector(kept.map((v) => 1 / Math.sqrt(whole.values[v]!)));
  const { values, vectors } = eigen(whitening.transpose().mmul(first).mmul(whitening));
  const order = [...values.keys()].toSorted((a, b) => values[a]! - values[b]!);
  const filters = whitening.mmul(vectors);
  return [...order.slice(0, pairs), ...order.slice(-pairs)].map((v) =>
    Float64Array.from(filters.getColumn(v)),
  );
}

/** The logarithm of the power that each filter lets through. */
export function patternFeatures(filters: SpatialFilters, covariance: Symmetric): Float64Array {
  const n = sizeOfSymmetric(covariance);
  return Float64Array.from(filters, (filter) => {
    let power = 0;
    for (let a = 0; a < n; a++)
      for (let b = 0; b < n; b++) power += filter[a]! * covariance[a * n + b]! * filter[b]!;
    return log(power);
  });
}
