/** A decoder fitted to one person, as a file: what it holds, and for which model and state it is. */
import * as z from "zod";
import { EegError } from "../eeg/errors.ts";
import type { Manifest } from "../model/manifest.ts";
import type { Model } from "../model/model.ts";
import { isWindowModel, type AnyModel, type WindowModel } from "../model/window-model.ts";
import type { WindowStatistics } from "./window-scaling.ts";

const owner = {
  format: z.literal("brainwire-calibration/1", {
    error: "expected 'brainwire-calibration/1', which brainwire calibrate writes",
  }),
  model: z.strictObject({
    name: z.string().min(1),
    version: z.string().min(1),
    /** SHA-256 of its weights. */
    weights: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  /** What the person did, as the model's manifest names it. */
  state: z.string().min(1),
};

const tokenCalibrationSchema = z.strictObject({
  ...owner,
  recording: z.strictObject({
    name: z.string(),
    /** Patches that the person's mean was taken over. */
    patches: z.number().int().positive(),
  }),
  /** The person's mean token before it is normalised: mean logarithm of each band power (µV²), component-major. */
  centre: z.array(z.number()).min(1),
});

const channelCalibrationSchema = z
  .strictObject({
    ...owner,
    recording: z.strictObject({
      name: z.string(),
      /** How much of it the covariance was taken over. */
      seconds: z.number().positive(),
    }),
    /** Electrodes that are aligned to each other; what a stream has besides is left out. */
    channels: z.array(z.string()).min(2),
    /** Of the person's filtered signal before its reference, µV²: row-major [channels, channels]. */
    covariance: z.array(z.number()),
  })
  .refine(({ channels, covariance }) => covariance.length === channels.length ** 2, {
    path: ["covariance"],
    message: "expected a number for each pair of channels",
  });

const windowCalibrationSchema = z.strictObject({
  ...owner,
  recording: z.strictObject({
    name: z.string(),
    /** How much of it the numbers were taken over. */
    seconds: z.number().positive(),
  }),
  /** Of the person's signal as it comes to a decoder in an ONNX file: one number, or one for each channel. */
  statistics: z.strictObject({
    mean: z.array(z.number()).min(1),
    deviation: z.array(z.number().positive()).min(1),
  }),
});

const { state: _, ...headOwner } = owner;

const headCalibrationSchema = z.strictObject({
  ...headOwner,
  recording: z.strictObject({
    name: z.string(),
    /** Patches with a label that the head was fitted to. */
    patches: z.number().int().positive(),
  }),
  /** The person's own last layer: weights [classes, width], row-major, and biases [classes]. */
  head: z.strictObject({ weight: z.array(z.number()).min(1), bias: z.array(z.number()).min(1) }),
  /** The person's calibration by a state, which the head goes on from. */
  base: z.union([tokenCalibrationSchema, channelCalibrationSchema]).nullable(),
});

/** Fits an encoder: the person's own head, learned from labelled recordings. */
export type HeadCalibration = z.infer<typeof headCalibrationSchema>;
/** Fits an encoder: the person's mean token. */
export type TokenCalibration = z.infer<typeof tokenCalibrationSchema>;
/** Fits an encoder: how the person's channels vary together. */
export type ChannelCalibration = z.infer<typeof channelCalibrationSchema>;
/** Fits a decoder in an ONNX file: the person's own mean and deviation. */
export type WindowCalibration = z.infer<typeof windowCalibrationSchema>;

/** What `brainwire calibrate` writes (format `brainwire-calibration/1`, JSON). */
export type Calibration = TokenCalibration | ChannelCalibration | HeadCalibration | WindowCalibration;

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
    throw fail(`: not JSON: ${(cause as Error).message}; brainwire calibrate writes calibrations`, cause);
  }
  const result = schemaOf(json).safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw fail(`, ${issue.path.join(".") || "top level"}: ${issue.message}`);
}

function schemaOf(json: unknown) {
  const holds = (field: string): boolean => typeof json === "object" && json !== null && field in json;
  if (holds("statistics")) return windowCalibrationSchema;
  if (holds("head")) return headCalibrationSchema;
  return holds("covariance") ? channelCalibrationSchema : tokenCalibrationSchema;
}

/** The text of a calibration's file. */
export function formatCalibration(calibration: Calibration): string {
  return `${JSON.stringify(calibration)}\n`;
}

/** What of a person a model is fitted to. */
export type CalibrationWay = Exclude<Manifest["calibration"], "none">["way"];

