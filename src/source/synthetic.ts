import { EegError } from "../eeg/errors.ts";
import { electrode } from "../eeg/electrodes.ts";
import type { Item } from "../eeg/item.ts";
import { sampleAt, type Sfreq } from "../eeg/sfreq.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { createRestingEeg, type EyesState } from "./resting-eeg.ts";

export interface SyntheticOptions {
  /** An integer; the same seed gives the same bits on every machine. */
  readonly seed: number;
  readonly sfreq: Sfreq;
  /** Names of electrodes, such as `O1`. */
  readonly electrodes: readonly string[];
  /** What the person does, one after the other; each state becomes an annotation of its name. */
  readonly schedule: readonly SyntheticState[];
  /** Stretches that get lost on the way. */
  readonly gaps?: readonly SyntheticGap[];
  /** The person's alpha frequency. @default 10 */
  readonly alphaHz?: number;
  /** Frequency of the mains; above half the sampling frequency there is no hum. @default 50 */
  readonly mainsHz?: number;
}

export interface SyntheticState {
  readonly state: EyesState;
  readonly seconds: number;
}

export interface SyntheticGap {
  readonly startSeconds: number;
  readonly durationSeconds: number;
}

/**
 * A simulated person at rest, as a stream of items of about a second in µV. Every iteration begins anew. To have
 * it at the pace of a device or in other chunks, replay it: `replay(synthetic(...), { speed: 1 })`.
 * @throws EegError CHANNEL_POSITION for a label that names no electrode
 * @throws RangeError for a schedule or gaps that are empty, negative or overlap
 */
export function synthetic(options: SyntheticOptions): AsyncIterable<Item> {
  const { seed, sfreq, alphaHz = 10, mainsHz = 50 } = options;
  if (!Number.isInteger(seed)) throw new RangeError(`seed: expected an integer, got ${seed}`);
  const electrodes = options.electrodes.map((label) => {
    const found = electrode(label);
    if (!found)
      throw new EegError(
        "CHANNEL_POSITION",
        `'${label}' names no electrode of the 10-05 system; it has no place`,
      );
    return found;
  });
  const states = stretchesOf(options.schedule, sfreq);
  const end = states.at(-1)?.end ?? 0;
  const gaps = gapsOf(options.gaps ?? [], sfreq, end);
  const stream: StreamInfo = {
    name: "simulated",
    sourceId: `simulated:${seed}`,
    segment: 0,
    channels: electrodes.map(({ position }, i) => ({
      label: options.electrodes[i]!,
      unit: "µV",
      type: "eeg",
      position,
      reference: null,
    })),
    sfreq,
    t0: null,
    filters: [],
    delaySamples: 0,
    settleSamples: 0,
  };

  function* items(): Generator<Item, void, undefined> {
    yield { kind: "info", stream };
    const eeg = createRestingEeg({ seed, sfreq, electrodes, alphaHz, mainsHz });
    const values = new Float64Array(electrodes.length);
    const second = Math.max(1, sampleAt(1, sfreq));
    for (const { state, start, end: stateEnd } of states) {
      yield { kind: "marker", onset: start, duration: stateEnd - start, text: state };
      for (let at = start; at < stateEnd;) {
        const gap = gaps.find((g) => g.end > at);
        const lost = gap !== undefined && gap.start <= at;
        const until = Math.min(stateEnd, at + second, lost ? gap.end : (gap?.start ?? Infinity));
        const nSamples = until - at;
        const data = new Float32Array(electrodes.length * nSamples);
        for (let i = 0; i < nSamples; i++) {
          eeg.step(state, values);
          for (let e = 0; e < values.length; e++) data[e * nSamples + i] = values[e]!;
        }
        if (!lost) yield { kind: "samples", start: at, data, nSamples };
        at = until;
        if (gap && lost && at === gap.end)
          yield { kind: "gap", start: gap.start, nSamples: gap.end - gap.start, reason: "lost" };
      }
    }
  }

  return {
    async *[Symbol.asyncIterator]() {
      yield* items();
    },
  };
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The states in samples; each begins at the sample nearest to its time, so that rounding does not add up. */
function stretchesOf(
  schedule: readonly SyntheticState[],
  sfreq: Sfreq,
): readonly (Stretch & { state: EyesState })[] {
  if (schedule.length === 0) throw new RangeError("schedule: expected at least one state");
  let seconds = 0;
  return schedule.map((entry) => {
    if (!(entry.seconds > 0 && entry.seconds < Infinity))
      throw new RangeError(`schedule: expected seconds above 0, got ${entry.seconds}`);
    const start = sampleAt(seconds, sfreq);
    seconds += entry.seconds;
    return { state: entry.state, start, end: sampleAt(seconds, sfreq) };
  });
}

function gapsOf(gaps: readonly SyntheticGap[], sfreq: Sfreq, end: number): readonly Stretch[] {
  let before = 0;
  return gaps.map(({ startSeconds, durationSeconds }) => {
    const start = sampleAt(startSeconds, sfreq);
    const gap = { start, end: sampleAt(startSeconds + durationSeconds, sfreq) };
    if (!(gap.start >= before && gap.end > gap.start && gap.end <= end))
      throw new RangeError(
        `gaps: expected them in order, apart and within the schedule, got ${durationSeconds} s at ${startSeconds} s`,
      );
    before = gap.end + 1;
    return gap;
  });
}
