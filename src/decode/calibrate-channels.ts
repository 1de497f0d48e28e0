import { EegError } from "../eeg/errors.ts";
import type { Item } from "../eeg/item.ts";
import type { Model } from "../model/model.ts";
import { covarianceSums, type CovarianceSums } from "../signal/covariance.ts";
import { modelHz } from "../tokens/patch-grid.ts";
import { type CalibrateOptions, clip, firstSegment, only } from "./calibrate.ts";
import { type ChannelCalibration, checkCalibrated } from "./calibration.ts";
import { inputStage } from "./input.ts";

/** Less than this says too little of how 64 channels vary together. */
const leastSeconds = 10;

/**
 * Fits a decoder to a person: the covariance of her channels in one state, filtered but not referenced. Settling samples
 * are left out, and so are channels that are missing for more than half of the time.
 * @param source its first segment is taken
 * @throws EegError CALIBRATION_MISMATCH for another state or a model that does not align channels, CALIBRATION_DATA if
 * there is too little of the state; and what the model's input stage throws
 */
export async function calibrateChannels(
  source: AsyncIterable<Item> | Iterable<Item>,
  model: Model,
  options: CalibrateOptions,
): Promise<ChannelCalibration> {
  const { state, name, seconds = Infinity } = options;
  const { manifest } = model;
  checkCalibrated(model, { way: "align-channels", state });
  const spans = clip(options.spans ?? [{ from: 0, to: Infinity }], seconds);
  let sums: CovarianceSums | undefined;
  const unreferenced = { ...manifest, input: { ...manifest.input, reference: "none" as const } };
  const samples = firstSegment(source, (info) => {
    inputStage(manifest, options)(info.stream); // refuses what decoding would
    const input = inputStage(unreferenced, { allowFiltered: true })(info.stream);
    sums = covarianceSums(input.output);
    const within = only(spans, input.output.channels.length);
    return (item) => input.push(item).flatMap(within);
  });
  let settled = 0;
  for await (const item of samples) {
    const { settleSamples, add } = sums!;
    if (item.kind === "gap" && item.reason !== "edge") settled = item.start + item.nSamples;
    if (item.kind !== "samples") continue;
    const from = Math.max(0, settled + settleSamples - item.start);
    if (from < item.nSamples) add(item, from, item.nSamples);
  }
  const heard = (sums?.nSamples ?? 0) / modelHz;
  if (!sums || heard < leastSeconds)
    throw new EegError(
      "CALIBRATION_DATA",
      `${name}: ${heard.toFixed(1)} s of ${state} are too few to calibrate on, at least ${leastSeconds} are needed; record some minutes of it`,
    );
  const { channels, covariance } = sums.result();
  return {
    format: "brainwire-calibration/1",
    model: { name: manifest.name, version: manifest.version, weights: model.weightsHash },
    state,
    recording: { name, seconds: heard },
    channels: [...channels],
    covariance: Array.from(covariance),
  };
}
