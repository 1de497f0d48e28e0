import type { AbstainReason, Decision } from "../eeg/decision.ts";
import type { Info } from "../eeg/item.ts";
import type { Sfreq } from "../eeg/sfreq.ts";

/**
 * What becomes of a decision before somebody acts on it: a kernel with state, for one segment. One decision in, one
 * out, for the same sample; time is counted in samples of the stream. What came in is not changed.
 */
export type DecisionStage = (decision: Decision) => Decision;

/** Makes a stage for a stream of this rate. */
export type DecisionStageFactory = (sfreq: Sfreq) => DecisionStage;

/** One stage out of several, each fed by the one before it. */
export function chainDecisions(factories: readonly DecisionStageFactory[]): DecisionStageFactory {
  return (sfreq) => {
    const stages = factories.map((factory) => factory(sfreq));
    return (decision) => stages.reduce((said, stage) => stage(said), decision);
  };
}

/** A kernel for each segment of a stream; what is neither its info nor a decision passes. */
export function createDecisionPass<Other extends { readonly kind: string }>(
  factory: DecisionStageFactory,
): (item: Info | Decision | Other) => Info | Decision | Other {
  let stage: DecisionStage | undefined;
  return (item) => {
    if (isInfo(item)) stage = factory(item.stream.sfreq);
    else if (isDecision(item)) {
      if (!stage) throw new TypeError("a stream begins with its info, got decision");
      return stage(item);
    }
    return item;
  };
}

/** The same decision, without its label. */
export function withhold(decision: Decision, reasons: readonly AbstainReason[]): Decision {
  return {
    ...decision,
    label: null,
    probability: null,
    abstained: true,
    reasons: [...new Set([...decision.reasons, ...reasons])],
  };
}

/** @throws RangeError unless it is a number of seconds above 0 */
export function checkSeconds(what: string, seconds: number): void {
  if (!(seconds > 0 && Number.isFinite(seconds)))
    throw new RangeError(`${what}: expected seconds > 0, got ${seconds}`);
}

function isInfo(item: { readonly kind: string }): item is Info {
  return item.kind === "info";
}

function isDecision(item: { readonly kind: string }): item is Decision {
  return item.kind === "decision";
}
