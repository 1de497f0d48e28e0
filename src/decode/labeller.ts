import type { AbstainReason, Decision } from "../eeg/decision.ts";
import { exp } from "../eeg/math.ts";
import { secondsAt, type Sfreq } from "../eeg/sfreq.ts";
import type { Manifest } from "../model/manifest.ts";
import type { WindowManifest } from "../model/window-manifest.ts";

/** Turns what a model gives into decisions. */
export interface Labeller {
  abstain(sample: number, reasons: readonly AbstainReason[]): Decision;
  /**
   * The best label, or an abstention where its probability is below `abstainBelow`, or where the model gave what are
   * no numbers.
   * @param outputs logits or probabilities, as the manifest says
   * @param reasons what a user should know of this label
   */
  label(sample: number, outputs: ArrayLike<number>, reasons: readonly AbstainReason[]): Decision;
}

export function createLabeller(
  { labels, output }: Pick<Manifest | WindowManifest, "labels" | "output">,
  sfreq: Sfreq,
): Labeller {
  const { kind, temperature, abstainBelow } = output;
  const shares = new Float64Array(labels.length);
  /** What probabilities are copied from: objects that come from one have one shape, and cost less. */
  const even: Record<string, number> = Object.fromEntries(labels.map((label) => [label, 1 / labels.length]));

  function abstain(
    sample: number,
    reasons: readonly AbstainReason[],
    probabilities: Decision["probabilities"] = null,
  ): Decision {
    return {
      kind: "decision",
      sample,
      time: secondsAt(sample, sfreq),
      label: null,
      probability: null,
      probabilities,
      abstained: true,
      reasons,
    };
  }

  function label(sample: number, outputs: ArrayLike<number>, reasons: readonly AbstainReason[]): Decision {
    const probabilities = kind === "logits" ? softmax(outputs) : normalised(outputs);
    if (!probabilities) return abstain(sample, [...reasons, "out-of-distribution"]);
    let best = labels[0]!;
    for (const other of labels) if (probabilities[other]! > probabilities[best]!) best = other;
    const probability = probabilities[best]!;
    if (probability < abstainBelow) return abstain(sample, [...reasons, "low-confidence"], probabilities);
    const time = secondsAt(sample, sfreq);
    return {
      kind: "decision",
      sample,
      time,
      label: best,
      probability,
      probabilities,
      abstained: false,
      reasons,
    };
  }

  /** Of the logits over the temperature, by label; null where one is no finite number. */
  function softmax(logits: ArrayLike<number>): Record<string, number> | null {
    let highest = -Infinity;
    for (let i = 0; i < labels.length; i++) highest = Math.max(highest, logits[i]!);
    for (let i = 0; i < labels.length; i++) shares[i] = exp((logits[i]! - highest) / temperature);
    return byLabel();
  }

  /** Probabilities as they are, so divided that they add up to 1; null where one is none. */
  function normalised(given: ArrayLike<number>): Record<string, number> | null {
    for (let i = 0; i < labels.length; i++) {
      if (!(given[i]! >= 0)) return null;
      shares[i] = given[i]!;
    }
    return byLabel();
  }

  function byLabel(): Record<string, number> | null {
    let total = 0;
    for (let i = 0; i < labels.length; i++) total += shares[i]!;
    if (!(total > 0 && total < Infinity)) return null;
    const probabilities = { ...even };
    for (let i = 0; i < labels.length; i++) probabilities[labels[i]!] = shares[i]! / total;
    return probabilities;
  }

  return { abstain, label };
}
