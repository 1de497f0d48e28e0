/** When samples came, by the receiver's clock: a witness that owes nothing to the sender's stamps. */
export interface Arrivals {
  /** Samples before place `end` have come, the last of them stamped so. */
  came(end: number, at: number, stamp: number): void;
  /** Seconds by which samples that end before `end` are later than any of those before them could be; null: too few. */
  laterBy(end: number, at: number): number | null;
  /** Whether stamps and arrivals run at the same pace; false too where it is not known yet. */
  readonly inStep: boolean;
}

interface Arrival {
  readonly at: number;
  readonly stamp: number;
  /** `at`, less what the grid makes expect; the least of those that came shortly after. */
  late: number;
}

const kept = 64;
const apartSeconds = 0.05;
/** In so short a time buffers decide about the pace. */
const leastSeconds = 1;

export function createArrivals(period: number): Arrivals {
  let latest: Arrival[] = [];
  return {
    came(end, at, stamp) {
      const late = at - end * period;
      const last = latest.at(-1);
      if (last && at - last.at < apartSeconds) {
        last.late = Math.min(last.late, late);
        return;
      }
      latest.push({ at, stamp, late });
      if (latest.length > 2 * kept) latest = latest.slice(-kept);
    },
    laterBy(end, at) {
      if (latest.length < 4) return null;
      return at - end * period - Math.min(...latest.map(({ late }) => late));
    },
    get inStep() {
      const [first, last] = [latest[0], latest.at(-1)];
      if (!first || !last || last.at - first.at < leastSeconds) return false;
      const pace = (last.stamp - first.stamp) / (last.at - first.at);
      return pace > 0.8 && pace < 1.25;
    },
  };
}
