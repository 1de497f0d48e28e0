/** µV from one trace to the next that one may pick, or the unit that the channel has. */
const steps = [
  1, 2, 5, 10, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 2000, 5000, 10_000, 50_000,
] as const;

/** The next larger (`by` 1) or smaller (-1) step. */
export function nextScale(scale: number, by: 1 | -1): number {
  return by === 1
    ? (steps.find((step) => step > scale) ?? steps.at(-1)!)
    : (steps.findLast((step) => step < scale) ?? steps[0]);
}

/** The step at which a signal of this deviation fills its room well, and neighbours seldom touch. */
export function scaleFor(deviation: number): number {
  if (!(deviation > 0)) return 50;
  return steps.find((step) => step >= 3.5 * deviation) ?? steps.at(-1)!;
}

/** Mean and standard deviation of what is there; NaN of nothing. */
export function spread(values: Float32Array): { readonly mean: number; readonly deviation: number } {
  let sum = 0;
  let count = 0;
  for (const x of values)
    if (x - x === 0) {
      sum += x;
      count++;
    }
  const mean = sum / count;
  let squares = 0;
  for (const x of values) if (x - x === 0) squares += (x - mean) * (x - mean);
  return { mean, deviation: Math.sqrt(squares / count) };
}

/** The middle of some numbers, leaving out what is none; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.filter((x) => x - x === 0).sort((a, b) => a - b);
  return sorted.length === 0 ? NaN : sorted[sorted.length >> 1]!;
}
