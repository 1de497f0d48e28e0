import { createRandom } from "../../src/eeg/random.ts";
import { type EncoderSizes, parameterShapes } from "../../src/model/encoder.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import type { Model } from "../../src/model/model.ts";

/** The sizes of the models that are shipped. */
export const usualSizes: EncoderSizes = {
  components: 16,
  bands: 12,
  average: 40,
  width: 64,
  layers: 2,
  heads: 4,
  feedForward: 128,
  window: 20,
  classes: 2,
};

/** No size is a multiple of 4, or of another. */
export const oddSizes: EncoderSizes = {
  components: 5,
  bands: 3,
  average: 3,
  width: 15,
  layers: 3,
  heads: 3,
  feedForward: 22,
  window: 7,
  classes: 3,
};

/** Those of a model that looks for evoked responses too. */
export const evokedSizes: EncoderSizes = {
  ...oddSizes,
  evoked: { responses: 3, onsets: 5, reach: 4, window: 6 },
};

export interface RandomModelOptions {
  readonly sizes?: EncoderSizes;
  readonly seed?: number;
  readonly minContextSeconds?: number;
}

/** A model with seeded random weights of the size that training gives them: it decodes nothing, but does so always alike. */
export function randomModel(options: RandomModelOptions = {}): Model {
  const { sizes = usualSizes, seed = 1, minContextSeconds = 2 } = options;
  const random = createRandom(seed);
  const weights = new Map<string, Float32Array>();
  for (const [name, shape] of parameterShapes(sizes)) {
    const size = shape.reduce((product, n) => product * n, 1);
    const spread = 1 / Math.sqrt(shape.at(-1)!);
    const data = Float32Array.from({ length: size }, () => random.normal() * spread);
    if (/norm\d?\.weight$/.test(name)) data.forEach((value, i) => (data[i] = 1 + 0.1 * value));
    if (name === "bands.centre") data.forEach((_, k) => (data[k] = 3 + (35 * k) / size));
    if (name === "bands.width") data.fill(1.5);
    if (name === "token.mean") data.forEach((value, i) => (data[i] = 1 + value));
    if (name === "token.deviation") data.forEach((value, i) => (data[i] = 1.2 + 0.5 * Math.abs(value)));
    if (name === "evoked.deviation") data.forEach((value, i) => (data[i] = 4 + Math.abs(value)));
    weights.set(name, data);
  }
  return { manifest: randomManifest(sizes, minContextSeconds), weights, weightsHash: "0".repeat(64) };
}

function randomManifest(sizes: EncoderSizes, minContextSeconds: number): Manifest {
  return {
    format: "brainwire-model/1",
    name: "random",
    version: "0.0.0",
    task: "none: weights are random",
    labels: Array.from({ length: sizes.classes }, (_, i) => `class-${i + 1}`),
    input: {
      sfreq: 160,
      unit: "µV",
      filters: [{ kind: "bandpass", lowHz: 1, highHz: 45, order: 2 }],
      reference: "average",
      channels: { region: ["O1", "Oz", "O2"], atLeast: 2 },
    },
    architecture: { kind: "bandpower-transformer", sizes, epsilon: 0.01, minContextSeconds },
    output: { kind: "logits", temperature: 1.5, abstainBelow: 0 },
    calibration: "none",
    weights: { file: "weights.safetensors", sha256: "0".repeat(64) },
    training: { data: "none", subjects: "none", seed: 1, config: "none", commit: "none" },
    metrics: { split: "none", n: 0, values: {}, baselines: {} },
  };
}
