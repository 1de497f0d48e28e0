import { EegError } from "../eeg/errors.ts";
import { gcd, hertz, type Sfreq } from "../eeg/sfreq.ts";
import { kaiserLowpass } from "./kaiser.ts";

/** New rate over old, in lowest terms. */
export interface Ratio {
  readonly up: number;
  readonly down: number;
}

const largest = 1000;

/**
 * The ratio of two sampling frequencies.
 * @throws EegError SFREQ_UNSUPPORTED if it takes numbers above 1000
 */
export function resampleRatio(from: Sfreq, to: Sfreq): Ratio {
  // Dividing crosswise first keeps the products small.
  const nums = gcd(from.num, to.num);
  const dens = gcd(from.den, to.den);
  const over = (to.num / nums) * (from.den / dens);
  const under = (from.num / nums) * (to.den / dens);
  const divisor = gcd(over, under);
  const up = over / divisor;
  const down = under / divisor;
  if (!(up <= largest && down <= largest))
    throw new EegError(
      "SFREQ_UNSUPPORTED",
      `resampling from ${hertz(from)} Hz to ${hertz(to)} Hz takes the ratio ${up}/${down}; only whole numbers up to ${largest} are supported, so bring the recording to a rounder rate first`,
    );
  return { up, down };
}

/** Taps on each side of the middle one, on the grid of `up` times the old rate, as `scipy.signal.resample_poly`. */
export function halfLength({ up, down }: Ratio): number {
  return 10 * Math.max(up, down);
}

/**
 * Samples of the source's grid that determine the resampled ones up to and including `outputSample`: the shortest
 * prefix that holds the whole kernel of that one.
 */
export function sourcePrefix(outputSample: number, ratio: Ratio): number {
  const { up, down } = ratio;
  if (up === 1 && down === 1) return outputSample + 1;
  return Math.floor((outputSample * down + halfLength(ratio)) / up) + 1;
}

/**
 * The resampler's filter taken apart by phase: output n stands at t = n · down on the grid of `up` times the old
 * rate, its phase is t modulo up, and it is the sum over k of `taps[offset[phase] + k]` times the source's sample
 * floor(t / up) + first[phase] + k, with k below count[phase].
 */
export interface Polyphase {
  readonly taps: Float64Array;
  readonly offset: Int32Array;
  readonly first: Int32Array;
  readonly count: Int32Array;
}

/** The default filter of `scipy.signal.resample_poly`: Kaiser's window with beta 5. */
export function polyphase(ratio: Ratio): Polyphase {
  const { up } = ratio;
  const half = halfLength(ratio);
  const filter = kaiserLowpass(2 * half + 1, 1 / Math.max(up, ratio.down), 5);
  const taps = new Float64Array(filter.length);
  const offset = new Int32Array(up);
  const first = new Int32Array(up);
  const count = new Int32Array(up);
  for (let phase = 0, at = 0; phase < up; phase++) {
    const begin = Math.ceil((phase - half) / up);
    const end = Math.floor((phase + half) / up);
    offset[phase] = at;
    first[phase] = begin;
    count[phase] = end - begin + 1;
    for (let j = begin; j <= end; j++) taps[at++] = up * filter[half + phase - j * up]!;
  }
  return { taps, offset, first, count };
}
