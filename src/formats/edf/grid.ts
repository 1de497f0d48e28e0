import type { Sfreq } from "../../eeg/sfreq.ts";
import type { RecordPlace } from "./timeline.ts";

/** Where one data record lies on the grid of one stream. */
export interface RecordOnGrid {
  /** Set if the record begins a segment: its time from the header's start time, in seconds. */
  readonly segmentOnset: number | null;
  /** Samples that were never there, before the record. */
  readonly gap: number;
  /** Samples of the record that are left out at its start, for the record before holds their time. */
  readonly skip: number;
}

/** The next free sample of a stream's segment, as records are put down one after the other. */
export interface RecordGrid {
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
      if (place.kind === "segment") {
        end = samplesPerRecord;
        return { segmentOnset: place.onset, gap: 0, skip: 0 };
      }
      let gap = 0;
      if (place.kind === "after") gap = samples(place.seconds);
      if (place.kind === "at") gap = samples(place.seconds) - end;
      const skip = gap < 0 ? Math.min(-gap, samplesPerRecord) : 0;
      gap = Math.max(gap, 0);
      end += gap + samplesPerRecord - skip;
      return { segmentOnset: null, gap, skip };
    },
  };
}

/** From one written time to another: at most 7 decimals each, so 2.3457029 - 0.394531 is 1.9511719, not beside it. */
export function secondsBetween(from: number, to: number): number {
  return from === 0 ? to : Math.round((to - from) * 1e9) / 1e9;
}

/** A time in samples, possibly fractional; a whole number where nothing but the arithmetic keeps it from being one. */
export function samplesIn(seconds: number, { num, den }: Sfreq): number {
  const samples = (seconds * num) / den;
  const nearest = Math.round(samples);
  return Math.abs(samples - nearest) < 1e-6 ? nearest : samples;
}
