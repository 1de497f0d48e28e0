import type { Decision } from "../eeg/decision.ts";
import type { Marker } from "../eeg/item.ts";

/**
 * Decisions as annotations, one for each stretch in which they say the same: `decoded/eyes-open`, or
 * `decoded/none/settling` where they abstain, with the first reason. (MNE picks by the parts of such names.) A stretch
 * lasts from its first decision to the next that says something else.
 */
export interface LabelStretches {
  /** The stretch that the decision ends, if it ends one. */
  push(decision: Decision): Marker | null;
  /** The last stretch. */
  end(): Marker | null;
}

export function createLabelStretches(): LabelStretches {
  let current: { readonly text: string; readonly onset: number } | null = null;
  let last = 0;
  let hop = 0;

  function end(at: number): Marker | null {
    const done = current && { kind: "marker" as const, ...current, duration: at - current.onset };
    current = null;
    return done;
  }

  return {
    push({ sample, label, reasons }) {
      const text = `decoded/${label ?? `none/${reasons[0] ?? "abstained"}`}`;
      const done = current?.text === text ? null : end(sample);
      current ??= { text, onset: sample };
      hop = sample - last;
      last = sample;
      return done;
    },
    end: () => end(last + hop),
  };
}
