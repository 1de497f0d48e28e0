import type { Decision, DecisionTiming } from "../eeg/decision.ts";
import { EegError } from "../eeg/errors.ts";
import type { Gap, Samples } from "../eeg/item.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { hertz } from "../eeg/sfreq.ts";
import { modelHz, strideSamples } from "../tokens/patch-grid.ts";
import type { Engine } from "../model/engine.ts";
import { type BuiltInEngine, createEngine } from "../model/engines.ts";
import type { Model } from "../model/model.ts";
import { type Calibration, calibrated } from "./calibration.ts";
import { type AnyModel, isWindowModel, type WindowEngine } from "../model/window-model.ts";
import { type TimingClock, timingClock } from "./clock.ts";
import { createDecisionMaker } from "./decision-maker.ts";
import { chainDecisions, type DecisionStageFactory } from "./decision-stage.ts";
import { gatherSamples } from "./gathered.ts";
import { hopPatches, isDue } from "./hops.ts";
import type { InputOptions } from "./input.ts";
import type { Place } from "./placed.ts";
import { createQualityWatch, type QualityPolicy } from "./quality-watch.ts";
import { checkRunning, warmUpStage } from "./warm-up.ts";
import { createStopwatch } from "./stopwatch.ts";
import { createCutter, createSegment, type PlacedToken } from "./segment.ts";
import { createWindowSession } from "./window-decoder.ts";

export interface DecodeOptions extends InputOptions {
  /**
   * The name of a built-in engine, or an engine made for this very model, which stays its owner's to release.
   * @default "wasm"; for a decoder in an ONNX file, the one that the model makes
   */
  readonly engine?: BuiltInEngine | Engine | WindowEngine;
  /** Seconds from one decision to the next, a whole multiple of the stride. @default 0.1 */
  readonly hopSeconds?: number;
  /** Fits the model to a person. @default none */
  readonly calibration?: Calibration;
  /**
   * Fits a model that aligns channels to all that it has heard so far, and gives no label before so many seconds of it.
   * @default none
   */
  readonly runningCentreSeconds?: number;
  /** What becomes of each decision, one after the other: `smoothStage`, `dwellStage`, ... @default none */
  readonly stages?: readonly DecisionStageFactory[];
  /**
   * Whether to look at how good the channels are that the model needs, and where they are bad to give no label
   * (`abstain`) or to give it with the reason `quality` (`say`).
   * @default "off"; the commands decode and serve abstain
   */
  readonly quality?: QualityPolicy | "off";
  /** What decisions are timed by; `none` leaves the timing out. @default the machine's monotonic clock */
  readonly clock?: TimingClock | "none";
}

type Logits = Float32Array | null;

/** One segment of a stream on its way to decisions. Who drives it waits for the engine, or does not. */
export interface StreamDecoder {
  /** What the samples complete, a piece at a time: each place is to be encoded and decided on before the next. */
  push(item: Samples | Gap): Iterable<readonly Place[]>;
  end(): readonly Place[];
  /** Has the engine look at a place that this decoder gave, if there is something to see. */
  encode(place: Place): Logits | Promise<Logits>;
  /** The decision at a place that was encoded; null if none is due there. */
  decide(place: Place, logits: Logits): Decision | null;
  /** Leaves a place out: the encoder does not see it. */
  skip(): void;
  readonly close: () => void;
}

/** What all segments of a stream share. */
export interface DecoderSession {
  /** @throws EegError if the model cannot work on this stream */
  begin(stream: StreamInfo): StreamDecoder;
  /** Closes what is open, and frees the engine if it was made here. */
  release(): Promise<void>;
}

/** @throws EegError OPTION_INVALID, ENGINE_UNAVAILABLE, CALIBRATION_MISMATCH */
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

function createTokenSession(plain: Model, options: DecodeOptions): DecoderSession {
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
