import { formatWeights } from "../model/load.ts";
import type { Manifest } from "../model/manifest.ts";
import type { Tensors } from "./adamw.ts";
import { encoderSizes, type TrainingConfig } from "./config.ts";

export interface TrainedModel {
  readonly config: TrainingConfig;
  readonly weights: Tensors;
  readonly temperature: number;
  readonly training: Manifest["training"];
  readonly metrics: Manifest["metrics"];
}

/** The contents of a model folder, by file name; the manifest last, for a folder without it is no model. */
export async function modelFiles(model: TrainedModel): Promise<ReadonlyMap<string, Uint8Array>> {
  const { config, weights, temperature, training, metrics } = model;
  const sizes = encoderSizes(config);
  const { bytes, sha256 } = await formatWeights(weights, sizes);
  const manifest: Manifest = {
    format: "brainwire-model/1",
    name: config.name,
    version: config.version,
    task: config.task,
    labels: config.labels,
    input: config.input,
    architecture: {
      kind: "bandpower-transformer",
      sizes,
      epsilon: config.epsilon,
      minContextSeconds: config.minContextSeconds,
    },
    output: { kind: "logits", temperature, abstainBelow: 0 },
    calibration: config.calibration ?? "none",
    weights: { file: "weights.safetensors", sha256 },
    training,
    metrics,
  };
  const text = new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
  return new Map([
    ["weights.safetensors", bytes],
    ["model.json", text],
  ]);
}
