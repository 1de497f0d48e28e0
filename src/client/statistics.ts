import type { ClockEstimate } from "../protocol/clock-sync.ts";
import type { LiveStats } from "./live.ts";
import type { LiveEvent } from "./live.ts";

/** Counts what a connection received. */
export interface Statistics {
  push(event: LiveEvent): void;
  reconnect(): void;
  /** The counts so far, and the latency since the last call. */
  take(clock: ClockEstimate | null): LiveStats;
}

/** Ages that are kept between two calls. */
const keptAges = 10_000;

export function createStatistics(): Statistics {
  let samples = 0;
  let decisions = 0;
  let droppedSamples = 0;
  let droppedDecisions = 0;
  let reconnects = 0;
  let ages: number[] = [];

  return {
    push(event) {
      if (event.kind === "samples") samples += event.nSamples;
      if (event.kind === "decision") {
        decisions++;
        if (ages.length < keptAges) ages.push(event.decision.ageMs);
      }
      if (event.kind !== "drop") return;
      const { what, ranges, messages } = event.drop;
      if (what === "samples" || what === "everything")
        for (const { nSamples } of ranges) droppedSamples += nSamples ?? 0;
      if (what === "decisions") droppedDecisions += messages ?? 0;
    },
    reconnect() {
      reconnects++;
    },
    take(clock) {
      const sorted = ages.sort((a, b) => a - b);
      ages = [];
      const travelMs = clock ? Number(clock.roundTripNs) / 2e6 : 0;
      return {
        samples,
        decisions,
        droppedSamples,
        droppedDecisions,
        reconnects,
        latencyMs:
          sorted.length === 0
            ? null
            : { median: sorted[sorted.length >> 1]! + travelMs, longest: sorted.at(-1)! + travelMs },
        clock: clock && {
          offsetMs: Number(clock.offsetNs) / 1e6,
          uncertaintyMs: Number(clock.uncertaintyNs) / 1e6,
          roundTripMs: Number(clock.roundTripNs) / 1e6,
        },
      };
    },
  };
}
