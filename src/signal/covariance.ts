import type { ChannelCovariance } from "../eeg/channel-covariance.ts";
import type { Samples } from "../eeg/item.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { inTableOrder } from "./pick.ts";

/** Adds up how channels vary together. */
export interface CovarianceSums {
  /** Counts the samples `from` to `to` of an item. */
  readonly add: (item: Samples, from: number, to: number) => void;
  /** Samples after the start or after a gap that have not settled: not to be counted. */
  readonly settleSamples: number;
  /** Samples of the channel that was there longest. */
  readonly nSamples: number;
  /** Of the channels that were there for half of this and more; those that hardly were are left out. */
  result(): ChannelCovariance;
  /** Of every channel; 0 where two were never there together. */
  resultOfAll(): ChannelCovariance;
}

/**
 * The covariance of a band-passed stream's channels, of which no mean is taken off: it has none. Each pair of channels
 * counts where both are there. Samples are added one after the other, so however they are cut the sums are the same.
 */
export function covarianceSums(stream: StreamInfo): CovarianceSums {
  const order = inTableOrder(stream, [...stream.channels.keys()]);
  const n = order.length;
  const sums = new Float64Array(n * n);
  const counts = new Float64Array(n * n);
  const column = new Float64Array(n);
  const most = () => order.reduce((longest, _, k) => Math.max(longest, counts[k * n + k]!), 0);
  const mean = (a: number, b: number): number => {
    const at = Math.min(a, b) * n + Math.max(a, b);
    return counts[at]! > 0 ? sums[at]! / counts[at]! : 0;
  };
  const resultOf = (kept: readonly number[]): ChannelCovariance => ({
    channels: kept.map((k) => stream.channels[order[k]!]!.label),
    covariance: Float32Array.from(kept.flatMap((a) => kept.map((b) => mean(a, b)))),
  });
  return {
    add({ data, nSamples }, from, to) {
      for (let i = from; i < to; i++) {
        for (let k = 0; k < n; k++) column[k] = data[order[k]! * nSamples + i]!;
        for (let a = 0; a < n; a++) {
          const x = column[a]!;
          if (x - x !== 0) continue;
          for (let b = a; b < n; b++) {
            const y = column[b]!;
            if (y - y !== 0) continue;
            sums[a * n + b]! += x * y;
            counts[a * n + b]!++;
          }
        }
      }
    },
    settleSamples: stream.settleSamples,
    get nSamples() {
      return most();
    },
    result() {
      const longest = most();
      return resultOf(
        [...order.keys()].filter((k) => counts[k * n + k]! > 0 && counts[k * n + k]! * 2 >= longest),
      );
    },
    resultOfAll: () => resultOf([...order.keys()]),
  };
}
