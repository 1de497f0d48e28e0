/** How good decisions are to act on: how often they would set something off wrongly, and how fast they follow. */
import { idleLabel } from "../decode/idle.ts";
import type { Decision } from "../eeg/decision.ts";
import { modelHz } from "../model/encoder.ts";
import type { ClassEvent } from "./class-events.ts";

export interface ActionMetrics {
  /** Time in which the class is known. */
  readonly minutes: number;
  /** Activations whose label is not the class that is there. */
  readonly falseActivations: number;
  /** Null where no class is known at any time. */
  readonly falseActivationsPerMinute: number | null;
  /** Of the decisions while nothing is done, the share with a label all the same. Null where that is never known. */
  readonly labelledAtRest: number | null;
  /** Onsets of a class after another one, or after a time without one. */
  readonly changes: number;
  /** Changes after which the right label never came while its class lasted. */
  readonly missed: number;
  /** Median over the other changes: from the onset to the first right label. Null without changes. */
  readonly secondsToFirstRight: number | null;
}

/** Takes in every decision of a recording. */
export interface ActionCount {
  push(decision: Pick<Decision, "time" | "label" | "reasons">): void;
  /** At the recording's end. */
  end(durationSeconds: number): void;
}

export interface ActionTally {
  recording(events: readonly ClassEvent[]): ActionCount;
  measure(): ActionMetrics;
}

interface Span {
  readonly label: string;
  readonly onset: number;
  readonly from: number;
  readonly to: number;
  readonly changed: boolean;
}

/**
 * Counts over recordings. An activation is a decision with another label than the last one given in the recording,
 * abstentions between left out, so that a label that goes on is one activation; the first label is one too. A model
 * with a class `rest` or `idle` does nothing in it: its label sets nothing off, but ends what was set off, and so does
 * a gate that says `idle`. In a model without such a class every label does. An activation is false where its label is
 * not the class at that time; those at times without a known class are not counted. A label that stays while the class
 * changes is late, not false.
 * @param nothing the class in which nothing is done, for a model that has no label for it: the last one, after `labels`
 */
export function createActionTally(labels: readonly string[], nothing: string | null = null): ActionTally {
  const classes = nothing === null ? labels : [...labels, nothing];
  const idle = nothing ?? idleLabel(labels);
  const delays: number[] = [];
  let seconds = 0;
  let wrong = 0;
  let changes = 0;
  let atRest = 0;
  let labelledAtRest = 0;

  function recording(events: readonly ClassEvent[]): ActionCount {
    const spans = spansOf(events, classes);
    /** What there is a label for can be followed. */
    const followable = ({ label, changed }: Span): boolean => changed && labels.includes(label);
    let given: string | null = null;
    const answered = new Set<Span>();
    return {
      push({ time, label, reasons }) {
        const span = spanAt(spans, time);
        if (span && span.label === idle) {
          atRest++;
          if (label !== null && label !== idle) labelledAtRest++;
        }
        if (label === null) {
          if (reasons.includes("idle")) given = null;
          return;
        }
        const activates = label !== given && label !== idle;
        given = label;
        if (!span) return;
        if (activates && label !== span.label) wrong++;
        if (followable(span) && label === span.label && !answered.has(span)) {
          answered.add(span);
          delays.push(time - span.onset);
        }
      },
      end(durationSeconds) {
        let counted = 0; // up to here; spans may overlap
        for (const { onset, from, to } of spans) {
          const begin = Math.max(onset, from, counted);
          counted = Math.max(begin, Math.min(to, durationSeconds));
          seconds += counted - begin;
        }
        changes += spans.filter((span) => followable(span) && span.onset < durationSeconds).length;
      },
    };
  }

  function measure(): ActionMetrics {
    delays.sort((a, b) => a - b);
    return {
      minutes: seconds / 60,
      falseActivations: wrong,
      falseActivationsPerMinute: seconds > 0 ? (wrong * 60) / seconds : null,
      labelledAtRest: atRest > 0 ? labelledAtRest / atRest : null,
      changes,
      missed: changes - delays.length,
      secondsToFirstRight: median(delays),
    };
  }
  return { recording, measure };
}

/** @param events in order of onset */
function spansOf(events: readonly ClassEvent[], labels: readonly string[]): Span[] {
  return events.map(({ label, onset, from, to }, i) => {
    const before = events[i - 1];
    const goesOn = before !== undefined && before.label === label && before.to >= from - 1;
    return {
      label: labels[label]!,
      onset: onset / modelHz,
      from: from / modelHz,
      to: to / modelHz,
      changed: onset > 0 && !goesOn,
    };
  });
}

/** Where events overlap, the later. */
function spanAt(spans: readonly Span[], time: number): Span | undefined {
  return spans.findLast(({ onset, from, to }) => time > Math.max(onset, from) && time <= to);
}

function median(sorted: readonly number[]): number | null {
  if (sorted.length === 0) return null;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
