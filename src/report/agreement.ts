import type { Decision } from "../eeg/decision.ts";
import type { AnnotationSummary } from "../formats/recording.ts";

/** A stretch of which the recording's annotations say what it is. */
export interface Truth {
  readonly label: string;
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** How decisions agree with annotations. */
export interface Agreement {
  /** Labels that are annotated, in the model's order. */
  readonly annotated: readonly string[];
  /** [annotated label][decoded label of the model, and last: none]: decisions. */
  readonly counts: readonly (readonly number[])[];
  /** Mean over the annotated labels of the share of their decisions that is right, abstentions left out; null for fewer than two. */
  readonly balancedAccuracy: number | null;
}

export interface TruthOptions {
  /** Of the model. */
  readonly labels: readonly string[];
  /** What annotations' texts stand for: the label's own name always does. */
  readonly meanings: ReadonlyMap<string, string>;
  readonly durationSeconds: number;
}

/** What annotations say, in order of time. One without a duration holds until the next of them, or to the end. */
export function truthOf(
  annotations: readonly AnnotationSummary[],
  { labels, meanings, durationSeconds }: TruthOptions,
): readonly Truth[] {
  const meant = annotations
    .flatMap((annotation) => {
      const label = meanings.get(annotation.text) ?? annotation.text;
      return labels.includes(label) ? [{ ...annotation, label }] : [];
    })
    .toSorted((a, b) => a.onsetSeconds - b.onsetSeconds);
  return meant.map(({ label, onsetSeconds, durationSeconds: lasts }, i) => ({
    label,
    startSeconds: onsetSeconds,
    endSeconds: lasts ? onsetSeconds + lasts : (meant[i + 1]?.onsetSeconds ?? durationSeconds),
  }));
}

/** Counts decisions as they come, in order of time. */
export function createAgreement(
  labels: readonly string[],
  truth: readonly Truth[],
): { push(decision: Decision): void; result(): Agreement } {
  const annotated = labels.filter((label) => truth.some((each) => each.label === label));
  const counts = annotated.map(() => Array.from({ length: labels.length + 1 }, () => 0));
  return {
    push({ time, label }) {
      const here = truth.find(({ startSeconds, endSeconds }) => time > startSeconds && time <= endSeconds);
      if (!here) return;
      counts[annotated.indexOf(here.label)]![label === null ? labels.length : labels.indexOf(label)]!++;
    },
    result() {
      const recalls = counts.flatMap((row, i) => {
        const decoded = row.slice(0, -1).reduce((sum, n) => sum + n, 0);
        return decoded > 0 ? [row[labels.indexOf(annotated[i]!)]! / decoded] : [];
      });
      return {
        annotated,
        counts,
        balancedAccuracy:
          recalls.length > 1 ? recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length : null,
      };
    },
  };
}
