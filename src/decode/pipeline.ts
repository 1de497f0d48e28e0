import { sha256 } from "../model/load.ts";
import type { AnyModel } from "../model/window-model.ts";
import type { ActingOptions } from "./acting.ts";
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
  /** The model that says whether anything is done, with the SHA-256 of its weights. @default null: none */
  readonly gate?:
    | {
        readonly name: string;
        readonly version: string;
        readonly weights: string;
        readonly threshold: number;
      }
    | null
    | undefined;
}

/** The stages that make labels fit to act on, as a pipeline tells them. */
export type ActingPipeline = Pick<Pipeline, "smoothSeconds" | "dwellSeconds" | "refractorySeconds" | "gate">;

export function actingPipeline(options: ActingOptions): ActingPipeline {
  const { gate, gateThreshold = 0.5 } = options;
  return {
    smoothSeconds: options.smoothSeconds ?? null,
    dwellSeconds: options.dwellSeconds ?? null,
    refractorySeconds: options.refractorySeconds ?? null,
    ...(gate
      ? {
          gate: {
            name: gate.manifest.name,
            version: gate.manifest.version,
            weights: gate.weightsHash,
            threshold: gateThreshold,
          },
        }
      : {}),
  };
}

/** What `createActing` takes to make the stages of a pipeline again. @param gate the model that it names */
export function actingOf(pipeline: ActingPipeline | null, gate: AnyModel | null): ActingOptions {
  if (!pipeline) return {};
  const { smoothSeconds, dwellSeconds, refractorySeconds } = pipeline;
  return {
    ...(smoothSeconds === null ? {} : { smoothSeconds }),
    ...(dwellSeconds === null ? {} : { dwellSeconds }),
    ...(refractorySeconds === null ? {} : { refractorySeconds }),
    ...(pipeline.gate && gate ? { gate, gateThreshold: pipeline.gate.threshold } : {}),
  };
}

/** SHA-256 of a calibration's text as `formatCalibration` writes it, in hex. */
export function calibrationHash(calibration: Calibration): Promise<string> {
  return sha256(new TextEncoder().encode(formatCalibration(calibration)));
}
