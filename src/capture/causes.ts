/** Why decisions that are computed again may not be those that were captured. */
import { EegError } from "../eeg/errors.ts";
import type { Calibration } from "../decode/calibration.ts";
import { calibrationHash } from "../decode/pipeline.ts";
import type { Engine } from "../model/engine.ts";
import type { AnyModel, WindowEngine } from "../model/window-model.ts";
import { configurationHash, type CaptureManifest, type Decoder } from "./manifest.ts";

/** What a capture is decoded again with. */
export interface VerifyOptions {
  /** The model that the capture names; null if it names none. */
  readonly model: AnyModel | null;
  /** Needed where the capture was decoded with one. */
  readonly calibration?: Calibration;
  /** Needed where the capture was decoded behind a gate. */
  readonly gate?: AnyModel;
  /** Made for this model; its owner releases it. Its name decides whether bits can be expected to be the same. */
  readonly engine?: Engine | WindowEngine;
  /** Versions of what verifies, to be held against those of what decided. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** Why a capture does not give what it holds. */
export interface Cause {
  readonly kind: "data" | "weights" | "configuration" | "engine" | "versions" | "unknown";
  readonly message: string;
}

/** How far probabilities may be apart across engines, and where the decoder remembered what the capture lacks. */
export const tolerance = 1e-5;

/**
 * What the capture says of its decoder against what verifies it.
 * @throws EegError OPTION_INVALID without the gate or the calibration that it was decoded with
 */
export async function configurationCauses(
  manifest: CaptureManifest,
  decoder: Decoder,
  { model, calibration, gate }: VerifyOptions,
): Promise<Cause[]> {
  const causes: Cause[] = [];
  const changed = manifest.configuration !== configurationHash(decoder);
  if (changed)
    causes.push({
      kind: "configuration",
      message: "capture.json: `decoder` was changed since it was written (its hash is another)",
    });
  if (model && decoder.weights !== model.weightsHash)
    causes.push({
      kind: "weights",
      message: `captured with ${decoder.name} ${decoder.version}, weights ${short(decoder.weights)}; verified with ${model.manifest.name} ${model.manifest.version}, weights ${short(model.weightsHash)}`,
    });
  const gating = decoder.pipeline?.gate;
  if (gating && !gate)
    throw new EegError(
      "OPTION_INVALID",
      `the capture was decoded behind the gate ${gating.name} (weights ${short(gating.weights)}): give it with --gate`,
    );
  if (gating && gate && gating.weights !== gate.weightsHash)
    causes.push({
      kind: "weights",
      message: `captured behind the gate ${gating.name} ${gating.version}, weights ${short(gating.weights)}; verified behind ${gate.manifest.name} ${gate.manifest.version}, weights ${short(gate.weightsHash)}`,
    });
  const wanted = decoder.pipeline?.calibration ?? null;
  const given = calibration ? await calibrationHash(calibration) : null;
  if (wanted !== null && given === null && !changed)
    throw new EegError(
      "OPTION_INVALID",
      `the capture was decoded with a calibration (SHA-256 ${short(wanted)}): give its file with --calibration`,
    );
  if (wanted !== given && decoder.pipeline)
    causes.push({
      kind: "configuration",
      message: `captured ${wanted === null ? "without a calibration" : `with the calibration ${short(wanted)}`}, verified ${given === null ? "without one" : `with ${short(given)}`}`,
    });
  return causes;
}

/** Of a hash, what a person can compare. */
function short(hash: string): string {
  return `${hash.slice(0, 12)}…`;
}

/** What else may be behind a difference. */
export function otherCauses(
  { decoder, versions }: CaptureManifest,
  options: VerifyOptions,
  explained: boolean,
): Cause[] {
  const causes: Cause[] = [];
  const before = decoder?.pipeline;
  const now = options.engine ?? { name: "wasm", device: "cpu" };
  if (before && (before.engine !== now.name || before.device !== now.device))
    causes.push({
      kind: "engine",
      message: `captured on ${before.engine} (${before.device}), verified on ${now.name} (${now.device}): more than ${tolerance} apart`,
    });
  if (decoder && !before)
    causes.push({
      kind: "configuration",
      message: "the server did not tell its engine, calibration and stages; they were taken for the defaults",
    });
  for (const [name, version] of Object.entries(options.versions ?? {}))
    if (versions[name] !== undefined && versions[name] !== version)
      causes.push({
        kind: "versions",
        message: `${name}: captured with ${versions[name]}, verified with ${version}`,
      });
  if (causes.length === 0 && !explained)
    causes.push({
      kind: "unknown",
      message: "weights, configuration, engine, versions and files are the same: please report it",
    });
  return causes;
}
