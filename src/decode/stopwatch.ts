import type { TimingClock } from "./clock.ts";

/** What places cost that samples were turned into. */
export interface Stopwatch {
  /** Does the work; the time since the last place was found belongs to those found now. */
  time<P>(work: () => readonly P[]): readonly P[];
  /** Milliseconds for each of the places found last: those that came at once were made together. */
  readonly eachMs: number;
}

/** @param now undefined where nothing is to be timed */
export function createStopwatch(now: TimingClock | undefined): Stopwatch {
  let sinceMs = 0;
  let eachMs = 0;
  return {
    time(work) {
      if (!now) return work();
      const begun = now();
      const places = work();
      sinceMs += now() - begun;
      if (places.length > 0) {
        eachMs = sinceMs / places.length;
        sinceMs = 0;
      }
      return places;
    },
    get eachMs() {
      return eachMs;
    },
  };
}
