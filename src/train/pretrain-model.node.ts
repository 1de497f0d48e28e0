/** From a configuration file to the folder of a pre-trained encoder: what `brainwire pretrain` does. */
import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { readDataSet } from "./data-set.node.ts";
import type { TrainingProgress } from "./descent.ts";
import { pretrain } from "./pretrain.ts";
import { writePretrained } from "./pretrained-file.node.ts";
import { parsePretrainingConfig, unlabelled } from "./pretraining-config.ts";
import type { Split } from "./split.ts";
import { fileCheckpoint, readText, splitOf } from "./train-model.node.ts";

export interface PretrainModelOptions {
  /** Path of the configuration (`brainwire-pretraining/1`). */
  readonly config: string;
  /** Folder that the encoder is written to. */
  readonly out: string;
  /** Cores. @default 2 */
  readonly threads?: number;
  readonly onRead?: (read: { readonly files: number; readonly of: number }) => void;
  readonly onStep?: (progress: TrainingProgress) => void;
  /** Interrupts; called again with the same options the training goes on. */
  readonly signal?: AbortSignal;
}

export interface PretrainModelResult {
  readonly split: Split;
  /** Mean squared error of hidden tokens on the subjects who choose, and of saying the mean. */
  readonly error: number;
  readonly ofMean: number;
}

/** @throws EegError CONFIG_INVALID, TRAINING_DATA, FILE_UNREADABLE, FILE_UNWRITABLE, ENGINE_UNAVAILABLE */
export async function pretrainModel(options: PretrainModelOptions): Promise<PretrainModelResult> {
  const { out, threads = 2, onRead, onStep, signal } = options;
  const text = await readText(options.config);
  const config = parsePretrainingConfig(text, options.config);
  const training = unlabelled(config);
  const data = await readDataSet({
    config: training,
    folder: dirname(options.config),
    ...(onRead && { progress: onRead }),
  });
  const split = splitOf(training, data);
  const { weights, error, ofMean } = await pretrain({
    config,
    data,
    split,
    threads,
    checkpoint: fileCheckpoint(`${out}.checkpoint`),
    ...(onStep && { progress: onStep }),
    ...(signal && { signal }),
  });
  const { name, input, sizes, epsilon, seed } = config;
  await writePretrained(out, weights, {
    name,
    input,
    sizes,
    epsilon,
    training: {
      data: config.data.description,
      subjects: `${split.train.length} train, ${split.choose.length} choose`,
      seed,
      config: `${basename(options.config)}, SHA-256 ${createHash("sha256").update(text).digest("hex")}`,
      commit: "unknown",
    },
    metrics: { error, ofMean },
  });
  await rm(`${out}.checkpoint`, { force: true });
  return { split, error, ofMean };
}
