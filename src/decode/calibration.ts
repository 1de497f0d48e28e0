/** A decoder fitted to one person, as a file: what it holds, and for which model and state it is. */
import { z } from "zod";
import { EegError } from "../eeg/errors.ts";
import type { Model } from "../model/model.ts";

const calibrationSchema = z.strictObject({
  format: z.literal("brainwire-calibration/1"),
  model: z.strictObject({
    name: z.string().min(1),
    version: z.string().min(1),
    /** SHA-256 of its weights. */
    weights: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  /** What the person did, as the model's manifest names it. */
  state: z.string().min(1),
  recording: z.strictObject({
    name: z.string(),
    /** Patches that the person's mean was taken over. */
    patches: z.number().int().positive(),
  }),
  /** The person's mean token before it is normalised: mean logarithm of each band power (µV²), component-major. */
  centre: z.array(z.number()).min(1),
});

/** What `brainwire calibrate` writes (format `brainwire-calibration/1`, JSON). */
export type Calibration = z.infer<typeof calibrationSchema>;

/**
 * Reads the text of a calibration.
 * @param place names the file in errors
 * @throws EegError CALIBRATION_INVALID
 */
export function parseCalibration(text: string, place: string): Calibration {
  const fail = (message: string, cause?: unknown): EegError =>
    new EegError("CALIBRATION_INVALID", `${place}${message}`, { cause });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw fail(`: not JSON: ${(cause as Error).message}`, cause);
  }
  const result = calibrationSchema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw fail(`, ${issue.path.join(".") || "top level"}: ${issue.message}`);
}

/** The text of a calibration's file. */
export function formatCalibration(calibration: Calibration): string {
  return `${JSON.stringify(calibration)}\n`;
}

/**
 * The state that a model is calibrated on.
 * @throws EegError CALIBRATION_MISMATCH if the model takes no calibration, or another state than `state`
 */
export function calibrationState({ manifest }: Model, state?: string): string {
  const { name, calibration } = manifest;
  if (calibration === "none")
    throw new EegError(
      "CALIBRATION_MISMATCH",
      `model ${name} takes no calibration (its manifest says none): it learned from tokens as they are, and with a person's mean taken off them it would decode worse, not better; decode without, or use a model trained with calibration`,
    );
  if (calibration.way !== "centre-tokens")
    throw new EegError(
      "CALIBRATION_MISMATCH",
      `model ${name} is calibrated by ${calibration.way}, which this brainwire cannot do; update brainwire`,
    );
  if (state !== undefined && state !== calibration.state)
    throw new EegError(
      "CALIBRATION_MISMATCH",
      `model ${name} is calibrated on ${calibration.state}, not on ${state}: what is taken off a person's tokens must be what was taken off in training`,
    );
  return calibration.state;
}

/**
 * The model fitted to the person: the same weights, the person's mean in place of the training set's.
 * @throws EegError CALIBRATION_MISMATCH if the calibration is of another model or state
 */
export function calibrated(model: Model, calibration: Calibration): Model {
  const { name, version, weights } = calibration.model;
  const { manifest } = model;
  if (weights !== model.weightsHash)
    throw new EegError(
      "CALIBRATION_MISMATCH",
      `the calibration is of model ${name} ${version} (weights ${weights.slice(0, 12)}), not of ${manifest.name} ${manifest.version} (${model.weightsHash.slice(0, 12)}); calibrate anew`,
    );
  calibrationState(model, calibration.state);
  const { components, bands } = manifest.architecture.sizes;
  if (calibration.centre.length !== components * bands)
    throw new EegError(
      "CALIBRATION_INVALID",
      `centre: expected ${components * bands} numbers for model ${name}, got ${calibration.centre.length}`,
    );
  return {
    ...model,
    weights: new Map(model.weights).set("token.mean", Float32Array.from(calibration.centre)),
  };
}
