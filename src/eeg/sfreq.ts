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
