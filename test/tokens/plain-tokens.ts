import { halfPatch } from "../../src/tokens/bands.ts";

/**
 * The kernel's arithmetic in plain loops, rounded to float32 after every operation: the same bits, for tests and
 * for readers. `f` is that rounding.
 */
const f = Math.fround;

/**
 * Mixes one sample: Σ_c weights[c][s] · sample[c].
 * @param weights [channels, components]
 */
export function mixSample(sample: readonly number[], weights: Float32Array): Float32Array {
  const components = weights.length / sample.length;
  const mixed = new Float32Array(components);
  for (let s = 0; s < components; s++)
    for (let c = 0; c < sample.length; c++)
      mixed[s] = f(mixed[s]! + f(sample[c]! * weights[c * components + s]!));
  return mixed;
}

/**
 * |q|² of one component of one patch under each filter.
 * @param patch 80 samples
 * @param taps as `bandTaps` has them
 */
export function bandPowers(patch: Float32Array, taps: Float32Array): Float32Array {
  const powers = new Float32Array(taps.length / (2 * halfPatch));
  for (let k = 0; k < powers.length; k++) {
    let re = 0;
    let im = 0;
    for (let m = 0; m < halfPatch; m++) {
      const after = patch[halfPatch + m]!;
      const before = patch[halfPatch - 1 - m]!;
      const tap = (k * halfPatch + m) * 2;
      re = f(re + f(taps[tap]! * f(after + before)));
      im = f(im + f(taps[tap + 1]! * f(after - before)));
    }
    powers[k] = f(f(re * re) + f(im * im));
  }
  return powers;
}

/** log(mean + ε) over the powers of several patches, the oldest first. */
export function logMean(patches: readonly Float32Array[], epsilon: number): Float32Array {
  return Float32Array.from(patches[0]!, (_, k) => {
    const sum = patches.reduce((total, powers) => f(total + powers[k]!), 0);
    return logSingle(f(f(sum / patches.length) + f(epsilon)));
  });
}

const single = new Float32Array(1);
const bits = new Int32Array(single.buffer);

/** Natural logarithm of a normal positive float32, as the kernel's `log4`. */
export function logSingle(x: number): number {
  single[0] = x;
  const exponent = (bits[0]! - 0x3f3504f3) >> 23;
  bits[0]! -= exponent << 23;
  const m = f(single[0] - 1);
  const s = f(m / f(2 + m));
  const z = f(s * s);
  let p = f(2 / 11);
  for (const coefficient of [2 / 9, 2 / 7, 2 / 5, 2 / 3]) p = f(f(coefficient) + f(z * p));
  const rest = f(f(exponent * f(1.428606765330187e-6)) - f(s * f(m - f(z * p))));
  return f(f(exponent * f(0.693145751953125)) + f(m + rest));
}
