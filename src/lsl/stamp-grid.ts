import { createArrivals } from "./arrivals.ts";
import { createRecentJitter, type RecentJitter } from "./recent-jitter.ts";
import { createTimeLine, type TimeLine } from "./time-line.ts";

/** What becomes of the samples that were pushed, in their order. */
export type GridStep =
  | { readonly kind: "take"; readonly nSamples: number }
  | { readonly kind: "gap"; readonly nSamples: number }
  /** What comes next lies on another grid; `timeOf` goes on for the one that ended. */
  | { readonly kind: "segment"; readonly timeOf: StampGrid["timeOf"] };

/** Lays samples on a grid by their stamps, as they come. */
export interface StampGrid {
  /**
   * @param stamps seconds on the sender's clock, of the next samples
   * @param at when they came, seconds on the receiver's
   */
  push(stamps: ArrayLike<number>, at: number): readonly GridStep[];
  /** The sender was lost and found again. */
  recovered(): void;
  /** Nothing more comes: whatever was still looked at is decided. */
  end(): readonly GridStep[];
  /** When a sample of the present segment was, on the sender's clock, without jitter; NaN before the first. */
  timeOf(place: number): number;
  /** Where on the present segment's grid a time of the sender's clock lies; NaN before the first sample. */
  placeOf(time: number): number;
  /** By how many millionths the sender's clock is fast, as far as the declared rate is true. */
  readonly driftPpm: number;
}

/** Seconds that stamps run back at least where a clock was set anew: a smaller step back is a delay that ended. */
const stepBack = 0.5;
/** Seconds by which a loss may be longer than the silence it made. */
const slack = 1;
/** Seconds after which what follows is another recording. */
const longestGap = 3600;
/** Seconds of arrivals that networks delay: less is no loss where there are no stamps to tell it by. */
const leastSilence = 0.25;
/** Half of what is known of a clock's rate is forgotten within so many seconds. */
const memorySeconds = 10;
/** Rates that stamps tell are off by no more than this share of what is declared. */
const mostOff = 0.1;
/** No time of a computer, which counts seconds since it was switched on or since 1970. */
const latestStamp = 1e11;
/** So many samples in a row that are not late: those before them only were. */
const backInARow = 4;

interface Stamped {
  readonly stamp: number;
  readonly at: number;
  /** When those came that were pulled before it. */
  readonly before: number;
}

/** A sample that is later than the jitter explains, or comes after one. */
interface Held extends Stamped {
  /** Seconds, beside those of the last second. */
  readonly late: number;
}

/**
 * Stamps jitter: samples come late and catch up, in bursts even. A loss is something else: after it the stamps stay
 * where they jumped to. So where a stamp is later than the jitter of the last second explains, samples are held
 * until they are back in time (they only were late), or have stayed late at one level: then what is missing is a
 * gap of that length. Steps back by half a second and more, and ones forward that are longer than the silence that
 * came with them, are a clock that was set anew: no sample moves, and only a silence is a gap. A sample is never
 * put anywhere but behind the one before it.
 *
 * The first second of a segment is held, to see how its stamps jitter.
 * @param period seconds from sample to sample, as the stream declares it
 */