/**
 * Checks that a model is calibrated in a way, on a state.
 * @throws EegError CALIBRATION_MISMATCH if it takes no calibration, or one in another way, or on another state
 */
export function checkCalibrated(
  { manifest: { name, calibration } }: Model,
  { way, state }: { readonly way: CalibrationWay; readonly state: string },
): void {
  if (calibration === "none")
    throw new EegError(
      "CALIBRATION_MISMATCH",
      `model ${name} takes no calibration (its manifest says none): it learned from people as they are, and fitted to one it would decode worse, not better; decode without, or use a model trained with calibration`,
    );
  if (way !== calibration.way)
    throw new EegError(
      "CALIBRATION_MISMATCH",
      `model ${name} is calibrated by ${calibration.way}, not by ${way}; calibrate anew`,
    );
  if (state !== calibration.state)
    throw new EegError(
      "CALIBRATION_MISMATCH",
      `model ${name} is calibrated on ${calibration.state}, not on ${state}: a person is to be fitted as people were in training`,
    );
}

/** @throws EegError CALIBRATION_MISMATCH if the calibration is of another model */
function checkOwner({ manifest, weightsHash }: AnyModel, { model }: Calibration): void {
  const { name, version, weights } = model;
  if (weights !== weightsHash)
    throw new EegError(
      "CALIBRATION_MISMATCH",
      `the calibration is of model ${name} ${version} (weights ${weights.slice(0, 12)}), not of ${manifest.name} ${manifest.version} (${weightsHash.slice(0, 12)}); calibrate anew`,
    );
}

/**
 * The person's mean and deviation, for a decoder in an ONNX file that scales by them.
 * @throws EegError CALIBRATION_MISMATCH if the decoder scales otherwise, or the calibration is of another
 */
export function personStatistics(
  model: WindowModel,
  calibration: Calibration | undefined,
): WindowStatistics | null {
  const { name, input } = model.manifest;
  const { normalisation } = input;
  if (normalisation.way !== "calibration") {
    if (!calibration) return null;
    throw new EegError(
      "CALIBRATION_MISMATCH",
      `model ${name} takes no calibration (it scales by: ${normalisation.way}); decode without`,
    );
  }
  if (!calibration)
    throw new EegError(
      "CALIBRATION_MISMATCH",
      `model ${name} scales by a person's own recording: brainwire calibrate makes a calibration of it`,
    );
  checkOwner(model, calibration);
  const expected = normalisation.over === "all" ? 1 : input.channels.order.length;
  if (!("statistics" in calibration) || calibration.statistics.mean.length !== expected)
    throw new EegError(
      "CALIBRATION_INVALID",
      `statistics: expected ${expected} means and deviations for model ${name}; calibrate anew`,
    );
  return calibration.statistics;
}

/**
 * The model fitted to the person: the same weights, but for the person's mean token in place of the training set's, the
 * person's covariance to align channels by, or the person's head.
 * @throws EegError CALIBRATION_MISMATCH if the calibration is of another model, way or state
 */
export function calibrated(model: Model, calibration: Calibration): Model {
  checkOwner(model, calibration);
  const { components, bands, classes, width } = model.manifest.architecture.sizes;
  const numbers = (field: string, values: readonly number[], length: number): Float32Array => {
    if (values.length === length) return Float32Array.from(values);
    throw new EegError(
      "CALIBRATION_INVALID",
      `${field}: expected ${length} numbers for model ${calibration.model.name}, got ${values.length}`,
    );
  };
  if ("head" in calibration) {
    const { base, head } = calibration;
    const fitted = base ? calibrated(model, base) : model;
    const weights = new Map(fitted.weights)
      .set("head.weight", numbers("head.weight", head.weight, classes * width))
      .set("head.bias", numbers("head.bias", head.bias, classes));
    return { ...fitted, weights };
  }
  const { state } = calibration;
  if ("covariance" in calibration) {
    checkCalibrated(model, { way: "align-channels", state });
    const { channels, covariance } = calibration;
    return { ...model, alignment: { channels, covariance } };
  }
  checkCalibrated(model, { way: "centre-tokens", state });
  const centre = "centre" in calibration ? calibration.centre : [];
  return {
    ...model,
    weights: new Map(model.weights).set("token.mean", numbers("centre", centre, components * bands)),
  };
}

/**
 * The model that an engine is to be made for: the head of a calibration is one of its tensors.
 * @throws EegError as `calibrated`
 */
export function fittedModel(model: AnyModel, calibration: Calibration | undefined): AnyModel {
  return calibration && !isWindowModel(model) ? calibrated(model, calibration) : model;
}
