import { sha256 } from "../model/load.ts";
import type { DecodeOptions } from "./stream-decoder.ts";
import { type Calibration, formatCalibration } from "./calibration.ts";

/** What decisions depend on beside the samples and the model: who has it can decide the same again. */
export interface Pipeline {
  readonly engine: string;
  /** What the engine ran on, for people. */
  readonly device: string;
  /** `calibrationHash` of the calibration, null without one. */
  readonly calibration: string | null;
  /** Whether a stream that was already filtered otherwise was taken. */
  readonly allowFiltered: boolean;
  /** What becomes of labels where the model's channels are bad. @default "off" */
  readonly quality?: NonNullable<DecodeOptions["quality"]>;
  /** Of the stages that make labels fit to act on, null where there was none. */
  readonly smoothSeconds: number | null;
  readonly dwellSeconds: number | null;
  readonly refractorySeconds: number | null;
}

/** SHA-256 of a calibration's text as `formatCalibration` writes it, in hex. */
export function calibrationHash(calibration: Calibration): Promise<string> {
  return sha256(new TextEncoder().encode(formatCalibration(calibration)));
}
