import { expect } from "@jest/globals";

/** What an independent decoder found in one channel; NaN and infinities are words. */
export interface NativeSamples {
  readonly n: number;
  readonly first5: readonly (number | string)[];
  readonly middle5_start: number;
  readonly middle5: readonly (number | string)[];
  readonly last5: readonly (number | string)[];
  readonly mean: number | null;
  readonly std: number | null;
}

const float32Ulp = 2 ** -23;
const smallestFloat32 = 2 ** -149;

/** Compares a channel with its oracle. @param scale from the oracle's unit to the channel's */
export function expectNative(values: Float32Array, native: NativeSamples, scale: number): void {
  expect(values.length).toBe(native.n);
  const { middle5_start: middle } = native;
  expectNear(values.subarray(0, native.first5.length), native.first5, scale);
  expectNear(values.subarray(middle, middle + native.middle5.length), native.middle5, scale);
  expectNear(values.subarray(values.length - native.last5.length), native.last5, scale);
  if (native.mean === null || native.std === null || values.some((value) => !Number.isFinite(value))) return;
  let sum = 0;
  let largest = 0;
  for (const value of values) {
    sum += value;
    largest = Math.max(largest, Math.abs(value));
  }
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  const tolerance = 2 * float32Ulp * largest;
  expect(Math.abs(mean - native.mean * scale)).toBeLessThanOrEqual(tolerance);
  expect(Math.abs(Math.sqrt(squares / values.length) - native.std * scale)).toBeLessThanOrEqual(tolerance);
}

function expectNear(actual: Float32Array, expected: readonly (number | string)[], scale: number): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((word, i) => {
    const value = Number(word === "inf" ? "Infinity" : word === "-inf" ? "-Infinity" : word) * scale;
    if (Number.isFinite(value))
      expect(Math.abs(actual[i]! - value)).toBeLessThanOrEqual(
        float32Ulp * Math.abs(value) + smallestFloat32,
      );
    else expect(actual[i]).toBe(value);
  });
}
