import { Matrix, solve } from "ml-matrix";
import type { Position } from "../eeg/stream-info.ts";

/** Order m of the splines and terms of their series (Perrin et al. 1989 take 4 and 7; more terms cost nothing here). */
const order = 4;
const terms = 50;
/** Added to the diagonal, so that electrodes that lie close together do not blow up. */
const smoothing = 1e-5;

/**
 * Weights that interpolate electrodes from others by spherical splines (Perrin, Pernier, Bertrand & Echallier 1989,
 * Electroencephalogr. clin. Neurophysiol. 72, 184-187, with the corrigendum of 1990).
 * @param from electrodes that are there, 3 at least, on the unit sphere
 * @param to electrodes that are missing
 * @returns [to, from], row after row; each row adds up to 1
 * @throws RangeError for fewer than 3 electrodes
 */
export function splineWeights(from: readonly Position[], to: readonly Position[]): Float64Array {
  const n = from.length;
  if (n < 3) throw new RangeError(`splines: expected 3 electrodes or more to interpolate from, got ${n}`);
  // [G 1; 1ᵀ 0] is symmetric: its solution for g(to) is the row of weights.
  const system = Matrix.zeros(n + 1, n + 1);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) system.set(i, j, spline(from[i]!, from[j]!) + (i === j ? smoothing : 0));
    system.set(i, n, 1);
    system.set(n, i, 1);
  }
  const wanted = Matrix.zeros(n + 1, to.length);
  to.forEach((position, k) => {
    for (let i = 0; i < n; i++) wanted.set(i, k, spline(from[i]!, position));
    wanted.set(n, k, 1);
  });
  const solution = solve(system, wanted);
  const weights = new Float64Array(to.length * n);
  for (let k = 0; k < to.length; k++) for (let i = 0; i < n; i++) weights[k * n + i] = solution.get(i, k);
  return weights;
}

/** g(cos angle) = 1 / 4π Σ (2n + 1) / (n (n + 1))^m P_n(cos angle). */
function spline(a: Position, b: Position): number {
  const x = Math.min(1, Math.max(-1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2]));
  let before = 1; // P_0
  let legendre = x; // P_1
  let sum = 0;
  for (let n = 1; n <= terms; n++) {
    let power = 1;
    for (let m = 0; m < order; m++) power *= n * (n + 1);
    sum += ((2 * n + 1) / power) * legendre;
    [before, legendre] = [legendre, ((2 * n + 1) * x * legendre - n * before) / (n + 1)];
  }
  return sum / (4 * Math.PI);
}
