/** A sampling frequency in samples a second, as a fraction in lowest terms. It never has a default. */
export interface Sfreq {
  readonly num: number;
  readonly den: number;
}

/**
 * The sampling frequency `num / den`, reduced.
 * @throws RangeError unless both are positive safe integers
 */
export function sfreq(num: number, den = 1): Sfreq {
  if (!(Number.isSafeInteger(num) && num > 0 && Number.isSafeInteger(den) && den > 0))
    throw new RangeError(`sfreq: expected two positive integers, got ${num}/${den}`);
  const divisor = gcd(num, den);
  return { num: num / divisor, den: den / divisor };
}

/**
 * The sampling frequency nearest to a number of Hz that a person wrote: whole, or with at most six decimals.
 * @throws RangeError unless it is above 0
 */
export function fromHertz(value: number): Sfreq {
  return sfreq(Math.round(value * 1e6), 1e6);
}

/**
 * The simplest fraction within `tolerance` of a rate that was written down as a decimal number: 333.3333 Hz is 1000/3.
 * @param tolerance in Hz, at least 1e-12 of the rate is taken
 * @throws RangeError unless the rate is positive and finite
 */
export function sfreqNear(hz: number, tolerance: number): Sfreq {
  if (!(hz > 0 && hz < Number.MAX_SAFE_INTEGER))
    throw new RangeError(`sfreq: expected a rate > 0, got ${hz}`);
  const room = Math.max(tolerance, hz * 1e-12);
  const { num, den } = simplest(Math.max(hz - room, hz / 2), hz + room);
  return sfreq(num, den);
}

/** The fraction with the least denominator between two positive numbers (Stern-Brocot, as a continued fraction). */
function simplest(low: number, high: number): Sfreq {
  const whole = Math.floor(low);
  if (whole === low) return { num: Math.max(whole, 1), den: 1 };
  if (whole + 1 <= high) return { num: whole + 1, den: 1 };
  const { num, den } = simplest(1 / (high - whole), 1 / (low - whole));
  return { num: whole * num + den, den: num };
}

/** Samples a second, as a number. */
export function hertz({ num, den }: Sfreq): number {
  return num / den;
}

/** Seconds from the stream's start to sample `index` (which may be fractional). */
export function secondsAt(index: number, { num, den }: Sfreq): number {
  return (index * den) / num;
}

/** The sample nearest to a time in seconds from the stream's start. */
export function sampleAt(seconds: number, { num, den }: Sfreq): number {
  return Math.round((seconds * num) / den);
}

export function equalSfreq(a: Sfreq, b: Sfreq): boolean {
  return a.num === b.num && a.den === b.den;
}

/** Greatest common divisor of two positive integers (Euclid). */
export function gcd(a: number, b: number): number {
  while (b > 0) [a, b] = [b, a % b];
  return a;
}
