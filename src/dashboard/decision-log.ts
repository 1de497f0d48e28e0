import type { FeedDecision } from "./feed.ts";

/** A decision at its place on the page's grid. */
export interface PlacedDecision {
  readonly at: number;
  readonly decision: FeedDecision;
}

/** The latest decisions, oldest first. */
export interface DecisionLog {
  /** Counts all that came. */
  readonly count: number;
  readonly last: PlacedDecision | null;
  push(placed: PlacedDecision): void;
  /** Those at or behind a place. */
  since(at: number): readonly PlacedDecision[];
}

export function createDecisionLog(limit: number): DecisionLog {
  let kept: PlacedDecision[] = [];
  let count = 0;
  return {
    get count() {
      return count;
    },
    get last() {
      return kept.at(-1) ?? null;
    },
    push(placed) {
      kept.push(placed);
      count++;
      if (kept.length >= 2 * limit) kept = kept.slice(-limit);
    },
    since(at) {
      let from = kept.length;
      while (from > 0 && kept[from - 1]!.at >= at) from--;
      return kept.slice(from);
    },
  };
}

/** Stretches of the same label, or of the same reason to say nothing. */
export interface Run {
  readonly from: number;
  to: number;
  readonly label: string | null;
  /** Why nothing was said; empty where a label was. */
  readonly reason: string;
}

/** @param reach a decision holds until the next one, but not for longer than this */
export function runsOf(decisions: readonly PlacedDecision[], reach: number): readonly Run[] {
  const runs: Run[] = [];
  for (const [i, { at, decision }] of decisions.entries()) {
    const next = decisions[i + 1];
    const to = Math.min(next?.at ?? Infinity, at + reach);
    const label = decision.abstained ? null : decision.label;
    const reason = label === null ? (decision.reasons[0] ?? "") : "";
    const last = runs.at(-1);
    if (last && last.label === label && last.reason === reason && last.to >= at) last.to = to;
    else runs.push({ from: at, to, label, reason });
  }
  return runs;
}
