import type { AbstainReason, Decision } from "../eeg/decision.ts";
import { exp } from "../eeg/math.ts";
import { secondsAt, type Sfreq } from "../eeg/sfreq.ts";
import { contextPatches, patchesFor } from "../model/encoder.ts";
import type { Manifest } from "../model/manifest.ts";
import type { PlacedToken } from "./segment.ts";

export interface DecisionMaker {
  /** Every patch, in order, whether it is decided on or not. @param masked why the encoder does not see it, or null */
  see(masked: readonly AbstainReason[] | null): void;
  /** The decision at the patch that was seen last. @param logits null where the encoder did not see it */
  decide(place: PlacedToken, logits: ArrayLike<number> | null): Decision;
}

/**
 * Says what a patch's logits mean, or abstains: where the patch was masked, where fewer valid patches than
 * `minContextSeconds` takes are among those that the encoder can see, where the best label's probability is below
 * `abstainBelow`.
 */
export function createDecisionMaker(manifest: Manifest, sfreq: Sfreq): DecisionMaker {
  const { architecture, output, labels } = manifest;
  const context = contextPatches(architecture.sizes);
  const needed = patchesFor(architecture.minContextSeconds, architecture.sizes);
  /** Why each of the last patches was masked, null where it was not, undefined before the first; a ring. */
  const recent: (readonly AbstainReason[] | null | undefined)[] = Array.from({ length: context });
  const shares = new Float64Array(labels.length);
  /** What probabilities are copied from: objects that come from one have one shape, and cost less. */
  const even: Record<string, number> = Object.fromEntries(labels.map((label) => [label, 1 / labels.length]));
  let next = 0;
  let nValid = 0;
  let masked: readonly AbstainReason[] | null = null;

  function see(why: readonly AbstainReason[] | null): void {
    masked = why;
    if (recent[next] === null) nValid--;
    if (why === null) nValid++;
    recent[next] = why;
    next = (next + 1) % context;
  }

  /** Why there is too little context: what masked the patches that it lacks, or the stream's beginning. */
  function lacking(): readonly AbstainReason[] {
    const reasons = new Set(recent.flatMap((why) => why ?? []));
    return reasons.size > 0 ? [...reasons].sort() : ["settling"];
  }

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

  function decide({ token, sample }: PlacedToken, logits: ArrayLike<number> | null): Decision {
    if (masked || !logits || nValid < needed) return abstain(sample, masked ?? lacking());
    const probabilities = softmax(logits);
    let label = labels[0]!;
    for (const other of labels) if (probabilities[other]! > probabilities[label]!) label = other;
    const probability = probabilities[label]!;
    if (probability < output.abstainBelow)
      return abstain(sample, [...token.reasons, "low-confidence"], probabilities);
    const time = secondsAt(sample, sfreq);
    const { reasons } = token;
    return { kind: "decision", sample, time, label, probability, probabilities, abstained: false, reasons };
  }

  /** Of the logits over the temperature, by label. */
  function softmax(logits: ArrayLike<number>): Record<string, number> {
    let highest = -Infinity;
    for (let i = 0; i < labels.length; i++) highest = Math.max(highest, logits[i]!);
    let total = 0;
    for (let i = 0; i < labels.length; i++) {
      shares[i] = exp((logits[i]! - highest) / output.temperature);
      total += shares[i]!;
    }
    const probabilities = { ...even };
    for (let i = 0; i < labels.length; i++) probabilities[labels[i]!] = shares[i]! / total;
    return probabilities;
  }

  return { see, decide };
}
