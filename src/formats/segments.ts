import { hertz, type Sfreq } from "../eeg/sfreq.ts";
import type { Diagnostics } from "./diagnostics.ts";
import { secondsBetween, type LocalTime } from "./local-time.ts";
import type { Run } from "./runs.ts";

/** A place where the recorder was started anew, or where the program that wrote the file cut. */
export interface SegmentStart {
  readonly sample: number;
  readonly time: LocalTime | null;
}

/** The samples that segments are parts of. */
export interface StoredStream {
  readonly nSamples: number;
  readonly sfreq: Sfreq;
  /** What the codes of diagnostics begin with. */
  readonly format: "BRAINVISION" | "GDF";
}

/** The grid of a recording. */
export interface Timeline {
  readonly runs: readonly Run[];
  /** When each segment's sample 0 was. */
  readonly times: readonly (LocalTime | null)[];
  /** Seconds from the first sample of the file to each segment's sample 0. */
  readonly offsets: readonly number[];
}

/** The clock that stamps segments and the one that samples differ by less than this at a place without a pause. */
const toleratedSeconds = 0.01;

/** A pause longer than a week is no pause: what follows is another recording. */
const longestGapSeconds = 7 * 86400;

/**
 * Lays the samples of a file on a grid. Where a segment begins, the dates of the two segments tell how long the
 * recorder paused; where they do not, or say that time went backward, a new segment begins.
 * @param starts in order, those within the data
 */
export function createTimeline(
  starts: readonly SegmentStart[],
  { nSamples, sfreq, format }: StoredStream,
  diagnostics: Diagnostics,
): Timeline {
  const rate = hertz(sfreq);
  const tolerance = Math.max(toleratedSeconds, 1.5 / rate);
  const later = starts.filter(
    ({ sample }, i) => sample > 0 && sample < nSamples && sample !== starts[i - 1]?.sample,
  );
  const first = starts.find(({ sample }) => sample <= 0) ?? { sample: 0, time: null };
  const runs: Run[] = [];
  const times = [first.time];
  const offsets = [0];
  let segment = 0;
  let start = 0;
  for (let i = 0, from: SegmentStart = { ...first, sample: 0 }; from; i++) {
    const next = later[i];
    const length = (next?.sample ?? nSamples) - from.sample;
    runs.push({ from: from.sample, nSamples: length, segment, start });
    if (!next) break;
    const end = start + length;
    const origin = times[segment]!;
    const at = origin && next.time && secondsBetween(origin, next.time);
    const jump = from.time && next.time ? secondsBetween(from.time, next.time) - length / rate : null;
    if (jump !== null && Math.abs(jump) <= tolerance) start = end;
    else if (at !== null && jump !== null && jump > 0 && jump <= longestGapSeconds)
      start = Math.max(end + 1, Math.round(at * rate));
    else {
      diagnostics.add({
        code: jump !== null && jump < 0 ? `${format}_TIME_BACKWARD` : `${format}_SEGMENT`,
        message:
          jump === null
            ? `the data are cut at sample ${next.sample} and do not say how long for; a new segment begins there`
            : jump < 0
              ? `by its date the segment at sample ${next.sample} begins ${(-jump).toFixed(3)} s before the end of the one before it; a new segment begins there`
              : `by its date the segment at sample ${next.sample} begins ${(jump / 86400).toFixed(1)} days after the end of the one before it; a new segment begins there`,
        place: { sample: next.sample },
      });
      segment++;
      offsets.push(
        times[0] && next.time ? secondsBetween(times[0], next.time) : offsets.at(-1)! + end / rate,
      );
      times.push(next.time);
      start = 0;
    }
    from = next;
  }
  return { runs, times, offsets };
}
