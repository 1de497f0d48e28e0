import type { ServerMessageOf } from "../protocol/server-message.ts";
import type { EntryHead } from "./entry.ts";

type Dropped = ServerMessageOf<"dropped">;
interface Range {
  start: number;
  nSamples: number;
}

/** What one subscription did not get and was not told of yet. */
export interface Drops {
  readonly any: boolean;
  leaveOut(entry: EntryHead): void;
  /** Everything from `start` to `end` of a segment had left the server's memory. */
  expire(segment: number, start: number, end: number): void;
  /** The messages that tell it; afterwards nothing is left to tell. */
  take(stream: number): Dropped[];
}

const kinds = { samples: "samples", decision: "decisions", quality: "quality", marker: "markers" } as const;

export function createDrops(): Drops {
  let told: (Omit<Dropped, "stream" | "ranges" | "messages"> & {
    ranges: Range[];
    messages: number | null;
  })[] = [];

  function leaveOut({ kind, segment, start, nSamples }: EntryHead): void {
    if (!(kind in kinds)) return;
    const what = kinds[kind as keyof typeof kinds];
    let drop = told.find(
      (other) => other.what === what && other.segment === segment && other.reason === "slow",
    );
    if (!drop) {
      drop = { kind: "dropped", segment, what, reason: "slow", messages: 0, ranges: [] };
      told.push(drop);
    }
    drop.messages = (drop.messages ?? 0) + 1;
    const last = drop.ranges.at(-1);
    if (what === "markers") return;
    if (what === "decisions") {
      // a decision has a place, not a length: one range, from the first to the last that was left out
      if (last) last.nSamples = start - last.start + 1;
      else drop.ranges.push({ start, nSamples: 1 });
    } else if (last && last.start + last.nSamples === start) last.nSamples += nSamples;
    else drop.ranges.push({ start, nSamples });
  }

  return {
    get any() {
      return told.length > 0;
    },
    leaveOut,
    expire(segment, start, end) {
      if (end <= start) return;
      const ranges = [{ start, nSamples: end - start }];
      told.push({ kind: "dropped", segment, what: "everything", reason: "expired", messages: null, ranges });
    },
    take(stream) {
      const messages = told.map((drop) => ({ ...drop, stream }));
      told = [];
      return messages;
    },
  };
}
