import { sin } from "../eeg/math.ts";

/**
 * A low-pass of finite impulse response by Kaiser's window, as `scipy.signal.firwin(taps, cutoff,
 * window=("kaiser", beta))` (Oppenheim & Schafer, Discrete-Time Signal Processing, section 7.6): gain 1 at 0 Hz.
 * @param taps an odd number
 * @param cutoff as a fraction of half the sampling frequency
 */
export function kaiserLowpass(taps: number, cutoff: number, beta: number): Float64Array {
  const middle = (taps - 1) / 2;
  const filter = new Float64Array(taps);
  let sum = 0;
  for (let k = 0; k < taps; k++) {
    const x = Math.PI * cutoff * (k - middle);
    const along = (k - middle) / middle;
    const window = besselI0(beta * Math.sqrt(1 - along * along)) / besselI0(beta);
    filter[k] = window * (x === 0 ? 1 : sin(x) / x);
    sum += filter[k]!;
  }
  for (let k = 0; k < taps; k++) filter[k]! /= sum;
  return filter;
}

/** Modified Bessel function of the first kind and order 0, for 0 <= x <= 20: its power series (DLMF 10.25.2). */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let k = 1; term > 1e-18 * sum; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}
