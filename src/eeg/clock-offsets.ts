/** A measurement of how far a stream's clock is from the receiver's (XDF 1.0, "ClockOffset chunk"; LSL's time correction). */
export interface ClockOffset {
  /** On the stream's clock, in seconds. */
  readonly time: number;
  /** What is added to a time of the stream's clock to have the receiver's. */
  readonly value: number;
  /** Where in the file it stands, or how many came before it. */
  readonly byte: number;
}

/** The receiver's clock for times of a stream's. */
export interface Clock {
  /** How often the stream's clock was set anew while it was recorded. */
  readonly resets: number;
  /** The line that holds for a time that stands at a byte of the file. */
  lineAt(time: number, byte: number): ClockLine;
}

/** `time + offset + slope * (time - origin)` */
export interface ClockLine {
  readonly origin: number;
  readonly offset: number;
  readonly slope: number;
}

export function synchronised(time: number, { origin, offset, slope }: ClockLine): number {
  return time + offset + slope * (time - origin);
}

/** Clocks drift by some millionths; offsets that differ by more, and by a second, are those of a clock set anew. */
const largestDrift = 1e-3;
const leastReset = 1;

interface Stretch extends ClockLine {
  readonly from: number;
  readonly to: number;
  readonly byte: number;
}

const same: ClockLine = { origin: 0, offset: 0, slope: 0 };

/**
 * Fits the offsets of a stream: a line for each stretch between resets of its clock, robust against measurements
 * that the network delayed (Huber's weights, as pyxdf has them; there by ADMM, here by repeated least squares).
 */
export function createClock(measured: readonly ClockOffset[]): Clock {
  const stretches = split(measured).map(fit);
  return {
    resets: Math.max(0, stretches.length - 1),
    lineAt(time, byte) {
      let best: Stretch | undefined;
      let least = Infinity;
      let leastBytes = Infinity;
      for (const stretch of stretches) {
        const distance = Math.max(stretch.from - time, time - stretch.to, 0);
        const bytes = Math.abs(stretch.byte - byte);
        if (distance < least || (distance === least && bytes < leastBytes)) {
          [best, least, leastBytes] = [stretch, distance, bytes];
        }
      }
      return best ?? same;
    },
  };
}

/** Cuts the offsets where the clock was set anew. A single one that agrees with neither neighbour is a mistake. */
function split(measured: readonly ClockOffset[]): ClockOffset[][] {
  const known = measured.filter(({ time, value }) => Math.abs(time) < 1e11 && Math.abs(value) < 1e11);
  const kept = known.filter((offset, i) => {
    const [before, after] = [known[i - 1], known[i + 1]];
    return !(before && after && isReset(before, offset) && isReset(offset, after) && !isReset(before, after));
  });
  const parts: ClockOffset[][] = [];
  kept.forEach((offset, i) => {
    const before = kept[i - 1];
    if (!before || isReset(before, offset)) parts.push([]);
    parts.at(-1)!.push(offset);
  });
  return parts;
}

function isReset(a: ClockOffset, b: ClockOffset): boolean {
  return Math.abs(b.value - a.value) > Math.max(leastReset, largestDrift * Math.abs(b.time - a.time));
}

function fit(offsets: readonly ClockOffset[]): Stretch {
  const origin = offsets[0]!.time;
  const from = Math.min(...offsets.map(({ time }) => time));
  const to = Math.max(...offsets.map(({ time }) => time));
  const xs = offsets.map(({ time }) => time - origin);
  const ys = offsets.map(({ value }) => value);
  let weights = xs.map(() => 1);
  let line = weightedLine(xs, ys, weights);
  for (let round = 0; round < 20; round++) {
    const rests = xs.map((x, i) => Math.abs(ys[i]! - line.offset - line.slope * x));
    const deviation = 1.4826 * median(rests);
    if (!(deviation > 1e-9)) break;
    const edge = 1.345 * deviation; // 95 % efficient on normal errors (Huber 1964)
    weights = rests.map((rest) => (rest <= edge ? 1 : edge / rest));
    line = weightedLine(xs, ys, weights);
  }
  return { origin, ...line, from, to, byte: offsets[0]!.byte };
}

function weightedLine(
  xs: readonly number[],
  ys: readonly number[],
  weights: readonly number[],
): { offset: number; slope: number } {
  const sum = (value: (i: number) => number): number =>
    weights.reduce((total, weight, i) => total + weight * value(i), 0);
  const total = sum(() => 1);
  const meanX = sum((i) => xs[i]!) / total;
  const meanY = sum((i) => ys[i]!) / total;
  const xx = sum((i) => (xs[i]! - meanX) ** 2);
  const xy = sum((i) => (xs[i]! - meanX) * (ys[i]! - meanY));
  const slope = xx > 0 ? xy / xx : 0;
  // No clock is that fast or slow: too few measurements, too close together.
  const usable = Math.abs(slope) <= largestDrift ? slope : 0;
  return { offset: meanY - usable * meanX, slope: usable };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}
