/** A stretch of samples without a loss: they lie on a line of time. */
export interface Stretch {
  /** Index of its first sample in the stream. */
  readonly from: number;
  readonly nSamples: number;
  /** When the first sample was, by the line, on the stream's own clock; NaN if no sample has a time. */
  readonly first: number;
  /** Seconds from sample to sample, by the line. */
  readonly period: number;
  /** Bytes of the file were unreadable before it. */
  readonly damaged: boolean;
  /** Where in the file it begins. */
  readonly byte: number;
}

/** Takes the stamps of a stream one by one and finds its stretches. Memory grows with these only. */
export interface Stretches {
  /** @param byte where in the file the sample's chunk begins */
  push(stamp: number, byte: number): void;
  /** What comes next does not follow on what came before. */
  damage(): void;
  end(): readonly Stretch[];
}

/** A loss is a shift of more than this many deviations of the stamps about their line. */
const clearShift = 6;

/**
 * Stamps that come early: no sample was ever taken twice, so a small step back is a delay that ended. Only from
 * here on, in seconds, it is a clock that was set anew.
 */
const stepBack = 0.5;

/** No time of a computer, which counts seconds since it was switched on or since 1970. */
const latestStamp = 1e11;

/**
 * Stamps jitter: samples arrive late and catch up. A loss is something else: after it the stamps stay where they
 * jumped to. So where stamps jump, the second before and the second after are each summed up by the medians of
 * their halves, and only if the two lines miss each other is the stream cut there. Within a stretch the times
 * are those of the line of least squares, as pyxdf takes them, whose gaps however are of a second and more.
 * @param period seconds from sample to sample as the stream declares it
 */
export function createStretches(period: number): Stretches {
  const span = Math.min(65536, Math.max(32, Math.ceil(1 / period)));
  const done: Stretch[] = [];
  let line = createLine(0, { byte: 0, span });
  let index = 0;
  /** Deviation of the stamps about their line when last looked at; forgotten within some seconds. */
  let deviation = 0;
  /** After a jump that was no loss: for how many samples others are not looked into, and what is taken to be late. */
  let doubt = { samples: 0, level: 0, within: Infinity };
  let held: Held | null = null;
  let damaged = false;

  function accept(stamp: number): void {
    const k = line.n++;
    index++;
    if (Number.isNaN(stamp)) return;
    if (Number.isNaN(line.origin)) line.origin = stamp - k * period;
    const residual = stamp - line.origin - k * period;
    line.last = stamp;
    line.lastAt = k;
    if (line.nRecent === line.recent.length) {
      line.recent.copyWithin(0, span);
      line.nRecent -= span;
    }
    line.recent[line.nRecent++] = residual;
    const late = doubt.samples > 0 && Math.abs(residual - doubt.level) > doubt.within;
    if (!late) addTo(line.fit, k, residual);
  }

  function close(): void {
    if (line.n > 0) {
      const { slope, intercept } = lineOf(line.fit);
      const usable = Math.abs(slope) < 0.9 * period;
      done.push({
        from: line.from,
        nSamples: line.n,
        first: line.origin + (usable ? intercept : line.fit.meanY),
        period: period + (usable ? slope : 0),
        damaged,
        byte: line.byte,
      });
      damaged = false;
    }
    doubt = { samples: 0, level: 0, within: Infinity };
  }

  function push(stamp: number, byte: number): void {
    const time = Math.abs(stamp) <= latestStamp ? stamp : Number.NaN;
    if (held) {
      held.stamps.push(time);
      held.bytes.push(byte);
      if (held.stamps.length >= span) decide(held);
      return;
    }
    if (line.n === 0) line.byte = byte;
    const jump = time - line.last - (line.n - line.lastAt) * period;
    deviation -= deviation / (8 * span);
    if (doubt.samples > 0) doubt.samples--;
    else if (Math.abs(jump) > Math.max(1.5 * period, 0.8 * clearShift * deviation)) {
      held = { stamps: [time], bytes: [byte], jump };
      return;
    }
    accept(time);
  }

  /** Whether the stream was cut where the stamps jumped, now that what follows is known. */
  function decide({ stamps, bytes, jump }: Held): void {
    held = null;
    const residuals = stamps.map((stamp, i) => stamp - line.origin - (line.n + i) * period);
    const before = throughMedians(line.recent.subarray(Math.max(0, line.nRecent - span), line.nRecent));
    const after = throughMedians(residuals);
    deviation = Math.max(before.deviation, after.deviation);
    const shift = after.atStart - before.atEnd;
    const clear = Math.max(1.5 * period, clearShift * deviation);
    const sure = stamps.length >= span / 4 || Math.abs(shift) >= 1;
    const cut = shift > 0 ? shift > clear && shift > jump / 2 : shift < -Math.max(clear, stepBack);
    const larger = residuals.findIndex(
      (value, i) => i > 0 && Math.abs(value - residuals[i - 1]!) > 2 * Math.abs(jump),
    );
    if (sure && cut && larger < 0) {
      close();
      line = createLine(index, { byte: bytes[0]!, span });
    } else {
      // A jump that dwarfs this one is looked into for itself.
      const samples = Math.max(1, Math.min(span >> 3, larger < 0 ? span : larger - 1));
      doubt = { samples, level: before.atEnd, within: clear };
      accept(stamps.shift()!);
      bytes.shift();
    }
    for (const [i, stamp] of stamps.entries()) push(stamp, bytes[i]!);
  }

  function settle(): void {
    while (held) decide(held);
  }

  return {
    push,
    damage() {
      settle();
      close();
      line = createLine(index, { byte: 0, span });
      damaged = true;
    },
    end() {
      settle();
      close();
      line = createLine(index, { byte: 0, span });
      return done;
    },
  };
}

