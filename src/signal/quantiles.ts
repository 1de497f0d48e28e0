/**
 * Order statistics of a stretch of samples, found by Hoare's selection (Hoare, "Algorithm 65: Find", CACM 4, 1961).
 * Quantiles lie between samples as MATLAB's `prctile` and NumPy's method `hazen` have them, which PREP uses.
 */

/**
 * A quantile of the first `n` values, whose order it changes.
 * @param share 0 to 1
 * @returns NaN where `n` is 0
 */
export function quantile(values: Float64Array, n: number, share: number): number {
  if (n === 0) return NaN;
  const place = Math.min(n, Math.max(1, share * n + 0.5)); // from 1 on
  const below = Math.floor(place);
  const low = select(values, n, below - 1);
  if (place === below) return low;
  let next = Infinity;
  for (let i = below; i < n; i++) if (values[i]! < next) next = values[i]!;
  return low + (place - below) * (next - low);
}

/** The middle of the first `n` values, whose order it changes. */
export function median(values: Float64Array, n: number): number {
  return quantile(values, n, 0.5);
}

/** Distance of the quartiles of the first `n` values, whose order it changes. */
export function interquartileRange(values: Float64Array, n: number): number {
  return quantile(values, n, 0.75) - quantile(values, n, 0.25);
}

/** Median of the distances from the median, of the first `n` values, which it overwrites. */
export function medianDeviation(values: Float64Array, n: number): number {
  const middle = median(values, n);
  for (let i = 0; i < n; i++) values[i] = Math.abs(values[i]! - middle);
  return median(values, n);
}

/** The value at place `k` in order; what is smaller stands before it then, what is larger behind. */
function select(values: Float64Array, n: number, k: number): number {
  let left = 0;
  let right = n - 1;
  while (left < right) {
    const pivot = values[k]!;
    let i = left;
    let j = right;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (pivot < values[j]!) j--;
      if (i > j) break;
      const held = values[i]!;
      values[i++] = values[j]!;
      values[j--] = held;
    }
    if (j < k) left = i;
    if (k < i) right = j;
  }
  return values[k]!;
}
