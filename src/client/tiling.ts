import type { Gap, Samples } from "../eeg/item.ts";
import { cutSamples } from "../protocol/cut-samples.ts";
import type { LiveInfo } from "./live.ts";

/**
 * Makes a stream as every source gives it of what comes over a socket: after its info, samples and gaps tile the
 * grid from sample 0. What lies before the first sample is a gap (`edge`), what was not received one (`lost`), and
 * what comes twice, after a reconnect, goes on once.
 */
export interface Tiling {
  push(item: LiveInfo | Samples | Gap): readonly (LiveInfo | Samples | Gap)[];
}

export function createTiling(): Tiling {
  let channels = 0;
  let next = 0;
  let begun = false;

  function bridge(start: number): Gap[] {
    if (start <= next) return [];
    const gap: Gap = { kind: "gap", start: next, nSamples: start - next, reason: begun ? "lost" : "edge" };
    next = start;
    return [gap];
  }

  return {
    push(item) {
      if (item.kind === "info") {
        channels = item.stream.channels.length;
        next = 0;
        begun = false;
        return [item];
      }
      const end = item.start + item.nSamples;
      if (channels === 0 || end <= next) return [];
      const before = bridge(item.start);
      const skip = next - item.start;
      next = end;
      begun = true;
      if (skip === 0) return [...before, item];
      return [
        item.kind === "gap"
          ? { ...item, start: item.start + skip, nSamples: item.nSamples - skip }
          : cutSamples(item, skip, channels),
      ];
    },
  };
}
