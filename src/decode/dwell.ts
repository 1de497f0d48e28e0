import { sampleAt } from "../eeg/sfreq.ts";
import { checkSeconds, type DecisionStageFactory, withhold } from "./decision-stage.ts";

/**
 * A label must hold for so long before it is given; until then decisions abstain (`dwell`). Another label, or an
 * abstention, begins the count anew.
 * @throws RangeError unless `seconds` is above 0
 */
export function dwellStage({ seconds }: { readonly seconds: number }): DecisionStageFactory {
  checkSeconds("dwell", seconds);
  return (sfreq) => {
    const needed = sampleAt(seconds, sfreq);
    let held: string | null = null;
    let since = 0;
    return (decision) => {
      const { label, sample } = decision;
      if (label !== held) [held, since] = [label, sample];
      return label === null || sample - since >= needed ? decision : withhold(decision, ["dwell"]);
    };
  };
}