export function createStampGrid(period: number): StampGrid {
  const span = Math.min(65536, Math.max(32, Math.ceil(1 / period)));
  let segment = createSegment(period, span);
  /** The first second, while it is looked at. */
  let first: Stamped[] | null = [];
  let held: Held[] = [];
  /** Of the held ones, where the stamps jump once more. */
  let other = -1;
  let lastAt = Number.NaN;
  let found = 0; // samples for which it is news that the sender was found again
  let steps: GridStep[] = [];

  /** Samples in a row that are no later than that are back in time. */
  const usual = (): number => Math.max(segment.jitter.spread, 0.25 * period);
  const clear = (): number => Math.max(2.5 * segment.jitter.spread, 0.6 * period);

  function take(sample: Stamped, counts: boolean): void {
    segment.take(sample.stamp, counts);
    if (found > 0) found--;
    const last = steps.at(-1);
    if (last?.kind === "take") steps[steps.length - 1] = { kind: "take", nSamples: last.nSamples + 1 };
    else steps.push({ kind: "take", nSamples: 1 });
  }

  function gap(nSamples: number): void {
    if (nSamples <= 0) return;
    steps.push({ kind: "gap", nSamples });
    segment.place += nSamples;
  }

  function step(sample: Stamped): void {
    if (first) {
      first.push(sample);
      if (first.length >= span) learn(first);
      return;
    }
    const late = segment.excess(sample.stamp, held.length);
    const silent = sample.at - sample.before > leastSilence;
    if (held.length === 0 && !(late > clear() || late < (silent ? -clear() : -stepBack)))
      return take(sample, true);
    const jump = held.length === 0 ? 0 : late - held.at(-1)!.late;
    if (other < 0 && (jump > 2 * clear() || jump < -stepBack)) other = held.length;
    held.push({ ...sample, late });
    decide(false);
  }

  /**
   * Takes the samples before the first jump as they are if it stands out, by being twice as far as what happens
   * several times in the second; the others are looked at.
   */
  function learn(samples: readonly Stamped[]): void {
    first = null;
    const jumps = samples.map(({ stamp }, i) =>
      i === 0 ? 0 : Math.abs(stamp - samples[i - 1]!.stamp - period) || 0,
    );
    const [, , third = 0] = jumps.toSorted((a, b) => b - a);
    const jump = jumps.findIndex((value) => value > Math.max(1.5 * period, 2 * third));
    const known = jump < 16 ? samples.length : jump;
    for (const [i, sample] of samples.entries()) {
      if (i < known) take(sample, true);
      else step(sample);
    }
  }

  /** Whether enough is held to say at what level the stamps stay, and which of it says so. */
  function judged(): readonly number[] | null {
    const { spread } = segment.jitter;
    const low = 2.5 * spread < 0.3 * period;
    const needed = low ? Math.max(8, Math.ceil(0.1 / period)) : span;
    const long = held.length >= 2 * span;
    if (held.length < needed || (held.length > needed && held.length % 16 !== 0 && !long)) return null;
    const known = latesOf(held);
    if (known.length < needed && !long) return null;
    const latest = known.slice(-needed);
    const half = latest.length >> 1;
    const moves = Math.abs(median(latest.slice(half)) - median(latest.slice(0, half)));
    if (!(moves > Math.max(0.3 * period, spread))) return latest;
    return long ? latest.slice(half) : null; // they are catching up, as yet
  }

  /** Looks at what is held. @param last whether nothing more will come */
  function decide(last: boolean): void {
    const back = latesOf(held.slice(-backInARow));
    if (back.length === backInARow && back.every((late) => Math.abs(late) <= usual())) return release(false);
    const level = other > 0 ? latesOf(held.slice(0, other)) : last ? latesOf(held) : judged();
    if (!level) return;
    const shift = median(level);
    if (!resolve(shift)) return release(true);
    const [next, ...rest] = held;
    held = [];
    other = -1;
    if (first) step(next!);
    else take(next!, Math.abs(segment.excess(next!.stamp, 0)) <= clear());
    for (const sample of rest) step(sample);
  }

  /** They were late, no more. @param all whether from here on that is usual */
  function release(all: boolean): void {
    const late = held;
    held = [];
    other = -1;
    const room = clear();
    for (const sample of late) take(sample, all || Math.abs(sample.late) <= room);
  }

  /**
   * Finds out why the stamps have moved for good: samples were lost, or the clock was set anew.
   * @returns false if neither: they are a little earlier or later than before
   */
  function resolve(shift: number): boolean {
    const { arrivals, place } = segment;
    const { at, before } = held[0]!;
    const lost = segment.samplesIn(shift);
    const plausible = !arrivals.inStep || shift <= at - before + slack;
    if (lost > 0 && plausible && shift <= longestGap) {
      gap(lost);
      return true;
    }
    const silence = !arrivals.inStep
      ? 0
      : Math.min(...held.map((sample, i) => arrivals.laterBy(place + i + 1, sample.at) ?? 0));
    const missed = silence > leastSilence ? segment.samplesIn(silence) : 0;
    if (Math.abs(shift) < stepBack && missed === 0) return false;
    if (found > 0 || silence > longestGap || (shift > longestGap && !arrivals.inStep)) {
      steps.push({ kind: "segment", timeOf: segment.timeOf });
      segment = createSegment(period, span);
      first = [];
      found = 0;
      return true;
    }
    gap(missed);
    segment.setAnew(shift, missed);
    return true;
  }

  function drain(): readonly GridStep[] {
    const done = steps;
    steps = [];
    return done;
  }

  return {
    push(stamps, at) {
      const before = Number.isNaN(lastAt) ? at : lastAt;
      lastAt = at;
      for (let i = 0; i < stamps.length; i++) {
        const stamp = Math.abs(stamps[i]!) <= latestStamp ? stamps[i]! : Number.NaN;
        step({ stamp, at, before });
      }
      if (held.length === 0 && !first && stamps.length > 0) segment.came(at, stamps[stamps.length - 1]!);
      return drain();
    },
    recovered() {
      found = span;
    },
    end() {
      if (first) learn(first);
      while (held.length > 0) decide(true);
      return drain();
    },
    timeOf: (place) => segment.timeOf(place),
    placeOf: (time) => segment.placeOf(time),
    get driftPpm() {
      return segment.driftPpm;
    },
  };
}

