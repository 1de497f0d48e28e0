import type { Diagnostics } from "../diagnostics.ts";
import { secondsBetween } from "./fields.ts";
import type { EdfHeader } from "./header.ts";

/**
 * Where a data record lies. Samples come of it only once a stream's rate is known: a stream rounds the absolute
 * time of a record, so that what rounding leaves never adds up.
 */
export type RecordPlace =
  /** Right behind the record before it. */
  | { readonly kind: "follows" }
  /** Some seconds behind the end of the record before it. */
  | { readonly kind: "after"; readonly seconds: number }
  /** At this time from the first record of its segment. */
  | { readonly kind: "at"; readonly seconds: number }
  /** It begins a segment, at this time from the header's start time. */
  | { readonly kind: "segment"; readonly onset: number };

/** Turns the onsets of successive data records into places. */
export interface Timeline {
  /**
   * @param onset from the record's time-keeping annotation, in seconds from the header's start time; null without
   * @param record its index in the file
   * @param beginsSegment whether the file says so
   */
  place(onset: number | null, record: number, beginsSegment?: boolean): RecordPlace;
}

/** A first record that begins later than this after the header's start time (30 years) is no time but a fault. */
const plausibleSeconds = 1e9;

/** In a file that claims to be continuous, times are believed to betray a gap only from here on. */
const toleratedSeconds = 0.01;

/** Times of EDF and EDF+C (continuous: EDF+ 2.2.1) and EDF+D (every record has its own). */
export function createTimeline(header: EdfHeader, diagnostics: Diagnostics): Timeline {
  const duration = header.recordDuration.num / header.recordDuration.den;
  const keepsTime = header.signals.some((signal) => signal.annotations);
  const continuous = !header.format.endsWith("+D");
  const fastest = Math.max(
    1,
    ...header.signals.filter((signal) => !signal.annotations).map((signal) => signal.samplesPerRecord),
  );
  const tolerance = Math.max(toleratedSeconds, (1.5 * duration) / fastest);
  let origin = 0;
  let previous: number | null = null;

  function place(given: number | null, record: number, beginsSegment = false): RecordPlace {
    const onset = given !== null && Math.abs(given) <= plausibleSeconds ? given : null;
    if (keepsTime && onset === null)
      diagnostics.add({
        code: "EDF_TAL",
        message: `record ${record + 1} does not say when it begins${given === null ? "" : ` (${given} s is no time)`}; ${previous === null ? "taken as the header's start time" : "taken as right behind the one before"}`,
        place: { record },
      });
    if (previous === null) {
      origin = previous = onset ?? 0;
      return { kind: "segment", onset: origin };
    }
    const expected: number = previous + duration;
    const before: number = previous;
    previous = onset ?? expected;
    if (beginsSegment) {
      origin = previous;
      return { kind: "segment", onset: origin };
    }
    if (onset === null || duration === 0) return { kind: "follows" };
    const jump = onset - expected;
    if (continuous) {
      if (Math.abs(jump) <= tolerance) return { kind: "follows" };
      diagnostics.add({
        code: jump > 0 ? "EDF_GAP" : "EDF_TIME_BACKWARD",
        message: `the file is marked continuous (${header.format}) but record ${record + 1} begins at ${onset} s, ${seconds(expected)} expected; ${jump > 0 ? "read with a gap" : "read as if it followed"}`,
        place: { record },
      });
      return jump > 0 ? { kind: "after", seconds: jump } : { kind: "follows" };
    }
    if (onset <= before) {
      diagnostics.add({
        code: "EDF_TIME_BACKWARD",
        message: `record ${record + 1} begins at ${onset} s, not after the one before it (${seconds(before)}); a new segment begins there`,
        place: { record },
      });
      origin = onset;
      return { kind: "segment", onset };
    }
    if (jump < -(0.5 * duration) / fastest)
      diagnostics.add({
        code: "EDF_OVERLAP",
        message: `record ${record + 1} begins at ${onset} s, before the end of the one before it (${seconds(expected)}); its first ${seconds(-jump)} were left out`,
        place: { record },
      });
    return { kind: "at", seconds: secondsBetween(origin, onset) };
  }
  return { place };
}

/** Short enough for a sentence, exact enough to find the place. */
function seconds(value: number): string {
  return `${Number(value.toFixed(6))} s`;
}
