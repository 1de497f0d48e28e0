/** The latest latencies, and how they spread. */
export interface LatencyLog {
  /** Counts all that came. */
  readonly count: number;
  push(ms: number): void;
  /** How many fall between each edge and the next; what lies outside counts to the first or the last. */
  histogram(): Uint32Array;
  /** Of those that are kept; null of nothing. @param shares 0 to 1 each */
  quantiles(shares: readonly number[]): readonly number[] | null;
}

const perDecade = 8;
const decades = [-1, 3] as const;

/** Milliseconds from 0.1 to 1000, eight to a decade. */
export const latencyEdges: Float64Array = Float64Array.from(
  { length: (decades[1] - decades[0]) * perDecade + 1 },
  (_, i) => 10 ** (decades[0] + i / perDecade),
);

export function createLatencyLog(limit: number): LatencyLog {
  const kept = new Float64Array(limit);
  let count = 0;
  const present = (): Float64Array => kept.subarray(0, Math.min(count, limit));
  return {
    get count() {
      return count;
    },
    push(ms) {
      kept[count++ % limit] = ms;
    },
    histogram() {
      const bins = new Uint32Array(latencyEdges.length - 1);
      for (const ms of present()) {
        const bin = Math.floor((Math.log10(Math.max(ms, 1e-9)) - decades[0]) * perDecade);
        bins[Math.min(bins.length - 1, Math.max(0, bin))]!++;
      }
      return bins;
    },
    quantiles(shares) {
      if (count === 0) return null;
      const sorted = present().slice().sort();
      return shares.map((share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!);
    },
  };
}
