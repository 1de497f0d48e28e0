import { EigenvalueDecomposition, Matrix } from "ml-matrix";

/** A symmetric matrix, row-major [n, n]. */
export type Symmetric = Float64Array;

export interface Eigen {
  /** Rising. */
  readonly values: readonly number[];
  /** A column for each. */
  readonly vectors: Matrix;
}

export function sizeOfSymmetric(matrix: Symmetric): number {
  return Math.round(Math.sqrt(matrix.length));
}

export function asMatrix(matrix: Symmetric): Matrix {
  const n = sizeOfSymmetric(matrix);
  return new Matrix(Array.from({ length: n }, (_, r) => Array.from(matrix.subarray(r * n, (r + 1) * n))));
}

export function eigen(matrix: Matrix): Eigen {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  return { values: realEigenvalues, vectors: eigenvectorMatrix };
}

/** The mean of some matrices, each times a weight. */
export function meanMatrix(matrices: readonly Symmetric[], weight: (matrix: Symmetric) => number): Symmetric {
  const sum = new Float64Array(matrices[0]!.length);
  for (const matrix of matrices) {
    const w = weight(matrix) / matrices.length;
    for (let i = 0; i < sum.length; i++) sum[i]! += w * matrix[i]!;
  }
  return sum;
}

export function trace(matrix: Symmetric): number {
  const n = sizeOfSymmetric(matrix);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += matrix[i * n + i]!;
  return sum;
}