/** One grid and the sender's time on it. */
function createSegment(period: number, span: number) {
  const line: TimeLine = createTimeLine({ memory: memorySeconds / period, steepest: mostOff * period });
  const jitter: RecentJitter = createRecentJitter(span, () => line.slope);
  const arrivals = createArrivals(period);
  let origin = Number.NaN; // stamp of place 0, by the declared rate
  let moved = 0; // seconds that the clock was set on by
  let counted = 0;

  /** The sender's own period; what a slope owes to jitter is left out, for a long loss would multiply it. */
  function ownPeriod(): number {
    const doubt = (Math.sqrt(12) * jitter.spread) / Math.min(counted, memorySeconds / period) ** 1.5;
    const share = line.slope === 0 ? 0 : 1 / (1 + (doubt / line.slope) ** 2);
    return period + share * line.slope;
  }

  return {
    jitter,
    arrivals,
    /** Of the next sample. */
    place: 0,
    /** How late a sample is that comes `ahead` after the next, beside those of the last second. */
    excess(stamp: number, ahead: number): number {
      const place = this.place + ahead;
      return stamp - origin - place * period - jitter.levelAt(place);
    },
    take(stamp: number, counts: boolean): void {
      if (Number.isNaN(origin)) origin = stamp - this.place * period;
      const late = stamp - origin - this.place * period;
      if (counts && !Number.isNaN(late)) {
        jitter.add(this.place, late);
        line.add(this.place, late);
        counted++;
      }
      this.place++;
    },
    came(at: number, stamp: number): void {
      arrivals.came(this.place, at, stamp - moved);
    },
    /** How many samples a stretch of time holds. */
    samplesIn: (seconds: number): number => Math.round(seconds / ownPeriod()),
    /** The clock was set on by `shift` seconds, less the time of samples that were missed meanwhile. */
    setAnew(shift: number, missed: number): void {
      const by = shift - missed * (period + line.slope);
      origin += by;
      moved += by;
    },
    timeOf: (place: number): number => origin + place * period + line.at(place),
    placeOf(time: number): number {
      return this.place + (time - this.timeOf(this.place)) / (period + line.slope);
    },
    get driftPpm(): number {
      return (-line.slope / (period + line.slope)) * 1e6;
    },
  };
}

function latesOf(held: readonly Held[]): readonly number[] {
  return held.map(({ late }) => late).filter((late) => !Number.isNaN(late));
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return Number.NaN;
  const at = share * (sorted.length - 1);
  return (sorted[Math.floor(at)]! + sorted[Math.ceil(at)]!) / 2;
}
