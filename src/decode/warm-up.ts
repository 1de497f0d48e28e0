import { EegError } from "../eeg/errors.ts";
import { sampleAt } from "../eeg/sfreq.ts";
import type { Model } from "../model/model.ts";
import { checkSeconds, type DecisionStageFactory, withhold } from "./decision-stage.ts";

/**
 * No label before so much of the stream has gone by: decisions abstain (`settling`).
 * @throws RangeError unless `seconds` is above 0
 */
export function warmUpStage({ seconds }: { readonly seconds: number }): DecisionStageFactory {
  checkSeconds("warm-up", seconds);
  return (sfreq) => {
    const warm = sampleAt(seconds, sfreq);
    return (decision) => (decision.sample < warm ? withhold(decision, ["settling"]) : decision);
  };
}

/**
 * Whether a model may be fitted to what it hears as it goes on.
 * @throws EegError CALIBRATION_MISMATCH where that would take the label away with the person
 */
export function checkRunning({ manifest: { name, calibration } }: Model): void {
  if (calibration !== "none" && calibration.way === "align-channels") return;
  throw new EegError(
    "CALIBRATION_MISMATCH",
    calibration === "none"
      ? `model ${name} takes no calibration, so it cannot be fitted to what it hears either; use a model that aligns channels`
      : `model ${name} tells states that last, which a running centre takes away with the person (eyes falls to chance); calibrate it on ${calibration.state}`,
  );
}
