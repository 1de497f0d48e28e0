import type { Decision, DecisionTiming } from "../eeg/decision.ts";
import { EegError } from "../eeg/errors.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import type { Engine } from "../model/engine.ts";
import { createEngine } from "../model/engines.ts";
import type { Model } from "../model/model.ts";
import { calibrated } from "./calibration.ts";
import { timingClock } from "./clock.ts";
import { createDecisionMaker } from "./decision-maker.ts";
import { hopPatches, isDue } from "./hops.ts";
import { createCutter, createSegment, type PlacedToken } from "./segment.ts";
import { createStopwatch } from "./stopwatch.ts";
import type { DecodeOptions, DecoderSession, StreamDecoder } from "./stream-decoder.ts";
import { checkRunning } from "./warm-up.ts";

/**
 * Decodes with one of our own encoders, patch after patch.
 * @throws EegError OPTION_INVALID, ENGINE_UNAVAILABLE, CALIBRATION_MISMATCH
 */
export function createTokenSession(plain: Model, options: DecodeOptions): DecoderSession {
  const model = fitted(plain, options);
  const hop = hopPatches(options.hopSeconds);
  const { engine = "wasm" } = options;
  if (typeof engine !== "string" && "run" in engine)
    throw new TypeError(`the engine is one for windows, model ${model.manifest.name} takes tokens`);
  const made = typeof engine === "string" ? createEngine(model, { engine }) : engine;
  const open = new Set<StreamDecoder>();
  return {
    begin(stream) {
      const decoder: StreamDecoder = decodeStream(stream, {
        model,
        engine: made,
        hop,
        options,
        closed: () => open.delete(decoder),
      });
      open.add(decoder);
      return decoder;
    },
    async release() {
      for (const decoder of open) decoder.close();
      if (made !== engine) await made.release();
    },
  };
}

/** The model as this decoder is to have it: of a person, of what is heard, or as it is. */
function fitted(model: Model, { calibration, runningCentreSeconds }: DecodeOptions): Model {
  if (runningCentreSeconds === undefined) return calibration ? calibrated(model, calibration) : model;
  if (calibration)
    throw new EegError(
      "OPTION_INVALID",
      "a calibration and a running centre exclude each other; give one of them",
    );
  checkRunning(model);
  return { ...model, alignment: "running" };
}

interface StreamContext {
  readonly model: Model;
  readonly engine: Engine;
  readonly hop: number;
  readonly options: DecodeOptions;
  readonly closed: () => void;
}

function decodeStream(stream: StreamInfo, context: StreamContext): StreamDecoder {
  const { model, engine, hop, options, closed } = context;
  const now = options.clock === "none" ? undefined : (options.clock ?? timingClock);
  const segment = createSegment(model, stream, options);
  const maker = createDecisionMaker(model.manifest, stream.sfreq);
  const slot = engine.open();
  const cut = createCutter(stream);
  const stopwatch = createStopwatch(now);
  /** Since the last decision. */
  let tokenMs = 0;
  let encodeMs = 0;
  let encodeBegun = 0;

  return {
    *push(item) {
      for (const piece of cut(item)) yield stopwatch.time(() => segment.push(piece));
    },
    end: () => stopwatch.time(() => segment.end()),
    encode({ token }: PlacedToken) {
      tokenMs += stopwatch.eachMs;
      encodeBegun = now?.() ?? 0;
      return token.values && engine.step([{ slot, patch: token.patch, token: token.values }]);
    },
    decide(place: PlacedToken, logits) {
      maker.see(place.token.values ? null : place.token.reasons);
      const decision = isDue(place.token.patch, hop) ? maker.decide(place, logits) : null;
      if (!now) return decision;
      encodeMs += now() - encodeBegun;
      if (!decision) return null;
      // the decision is new and nobody else's; a copy of it would cost ten times as much memory
      const timedDecision: { timing?: DecisionTiming } & Decision = decision;
      timedDecision.timing = { tokenMs, encodeMs };
      tokenMs = encodeMs = 0;
      return decision;
    },
    skip: () => maker.see(["gap"]),
    close() {
      engine.close(slot);
      closed();
    },
  };
}
