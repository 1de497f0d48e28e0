import { absolute, subtract, type Complex } from "./complex.ts";
import type { Sections } from "./sections.ts";

/** A digital filter by its poles, as many real zeros, and gain. */
export interface ZerosPolesGain {
  readonly zeros: readonly number[];
  /** Real, or in conjugate pairs. */
  readonly poles: readonly Complex[];
  readonly gain: number;
}

/**
 * Second-order sections from zeros and poles, in the order and pairing of `scipy.signal.zpk2sos` (`nearest`):
 * the poles nearest to the unit circle come last, each with the zeros nearest to it, and the gain is put in the
 * first section.
 */
export function pairSections({ zeros, poles, gain }: ZerosPolesGain): Sections {
  const left = upperHalf(poles);
  const leftZeros = zeros.toSorted((a, b) => a - b);
  if (poles.length % 2 === 1) {
    left.push([0, 0]);
    leftZeros.push(0);
    leftZeros.sort((a, b) => a - b);
    left.sort(byRealPart);
  }
  const count = leftZeros.length / 2;
  const sections = new Float64Array(6 * count);
  for (let s = count - 1; s >= 0; s--) {
    const first = take(left, circleDistance);
    const second: Complex = isReal(first)
      ? take(left, (p) => (isReal(p) ? circleDistance(p) : Infinity))
      : first;
    const nearness = (zero: number): number => absolute(subtract([zero, 0], first));
    const zero1 = take(leftZeros, nearness);
    const zero2 = take(leftZeros, nearness);
    const a1 = -(first[0] + second[0]);
    const a2 = first[0] * second[0] + first[1] * second[1];
    sections.set([1, -(zero1 + zero2), zero1 * zero2, 1, a1, a2], 6 * s);
  }
  for (let k = 0; k < 3; k++) sections[k]! *= gain;
  return sections;
}

/** One of each conjugate pair, by rising real part, then the real poles, by rising value. */
function upperHalf(poles: readonly Complex[]): Complex[] {
  const tolerance = 100 * Number.EPSILON;
  const real = poles.filter((p) => (p[1] < 0 ? -p[1] : p[1]) <= tolerance * absolute(p));
  const upper = poles.filter((p) => p[1] > tolerance * absolute(p));
  return [...upper.toSorted(byRealPart), ...real.map(([re]): Complex => [re, 0]).toSorted(byRealPart)];
}

function byRealPart(a: Complex, b: Complex): number {
  return a[0] - b[0] || a[1] - b[1];
}

function isReal(p: Complex): boolean {
  return p[1] === 0;
}

function circleDistance(p: Complex): number {
  const distance = 1 - absolute(p);
  return distance < 0 ? -distance : distance;
}

/** Removes and returns the first item for which `cost` is least. */
function take<T>(items: T[], cost: (item: T) => number): T {
  let best = 0;
  let least = Infinity;
  items.forEach((item, i) => {
    const c = cost(item);
    if (c < least) {
      least = c;
      best = i;
    }
  });
  return items.splice(best, 1)[0]!;
}
