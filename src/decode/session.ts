import { hertz } from "../eeg/sfreq.ts";
import { type AnyModel, isWindowModel } from "../model/window-model.ts";
import { modelHz, strideSamples } from "../tokens/patch-grid.ts";
import { chainDecisions } from "./decision-stage.ts";
import { gatherSamples } from "./gathered.ts";
import { createQualityWatch } from "./quality-watch.ts";
import type { DecodeOptions, DecoderSession } from "./stream-decoder.ts";
import { createTokenSession } from "./token-decoder.ts";
import { warmUpStage } from "./warm-up.ts";
import { createWindowSession } from "./window-decoder.ts";

/**
 * Decodes the segments of a stream with a model of either kind, and lets quality and stages say what becomes of its
 * decisions.
 * @throws EegError OPTION_INVALID, ENGINE_UNAVAILABLE, CALIBRATION_MISMATCH
 */
export function createSession(model: AnyModel, options: DecodeOptions): DecoderSession {
  const session = isWindowModel(model)
    ? createWindowSession(model, options)
    : createTokenSession(model, options);
  const { quality = "off", runningCentreSeconds } = options;
  const warmUp = runningCentreSeconds === undefined ? [] : [warmUpStage({ seconds: runningCentreSeconds })];
  const stages = [...warmUp, ...(options.stages ?? [])];
  return {
    ...session,
    begin(stream) {
      const decoder = gatherSamples(session.begin(stream), hopSeconds(model, options) * hertz(stream.sfreq));
      if (stages.length === 0 && quality === "off") return decoder;
      const watch = quality === "off" ? null : createQualityWatch(model, stream, quality);
      const act = chainDecisions(stages)(stream.sfreq);
      return {
        ...decoder,
        push(item) {
          watch?.push(item);
          return decoder.push(item);
        },
        decide(place, logits) {
          const decision = decoder.decide(place, logits);
          return decision && act(watch?.apply(decision) ?? decision);
        },
      };
    },
  };
}

function hopSeconds(model: AnyModel, options: DecodeOptions): number {
  if (options.hopSeconds !== undefined) return options.hopSeconds;
  if (!isWindowModel(model)) return strideSamples / modelHz;
  const { window, sfreq } = model.manifest.input;
  return window.hopSamples / sfreq;
}
