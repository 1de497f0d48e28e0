import { sampleAt } from "../eeg/sfreq.ts";
import { checkSeconds, type DecisionStageFactory, withhold } from "./decision-stage.ts";

/**
 * After a label that is not the one given before (the first of all is such), no other is given for so long: decisions
 * for another abstain (`refractory`).
 * @throws RangeError unless `seconds` is above 0
 */
export function refractoryStage({ seconds }: { readonly seconds: number }): DecisionStageFactory {
  checkSeconds("refractory", seconds);
  return (sfreq) => {
    const pause = sampleAt(seconds, sfreq);
    let given: string | null = null;
    let changed = 0;
    return (decision) => {
      const { label, sample } = decision;
      if (label === null || label === given) return decision;
      if (given !== null && sample - changed < pause) return withhold(decision, ["refractory"]);
      [given, changed] = [label, sample];
      return decision;
    };
  };
}
