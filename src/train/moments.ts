/** Of rows of numbers: each column's mean and standard deviation, 1 where it does not vary. */
export function moments(rows: readonly Float64Array[]): { mean: Float64Array; deviation: Float64Array } {
  const p = rows[0]!.length;
  const mean = new Float64Array(p);
  const deviation = new Float64Array(p);
  for (const row of rows) for (let i = 0; i < p; i++) mean[i]! += row[i]! / rows.length;
  for (const row of rows)
    for (let i = 0; i < p; i++) deviation[i]! += (row[i]! - mean[i]!) ** 2 / rows.length;
  return { mean, deviation: deviation.map((v) => Math.sqrt(v) || 1) };
}

/** Over the length of `a`. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
