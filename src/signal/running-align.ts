import type { Item, Samples } from "../eeg/item.ts";
import { sampleAt } from "../eeg/sfreq.ts";
import type { Stage, StageFactory } from "../eeg/stage.ts";
import { alignStage } from "./align.ts";
import { covarianceSums } from "./covariance.ts";
import { inTableOrder } from "./pick.ts";

/** How often the covariance is taken anew: an eigendecomposition of 64 channels takes some milliseconds. */
const refreshSeconds = 5;

/**
 * Aligns channels as `alignStage`, to the covariance of all that the stream has had so far, taken anew every five
 * seconds of its grid. Settling samples do not count. Until there is a first covariance every channel is missing.
 */
export function runningAlignStage(): StageFactory {
  return (input) => {
    const kept = inTableOrder(input, [...input.channels.keys()]);
    const channels = kept.map((c) => input.channels[c]!);
    const sums = covarianceSums(input);
    const refresh = sampleAt(refreshSeconds, input.sfreq);
    let kernel: Stage | undefined;
    let settled = input.settleSamples;

    /** Samples of one refresh. */
    function align(item: Samples): readonly Item[] {
      const from = Math.min(item.nSamples, Math.max(0, settled - item.start));
      sums.add(item, from, item.nSamples);
      if (kernel) return kernel.push(item);
      return [{ ...item, data: new Float32Array(kept.length * item.nSamples).fill(NaN) }];
    }

    function renew(): void {
      const heard = sums.nSamples;
      if (heard > 0) kernel = alignStage(sums.resultOfAll())(input);
    }

    return {
      output: {
        ...input,
        channels,
        filters: [...input.filters, { kind: "other", description: "channels aligned to what was heard" }],
      },
      push(item) {
        if (item.kind === "gap") {
          settled = item.start + item.nSamples + input.settleSamples;
          if (Math.floor(item.start / refresh) !== Math.floor((item.start + item.nSamples) / refresh))
            renew();
        }
        if (item.kind !== "samples") return [item];
        const out: Item[] = [];
        for (const part of atRefreshes(item, { refresh, nChannels: input.channels.length })) {
          out.push(...align(part));
          if ((part.start + part.nSamples) % refresh === 0) renew();
        }
        return out;
      },
      end: () => [],
    };
  };
}

interface Refreshes {
  readonly refresh: number;
  readonly nChannels: number;
}

/** An item in parts that end where the covariance is taken anew. */
function* atRefreshes(item: Samples, { refresh, nChannels }: Refreshes): Generator<Samples> {
  const stop = item.start + item.nSamples;
  for (let at = item.start; at < stop;) {
    const to = Math.min(stop, (Math.floor(at / refresh) + 1) * refresh);
    if (at === item.start && to === stop) return yield item;
    const n = to - at;
    const data = new Float32Array(nChannels * n);
    for (let c = 0; c < nChannels; c++) {
      const row = c * item.nSamples + at - item.start;
      data.set(item.data.subarray(row, row + n), c * n);
    }
    yield { kind: "samples", start: at, data, nSamples: n };
    at = to;
  }
}
