import type { Item } from "../eeg/item.ts";
import type { Stage } from "../eeg/stage.ts";
import type { AppliedFilter, StreamInfo } from "../eeg/stream-info.ts";
import { settlingSamples, type Sections } from "./sections.ts";
import { blockSamples, createSosfilt } from "./sosfilt.ts";

/** A recursive filter as a stage applies it. */
export interface RecursiveFilter {
  readonly sections: Sections;
  readonly applied: AppliedFilter;
  /** By how much it shifts the signal later, in samples. */
  readonly delaySamples: number;
}

/**
 * The stage of a recursive filter. It starts at rest on the first sample, also after a gap, and per channel
 * after NaN; until it has settled it emits numbers nevertheless, and `settleSamples` says for how long. Long
 * stretches come out in pieces.
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
      const pieces: Item[] = [];
      for (let from = 0; from < item.nSamples; from += blockSamples) {
        const to = Math.min(item.nSamples, from + blockSamples);
        const data = sosfilt.run(item, from, to);
        pieces.push({ kind: "samples", start: item.start + from, data, nSamples: to - from });
      }
      return pieces;
    },
    end: () => [],
  };
}
