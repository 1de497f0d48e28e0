import type { Position } from "./stream-info.ts";

/** Coefficients of the m-th derivative of Legendre's polynomial of degree l, by rising powers of z. */
const legendre: readonly (readonly (readonly number[])[])[] = [
  [[1]],
  [[0, 1], [1]],
  [[-1 / 2, 0, 3 / 2], [0, 3], [3]],
  [[0, -3 / 2, 0, 5 / 2], [-3 / 2, 0, 15 / 2], [0, 15], [15]],
  [[3 / 8, 0, -30 / 8, 0, 35 / 8], [0, -60 / 8, 0, 140 / 8], [-60 / 8, 0, 420 / 8], [0, 105], [105]],
  [
    [0, 15 / 8, 0, -70 / 8, 0, 63 / 8],
    [15 / 8, 0, -210 / 8, 0, 315 / 8],
    [0, -420 / 8, 0, 1260 / 8],
    [-420 / 8, 0, 3780 / 8],
    [0, 945],
    [945],
  ],
];

const norms = legendre.map((orders, l) => orders.map((_, m) => norm(l, m)));

/** √((2l + 1)/4π · (l - m)!/(l + m)!), times √2 for the pairs of m > 0. */
function norm(l: number, m: number): number {
  let quotient = 1;
  for (let k = l - m + 1; k <= l + m; k++) quotient *= k;
  return Math.sqrt(((m === 0 ? 1 : 2) * (2 * l + 1)) / (4 * Math.PI * quotient));
}

/**
 * The 36 real spherical harmonics up to degree 5 at a place on the unit sphere, orthonormal, without the
 * Condon-Shortley phase, ordered by degree l and then by m = -l ... l (the sine of |m| times the azimuth, then the
 * cosine): polynomials in x, y and z, so that only IEEE addition and multiplication touch the electrode.
 * Source: Courant & Hilbert, Methods of Mathematical Physics I, chapter VII, section 5; m-th derivatives of Legendre's polynomials
 * times the real and imaginary part of (x + iy)^m.
 * @returns 36 numbers; the first is 1/√4π
 */
export function sphericalHarmonics([x, y, z]: Position): Float64Array {
  const values = new Float64Array(36);
  let real = 1;
  let imaginary = 0;
  for (let m = 0; m <= 5; m++) {
    for (let l = m; l <= 5; l++) {
      const coefficients = legendre[l]![m]!;
      let factor = 0;
      for (let k = coefficients.length - 1; k >= 0; k--) factor = factor * z + coefficients[k]!;
      factor *= norms[l]![m]!;
      const middle = l * (l + 1);
      values[middle + m] = factor * real;
      if (m > 0) values[middle - m] = factor * imaginary;
    }
    [real, imaginary] = [real * x - imaginary * y, imaginary * x + real * y];
  }
  return values;
}
