import type { Matrix } from "ml-matrix";
import { log } from "../eeg/math.ts";
import { asMatrix, eigen, meanMatrix, sizeOfSymmetric, trace, type Symmetric } from "./symmetric.ts";

/** Share of a trial's mean variance that is added to every channel's. */
const shrinkage = 0.01;

/** The inverse square root of the covariance at which the space touches. */
export type TangentPoint = Matrix;

/** The space that touches at the arithmetic mean of some covariances. */
export function fitTangentPoint(covariances: readonly Symmetric[]): TangentPoint {
  const { values, vectors } = eigen(asMatrix(meanMatrix(covariances.map(shrunk), () => 1)));
  return vectors
    .clone()
    .mulRowVector(values.map((value) => 1 / Math.sqrt(value)))
    .mmul(vectors.transpose());
}

/**
 * A covariance in the tangent space (Barachant et al., IEEE Trans. Biomed. Eng. 59(4), 2012): the matrix logarithm of
 * `P C P`, its upper triangle row after row, off the diagonal times √2.
 */
export function tangentFeatures(point: TangentPoint, covariance: Symmetric): Float64Array {
  const { values, vectors } = eigen(point.mmul(asMatrix(shrunk(covariance))).mmul(point));
  const logarithms = values.map((value) => log(Math.max(value, 1e-12)));
  const n = values.length;
  const features = new Float64Array((n * (n + 1)) / 2);
  const rows = vectors.to2DArray();
  let at = 0;
  for (let a = 0; a < n; a++)
    for (let b = a; b < n; b++) {
      let sum = 0;
      for (let v = 0; v < n; v++) sum += rows[a]![v]! * logarithms[v]! * rows[b]![v]!;
      features[at++] = a === b ? sum : sum * Math.SQRT2;
    }
  return features;
}

function shrunk(covariance: Symmetric): Symmetric {
  const n = sizeOfSymmetric(covariance);
  const added = (shrinkage * trace(covariance)) / n;
  return covariance.map((value, i) => (i % (n + 1) === 0 ? value + added : value));
}
