import type { Gap } from "../../eeg/item.ts";
import type { Sfreq } from "../../eeg/sfreq.ts";
import type { RecordPlace } from "./timeline.ts";

/** Where one data record lies on the grid of one stream. */
interface RecordOnGrid {
  /** Of its first sample that is kept. */
  readonly start: number;
  /** Samples that were never there, before the record. */
  readonly gap: number;
  /** Samples of the record that are left out at its start, for the record before holds their time. */
  readonly skip: number;
}

/** The grid of a stream's present segment, as records are put down one after the other. */
export interface RecordGrid {
  /** Where the last record ends. */
  readonly end: number;
  put(place: RecordPlace): RecordOnGrid;
}

/** Rounds the places of records to samples of one stream, each by itself: what rounding leaves never adds up. */
export function createRecordGrid({ num, den }: Sfreq, samplesPerRecord: number): RecordGrid {
  let end = 0;
  const samples = (seconds: number): number => Math.round((seconds * num) / den);
  return {
    get end() {
      return end;
    },
    put(place) {
      if (place.kind === "segment") end = 0;
      const distance =
        place.kind === "after"
          ? samples(place.seconds)
          : place.kind === "at"
            ? samples(place.seconds) - end
            : 0;
      const gap = Math.max(distance, 0);
      const skip = Math.min(Math.max(-distance, 0), samplesPerRecord);
      const start = end + gap;
      end = start + samplesPerRecord - skip;
      return { start, gap, skip };
    },
  };
}

/** Successive records with nothing between them. */
export interface RecordRun {
  readonly kind: "run";
  readonly start: number;
  readonly first: number;
  readonly count: number;
  /** Samples of the first record that are left out. */
  readonly skip: number;
}

/**
 * The gaps and runs that the records at some places, all of one segment, make on a grid.
 * @param most records in a run
 */
export function layOut(grid: RecordGrid, places: readonly RecordPlace[], most: number): (RecordRun | Gap)[] {
  const steps: (RecordRun | Gap)[] = [];
  let run: { -readonly [key in keyof RecordRun]: RecordRun[key] } | null = null;
  for (const [i, place] of places.entries()) {
    const { start, gap, skip } = grid.put(place);
    if (gap > 0) steps.push({ kind: "gap", start: start - gap, nSamples: gap, reason: "discontinuity" });
    if (gap > 0 || skip > 0 || run?.count === most) run = null;
    if (grid.end === start) continue; // all of it is left out
    if (run) run.count++;
    else steps.push((run = { kind: "run", start, first: i, count: 1, skip }));
  }
  return steps;
}

/** A time in samples, possibly fractional; a whole number where nothing but the arithmetic keeps it from being one. */
export function samplesIn(seconds: number, { num, den }: Sfreq): number {
  const samples = (seconds * num) / den;
  const nearest = Math.round(samples);
  return Math.abs(samples - nearest) < 1e-6 ? nearest : samples;
}
