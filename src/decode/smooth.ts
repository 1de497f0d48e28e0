import type { AbstainReason, Decision } from "../eeg/decision.ts";
import { exp } from "../eeg/math.ts";
import { hertz } from "../eeg/sfreq.ts";
import { checkSeconds, type DecisionStageFactory } from "./decision-stage.ts";

export interface SmoothOptions {
  /** The mean's time constant: what was decided so long ago weighs 1/e of what is decided now. */
  readonly seconds: number;
  /** Below this smoothed probability the decision abstains (`low-confidence`). @default 0: never */
  readonly abstainBelow?: number;
}

/**
 * Exponential mean of the probabilities, the label anew from the mean. A decision without probabilities passes and
 * leaves the mean alone, which goes on ageing; so do the first decisions weigh as much as their number.
 * @throws RangeError unless `seconds` is above 0
 */
export function smoothStage({ seconds, abstainBelow = 0 }: SmoothOptions): DecisionStageFactory {
  checkSeconds("smooth", seconds);
  return (sfreq) => {
    const constant = seconds * hertz(sfreq);
    const sums: Record<string, number> = {};
    let total = 0;
    let last = 0;
    return (decision) => {
      if (!decision.probabilities) return decision;
      const kept = exp((last - decision.sample) / constant);
      last = decision.sample;
      total = total * kept + 1;
      const means: Record<string, number> = {};
      let label: string | null = null;
      for (const [name, probability] of Object.entries(decision.probabilities)) {
        sums[name] = (sums[name] ?? 0) * kept + probability;
        means[name] = sums[name] / total;
        if (label === null || means[name] > means[label]!) label = name;
      }
      return relabel(decision, { label, means, abstainBelow });
    };
  };
}

interface Relabelling {
  readonly label: string | null;
  readonly means: Readonly<Record<string, number>>;
  readonly abstainBelow: number;
}

/** Confidence is the mean's now; every other reason stands, and so does an abstention for one. */
function relabel(decision: Decision, { label, means, abstainBelow }: Relabelling): Decision {
  const reasons: AbstainReason[] = decision.reasons.filter((reason) => reason !== "low-confidence");
  const unsure = label === null || means[label]! < abstainBelow;
  const other = decision.abstained && !decision.reasons.includes("low-confidence");
  if (unsure) reasons.push("low-confidence");
  const abstained = unsure || other;
  return {
    ...decision,
    label: abstained ? null : label,
    probability: abstained ? null : means[label!]!,
    probabilities: means,
    abstained,
    reasons,
  };
}
