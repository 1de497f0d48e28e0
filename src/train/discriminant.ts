import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { dot, moments } from "./moments.ts";

/** A linear discriminant: a score for each class. */
export interface Discriminant {
  /** Of every feature over the training set. */
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
  /** For each class the weights of the standardised features, and what is added. */
  readonly weights: readonly Float64Array[];
  readonly bias: readonly number[];
}

/**
 * Linear discriminant analysis with equal priors on standardised features; the covariance within the classes is
 * shrunk towards a multiple of the identity by the share of Ledoit & Wolf (J. Multivar. Anal. 88, 2004), as in
 * scikit-learn's `LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")`.
 */
export function fitDiscriminant(
  rows: readonly Float64Array[],
  classes: readonly number[],
  nClasses: number,
): Discriminant {
  const n = rows.length;
  const p = rows[0]!.length;
  const { mean, deviation } = moments(rows);
  const standardised = rows.map((row) => row.map((v, i) => (v - mean[i]!) / deviation[i]!));
  const centres = Array.from(
    { length: nClasses },
    (_, c) => moments(standardised.filter((_, k) => classes[k] === c)).mean,
  );
  const within = standardised.map((row, k) => row.map((v, i) => v - centres[classes[k]!]![i]!));
  const x = new Matrix(within.map((row) => Array.from(row)));
  const covariance = x.transpose().mmul(x).div(n);
  const share = ledoitWolf(within, covariance);
  const size = covariance.trace() / p;
  const shrunk = covariance.mul(1 - share).add(Matrix.eye(p, p, share * size));
  const solved = new CholeskyDecomposition(shrunk).solve(
    new Matrix(centres.map((centre) => Array.from(centre))).transpose(),
  );
  const weights = centres.map((_, c) => Float64Array.from(solved.getColumn(c)));
  return { mean, deviation, weights, bias: centres.map((centre, c) => -0.5 * dot(centre, weights[c]!)) };
}

/** The score of each class: the logarithm of its probability, up to a constant. */
export function discriminate({ mean, deviation, weights, bias }: Discriminant, row: Float64Array): number[] {
  const standardised = row.map((v, i) => (v - mean[i]!) / deviation[i]!);
  return weights.map((w, c) => dot(w, standardised) + bias[c]!);
}

/**
 * The share of the identity in the shrunk covariance of centred rows, from 0 to 1.
 * @internal
 */
export function ledoitWolf(rows: readonly Float64Array[], covariance: Matrix): number {
  const n = rows.length;
  const p = covariance.rows;
  const size = covariance.trace() / p;
  let squares = 0;
  for (const row of covariance.to2DArray()) for (const v of row) squares += v * v;
  const fourth = rows.reduce((sum, row) => sum + dot(row, row) ** 2, 0);
  const scatter = (fourth / n - squares) / (p * n);
  const distance = (squares - p * size * size) / p;
  return distance === 0 ? 0 : Math.max(0, Math.min(1, scatter / distance));
}
