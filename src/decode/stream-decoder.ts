import type { Decision } from "../eeg/decision.ts";
import type { Gap, Samples } from "../eeg/item.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import type { Engine } from "../model/engine.ts";
import type { BuiltInEngine } from "../model/engines.ts";
import type { WindowEngine } from "../model/window-model.ts";
import type { Calibration } from "./calibration.ts";
import type { TimingClock } from "./clock.ts";
import type { DecisionStageFactory } from "./decision-stage.ts";
import type { InputOptions } from "./input.ts";
import type { Place } from "./placed.ts";
import type { QualityPolicy } from "./quality-watch.ts";

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
