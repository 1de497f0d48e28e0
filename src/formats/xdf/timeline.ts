import { hertz, type Sfreq } from "../../eeg/sfreq.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { Run } from "../runs.ts";
import { synchronised, type Clock } from "../../eeg/clock-offsets.ts";
import type { Stretch } from "./stretches.ts";

/** A run of samples with its time on the recorder's clock. */
interface TimedRun extends Run {
  /** Of the first sample. */
  readonly time: number;
  /** Seconds from sample to sample, as measured. */
  readonly period: number;
}

export interface XdfTimeline {
  readonly runs: readonly TimedRun[];
  /** Of each segment's sample 0, on the recorder's clock; NaN without any stamp. */
  readonly times: readonly number[];
}

export interface TimelineOptions {
  readonly name: string;
  readonly sfreq: Sfreq;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
}

/** A pause longer than a week is no pause: what follows is another recording. */
const longestGapSeconds = 7 * 86400;

/**
 * Lays the stretches of a stream on its grid, which has the rate that the stream declares. What is lost between
 * two of them is a gap; where time runs backward, a new segment begins.
 */
export function createTimeline(
  stretches: readonly Stretch[],
  { name, sfreq, clock, diagnostics }: TimelineOptions,
): XdfTimeline {
  const rate = hertz(sfreq);
  const runs: TimedRun[] = [];
  const times: number[] = [];
  for (const stretch of stretches) {
    const line = clock.lineAt(stretch.first + (stretch.period * stretch.nSamples) / 2, stretch.byte);
    const before = runs.at(-1);
    const end = before ? before.time + before.period * before.nSamples : Number.NaN;
    const stamped = synchronised(stretch.first, line);
    const time = Number.isNaN(stamped) ? end : stamped;
    const lost = Math.round((time - end) * rate);
    const run = {
      from: stretch.from,
      nSamples: stretch.nSamples,
      time,
      period: Number.isNaN(stamped) ? 1 / rate : stretch.period * (1 + line.slope),
    };
    if (before && !(lost < 0) && !(time - end > longestGapSeconds)) {
      const start = before.start + before.nSamples + (lost > 0 ? lost : 0);
      const reason = stretch.damaged ? "damaged" : "lost";
      runs.push({ ...run, segment: before.segment, start, reason });
      continue;
    }
    if (before)
      diagnostics.add({
        code: lost < 0 ? "XDF_TIME_BACKWARD" : "XDF_SEGMENT",
        message: `sample ${stretch.from} of stream '${name}' lies ${lost < 0 ? `${(end - time).toFixed(3)} s before` : `${((time - end) / 86400).toFixed(1)} days after`} the end of the one before it; a new segment begins there`,
        place: { stream: name, sample: stretch.from },
      });
    runs.push({ ...run, segment: times.length, start: 0 });
    times.push(time);
  }
  if (runs.length === 0) {
    runs.push({ from: 0, nSamples: 0, segment: 0, start: 0, time: Number.NaN, period: 1 / rate });
    times.push(Number.NaN);
  }
  return { runs, times };
}

/** Where a time lies on a stream's grid; between samples and before the first by the declared rate. */
export function createPlaces(
  { runs }: XdfTimeline,
  sfreq: Sfreq,
): (time: number) => { segment: number; onset: number } {
  const rate = hertz(sfreq);
  const known = runs.filter((run) => !Number.isNaN(run.time)).toSorted((a, b) => a.time - b.time);
  return (time) => {
    let [low, high] = [0, known.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (known[middle]!.time <= time) low = middle;
      else high = middle - 1;
    }
    const run = known[low];
    if (!run) return { segment: 0, onset: 0 };
    const { segment, start, nSamples, period } = run;
    const samples = (time - run.time) / period;
    if (samples < 0) return { segment, onset: start + (time - run.time) * rate };
    if (samples <= nSamples) return { segment, onset: start + samples };
    return { segment, onset: start + nSamples + (time - run.time - nSamples * period) * rate };
  };
}
