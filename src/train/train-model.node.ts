/** From a configuration file to a model folder: what `brainwire train` does. */
import { createHash } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { EegError } from "../eeg/errors.ts";
import type { Manifest } from "../model/manifest.ts";
import { baselineRows, fitBaseline, judgeBaseline } from "./baseline.ts";
import { formatBaseline } from "./baseline-file.ts";
import type { CheckpointStore, TrainingProgress } from "./descent.ts";
import { parseTrainingConfig, type TrainingConfig } from "./config.ts";
import { recordingsOf } from "./cross-validate.ts";
import { readDataSet } from "./data-set.node.ts";
import { withProbabilities } from "./judge.ts";
import { measure, type Metrics } from "./metrics.ts";
import { modelFiles } from "./model-files.ts";
import { isPlain, type DataSet } from "./recording-data.ts";
import { namedSubjects, shareSplit, type Split } from "./split.ts";
import { fitTemperature } from "./temperature.ts";
import { trainJudged } from "./train-judged.ts";
import type { WarmStart } from "./warm-start.ts";
import { writable, writeWhole } from "./write-whole.node.ts";

export interface TrainModelOptions {
  /** Path of the configuration (`brainwire-training/1`). */
  readonly config: string;
  /** Folder that the model is written to. */
  readonly out: string;
  /** Weights to go on from. @default none: fresh ones */
  readonly from?: WarmStart;
  /** The configuration's data, where they have been read already. @default they are read */
  readonly data?: DataSet;
  /** Cores. @default 2 */
  readonly threads?: number;
  /** Figures that `model.json` gives, such as those of a cross-validation. @default those of the subjects who choose */
  readonly metrics?: Manifest["metrics"];
  /** Names the code that trains, for `model.json`. @default "unknown" */
  readonly commit?: string;
  readonly onRead?: (read: { readonly files: number; readonly of: number }) => void;
  readonly onStep?: (progress: TrainingProgress) => void;
  /** Interrupts; called again with the same options the training goes on. */
  readonly signal?: AbortSignal;
}

export interface TrainModelResult {
  readonly split: Split;
  /** On the subjects who choose: the model, and the baseline fitted to those who train. */
  readonly metrics: Metrics;
  readonly baseline: Metrics;
}

/**
 * Trains a model as a configuration says and writes its folder: `weights.safetensors`, `baseline.json`, `model.json`.
 * What an interrupt leaves behind is a checkpoint beside the folder.
 * @throws EegError CONFIG_INVALID, TRAINING_DATA, FILE_UNREADABLE, FILE_UNWRITABLE, ENGINE_UNAVAILABLE
 */
export async function trainModel(options: TrainModelOptions): Promise<TrainModelResult> {
  const { out, from, threads = 2, onRead, onStep, signal } = options;
  const text = await readText(options.config);
  const config = parseTrainingConfig(text, options.config);
  const data =
    options.data ??
    (await readDataSet({
      config,
      folder: dirname(options.config),
      ...(onRead && { progress: onRead }),
    }));
  const split = splitOf(config, data);
  const checkpoint = fileCheckpoint(`${out}.checkpoint`);
  await writable(mkdir(out, { recursive: true }), out);
  const { weights, judge } = await trainJudged({
    config,
    data,
    split,
    seed: config.seed,
    threads,
    checkpoint,
    ...(from && { from }),
    ...(onStep && { progress: onStep }),
    ...(signal && { signal }),
  });

  const choosing = recordingsOf(data, split.choose);
  const judged = await judge(choosing);
  const decided = judged.flatMap(({ truth, logits }) => (logits ? [{ truth, logits }] : []));
  const temperature = decided.length > 0 ? fitTemperature(decided) : 1;
  const all = withProbabilities(judged, temperature);
  const metrics = measure(
    all.filter(({ aligned }) => aligned !== true),
    config.labels.length,
  );
  const fitted = all.filter(({ aligned }) => aligned === true);

  const rowsOf = (recordings: DataSet["recordings"]) => baselineRows(recordings.filter(isPlain));
  const baseline = fitBaseline(rowsOf(recordingsOf(data, split.train)), config.labels.length);
  const beside = measure(judgeBaseline(baseline, rowsOf(choosing)), config.labels.length);

  const files = await modelFiles({
    config,
    weights,
    temperature,
    training: {
      data: config.data.description,
      subjects: `${split.train.length} train (${span(split.train)}), ${split.choose.length} choose (${span(split.choose)})`,
      seed: config.seed,
      config: configWords({ ...options, text }),
      commit: options.commit ?? "unknown",
    },
    metrics: options.metrics ?? {
      split: `the ${split.choose.length} subjects who chose the temperature`,
      n: metrics.n,
      values: {
        ...figures(metrics),
        ...(fitted.length > 0 && {
          alignedBalancedAccuracy: round(measure(fitted, config.labels.length).balancedAccuracy),
        }),
      },
      baselines: { [`band power, shrinkage LDA`]: round(beside.balancedAccuracy) },
    },
  });
  await writeWhole(join(out, "baseline.json"), formatBaseline(baseline, config.labels, data.electrodes));
  for (const [name, bytes] of files) await writeWhole(join(out, name), bytes);
  await rm(`${out}.checkpoint`, { force: true });
  return { split, metrics, baseline: beside };
}

/** The figures of a `model.json`. */
export function figures(metrics: Metrics): Record<string, number> {
  const { balancedAccuracy, auc, logLoss, ece, worstTenth, interval } = metrics;
  const values = {
    balancedAccuracy,
    auc,
    logLoss,
    ece,
    worstTenth,
    intervalLow: interval[0],
    intervalHigh: interval[1],
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, round(value)]));
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

export function splitOf({ split, seed }: TrainingConfig, data: DataSet): Split {
  const subjects = data.recordings.map(({ subject }) => subject);
  if (!("train" in split)) return shareSplit(subjects, split.choose, seed);
  const train = namedSubjects(subjects, split.train);
  const choose = namedSubjects(subjects, split.choose);
  const both = train.filter((subject) => choose.includes(subject));
  if (both.length > 0)
    throw new EegError(
      "CONFIG_INVALID",
      `split: ${both.join(", ")} would train and choose; a subject does one of them`,
    );
  return { train, choose, test: [] };
}

function span(subjects: readonly string[]): string {
  return subjects.length > 1 ? `${subjects[0]} to ${subjects.at(-1)}` : `${subjects[0]}`;
}

/** A checkpoint in a file, which is never half-written. */
export function fileCheckpoint(path: string): CheckpointStore {
  return {
    load: () => readFile(path).catch(() => null),
    save: (bytes) => writeWhole(path, bytes),
  };
}

function configWords({
  config,
  text,
  from,
}: Pick<TrainModelOptions, "config" | "from"> & { readonly text: string }): string {
  const file = `${basename(config)}, SHA-256 ${createHash("sha256").update(text).digest("hex")}`;
  if (!from) return file;
  return `${file}; from ${from.name}, weights ${from.hash}, ${from.learn === "head" ? "the head alone" : "all weights"}`;
}

export async function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new EegError("FILE_UNREADABLE", `${path}: cannot be read (${cause.code ?? cause.message})`, {
      cause,
    });
  });
}
