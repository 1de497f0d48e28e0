import type { Decision } from "../eeg/decision.ts";
import { createAgreement, type Agreement, type Truth } from "./agreement.ts";

/** What a decoder said of a recording, as far as a report shows it. */
export interface DecodedRun {
  readonly labels: readonly string[];
  readonly nDecisions: number;
  readonly nLabelled: number;
  /** Neighbouring decisions that say the same; `reason` where they say nothing. */
  readonly stretches: readonly {
    readonly startSeconds: number;
    readonly endSeconds: number;
    readonly label: string | null;
    readonly reason: string | null;
  }[];
  /** Probabilities of each label over time, means of neighbouring decisions where there are many; NaN where there are none. */
  readonly curves: { readonly seconds: Float64Array; readonly probabilities: readonly Float64Array[] };
  /** How often each reason was given for no label. */
  readonly reasons: ReadonlyMap<string, number>;
  readonly truth: readonly Truth[];
  readonly agreement: Agreement;
  /** Milliseconds that each decision cost, in order of size; empty where that was not measured. */
  readonly costsMs: Float64Array;
}

const mostPoints = 900;
const mostCosts = 1_000_000;

/** Gathers decisions of one recording. */
export function createDecodedRun(
  labels: readonly string[],
  truth: readonly Truth[],
): { push(decision: Decision): void; result(): DecodedRun } {
  const stretches: {
    startSeconds: number;
    endSeconds: number;
    label: string | null;
    reason: string | null;
  }[] = [];
  const times: number[] = [];
  const given = labels.map((): number[] => []);
  const reasons = new Map<string, number>();
  const agreement = createAgreement(labels, truth);
  const costs: number[] = [];
  let n = 0;
  let nLabelled = 0;

  return {
    push(decision) {
      const { label, time, probabilities, timing } = decision;
      n++;
      agreement.push(decision);
      if (timing && costs.length < mostCosts) costs.push(timing.tokenMs + timing.encodeMs);
      const reason = label === null ? (decision.reasons[0] ?? "low-confidence") : null;
      if (reason === null) nLabelled++;
      else reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      const last = stretches.at(-1);
      if (last && time > last.endSeconds && last.label === label && last.reason === reason)
        last.endSeconds = time;
      else {
        const startSeconds =
          last && time > last.endSeconds ? last.endSeconds : Math.min(time, last ? time : 0);
        stretches.push({ startSeconds, endSeconds: time, label, reason });
      }
      times.push(time);
      labels.forEach((name, i) => given[i]!.push(probabilities?.[name] ?? NaN));
    },
    result: () => ({
      labels,
      nDecisions: n,
      nLabelled,
      stretches,
      curves: { seconds: thinned(times), probabilities: given.map(thinned) },
      reasons,
      truth,
      agreement: agreement.result(),
      costsMs: Float64Array.from(costs).sort(),
    }),
  };
}

/** Means of so many neighbours each that few are left. */
function thinned(values: readonly number[]): Float64Array {
  const together = Math.max(1, Math.ceil(values.length / mostPoints));
  return Float64Array.from({ length: Math.ceil(values.length / together) }, (_, i) => {
    const part = values.slice(i * together, (i + 1) * together);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}
