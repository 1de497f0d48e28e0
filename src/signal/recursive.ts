import type { Item } from "../eeg/item.ts";
import type { Stage } from "../eeg/stage.ts";
import type { AppliedFilter, StreamInfo } from "../eeg/stream-info.ts";
import { settlingSamples, type Sections } from "./sections.ts";
import { createSosfilt } from "./sosfilt.ts";

/** A recursive filter as a stage applies it. */
export interface RecursiveFilter {
  readonly sections: Sections;
  readonly applied: AppliedFilter;
  /** By how much it shifts the signal later, in samples. */
  readonly delaySamples: number;
}

/**
 * The stage of a recursive filter. It starts at rest on the first sample, also after a gap, and per channel
 * after NaN; until it has settled it emits numbers nevertheless, and `settleSamples` says for how long.
 */
export function recursiveStage(input: StreamInfo, filter: RecursiveFilter): Stage {
  const nChannels = input.channels.length;
  const sosfilt = createSosfilt(filter.sections, nChannels);
  return {
    output: {
      ...input,
      filters: [...input.filters, filter.applied],
      delaySamples: input.delaySamples + filter.delaySamples,
      settleSamples: input.settleSamples + settlingSamples(filter.sections),
    },
    push(item): readonly Item[] {
      if (item.kind === "gap") sosfilt.restart();
      if (item.kind !== "samples") return [item];
      const { data, nSamples, start } = item;
      const output = new Float32Array(data.length);
      for (let c = 0; c < nChannels; c++)
        sosfilt.run(c, { input: data, output, from: c * nSamples, to: (c + 1) * nSamples });
      return [{ kind: "samples", start, data: output, nSamples }];
    },
    end: () => [],
  };
}
