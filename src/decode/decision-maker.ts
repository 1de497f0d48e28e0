import type { AbstainReason, Decision } from "../eeg/decision.ts";
import type { Sfreq } from "../eeg/sfreq.ts";
import { contextPatches, patchesFor } from "../model/encoder.ts";
import type { Manifest } from "../model/manifest.ts";
import { createLabeller } from "./labeller.ts";
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
  const { architecture } = manifest;
  const context = contextPatches(architecture.sizes);
  const needed = patchesFor(architecture.minContextSeconds, architecture.sizes);
  /** Why each of the last patches was masked, null where it was not, undefined before the first; a ring. */
  const recent: (readonly AbstainReason[] | null | undefined)[] = Array.from({ length: context });
  const labeller = createLabeller(manifest, sfreq);
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

  function decide({ token, sample }: PlacedToken, logits: ArrayLike<number> | null): Decision {
    if (masked || !logits || nValid < needed) return labeller.abstain(sample, masked ?? lacking());
    return labeller.label(sample, logits, token.reasons);
  }

  return { see, decide };
}