/** Samples from a jump on, until it is known what it was. */
interface Held {
  readonly stamps: number[];
  readonly bytes: number[];
  readonly jump: number;
}

interface Line {
  readonly from: number;
  byte: number;
  n: number;
  readonly fit: Fit;
  /** The latest stamps, less what the declared rate makes expect. */
  readonly recent: Float64Array;
  nRecent: number;
  last: number;
  lastAt: number;
  origin: number;
}

function createLine(from: number, { byte, span }: { byte: number; span: number }): Line {
  return {
    from,
    byte,
    n: 0,
    fit: { n: 0, meanX: 0, meanY: 0, xx: 0, xy: 0 },
    recent: new Float64Array(2 * span),
    nRecent: 0,
    last: Number.NaN,
    lastAt: 0,
    origin: Number.NaN,
  };
}

/** Means and sums of squares about them, updated one by one (Welford 1962). */
interface Fit {
  n: number;
  meanX: number;
  meanY: number;
  xx: number;
  xy: number;
}

function addTo(fit: Fit, x: number, y: number): void {
  fit.n++;
  const dx = x - fit.meanX;
  fit.meanX += dx / fit.n;
  fit.meanY += (y - fit.meanY) / fit.n;
  fit.xx += dx * (x - fit.meanX);
  fit.xy += dx * (y - fit.meanY);
}

function lineOf(fit: Fit): { slope: number; intercept: number } {
  const slope = fit.xx > 0 ? fit.xy / fit.xx : 0;
  return { slope, intercept: fit.meanY - slope * fit.meanX };
}

/** The line through the medians of both halves of some values: where it begins and ends, and how far off they are. */
function throughMedians(values: ArrayLike<number>): { atStart: number; atEnd: number; deviation: number } {
  const known = Array.from(values).filter((value) => !Number.isNaN(value));
  const middle = known.length >> 1;
  const few = known.length < 16;
  const early = median(few ? known : known.slice(0, middle));
  const slope = few ? 0 : (median(known.slice(middle)) - early) / (known.length / 2);
  const from = early - (slope * known.length) / 4;
  // 1.4826: of normal deviations, from the median of their absolute values
  const deviation = 1.4826 * median(known.map((value, i) => Math.abs(value - from - slope * i)));
  return { atStart: from, atEnd: from + slope * known.length, deviation };
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
