// EEGNet as a model that streams: trained like the baseline of models-table.mjs, on the people that a task's train.json
// names, and written as an ONNX decoder of windows.
//   npm run build && node scripts/eegnet-model.mjs fists [--threads 2]      writes models/fists-eegnet
// The card and the figures of five folds (models-table.mjs --baselines --eegnet 5) stay what they are.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measure, parseTrainingConfig, readDataSet } from "../dist/index.node.js";
import { onnxBytes } from "../dist/model/graph/onnx.js";
import { completeManifest } from "../dist/model/write-window-model.node.js";
import { eegnetWindowGraph } from "../dist/train/eegnet-graph.js";
import { createEegnetJudge, trainEegnet } from "../dist/train/eegnet-training.js";
import { eegnetWindows } from "../dist/train/eegnet-windows.js";
import { withProbabilities } from "../dist/train/judge.js";
import { fitTemperature } from "../dist/train/temperature.js";
import { splitOf } from "../dist/train/train-model.node.js";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: "string", default: "2" } },
});
const threads = Number(options.threads);
const models = fileURLToPath(new URL("../models/", import.meta.url));
const [task] = positionals;
const path = join(models, task, "train.json");
const text = readFileSync(path, "utf8");
const config = parseTrainingConfig(text, path);
const data = await readDataSet({ config, folder: join(models, task) });
const split = splitOf(config, data);
const windows = eegnetWindows(data, { config, view: "plain" });
const of = (subjects) => windows.trials.filter(({ recording }) => subjects.includes(recording.subject));
const sizes = {
  channels: data.electrodes.length,
  samples: windows.samples,
  taps: 80,
  classes: data.labels.length,
};
const tensors = await trainEegnet({
  windows,
  sizes,
  train: of(split.train),
  choose: of(split.choose),
  rounds: 60,
  patience: 25,
  seed: config.seed,
  threads,
  progress: ({ round, logLoss }) => console.log(`round ${round}, log loss ${logLoss.toFixed(4)}`),
});
const judge = await createEegnetJudge({ windows, sizes, threads });
const judged = await judge.judge(of(split.choose), tensors);
await judge.release();
const temperature = fitTemperature(
  judged.flatMap(({ truth, logits }) => (logits ? [{ truth, logits }] : [])),
);
const own = measure(withProbabilities(judged, temperature), sizes.classes);
console.log(`on those who choose: ${own.balancedAccuracy.toFixed(4)}, temperature ${temperature.toFixed(3)}`);

const folder = join(models, `${task}-eegnet`);
const known = JSON.parse(readFileSync(join(models, task, "figures.json"), "utf8"));
const row = known.rows.find(({ decoder, view }) => decoder === "EEGNet" && view === "plain");
const graph = onnxBytes(eegnetWindowGraph(sizes, tensors));
const manifest = await completeManifest(
  {
    format: "brainwire-model/1",
    name: `${task}-eegnet`,
    version: "1.0.0",
    task: `${config.task}, by waveforms (EEGNet)`,
    labels: config.labels,
    input: {
      sfreq: config.input.sfreq,
      unit: "µV",
      filters: config.input.filters,
      reference: config.input.reference,
      channels: { order: data.electrodes, interpolateAtMost: 4 },
      window: { samples: sizes.samples, hopSamples: 16 },
      normalisation: { way: "none" },
    },
    architecture: {
      kind: "onnx-window",
      input: { name: "window", axes: ["batch", "channels", "samples"] },
      output: { name: "logits" },
    },
    output: { kind: "logits", temperature, abstainBelow: 0 },
    calibration: "none",
    training: {
      data: config.data.description,
      subjects: `${split.train.length} train, ${split.choose.length} choose`,
      seed: config.seed,
      config: `scripts/eegnet-model.mjs ${task}, train.json, SHA-256 ${createHash("sha256").update(text).digest("hex")}`,
      commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: models, encoding: "utf8" }).trim(),
    },
    metrics: {
      split: known.split.replace(
        /mean over \d+ seeds?/,
        `mean over ${row.seeds} seed${row.seeds > 1 ? "s" : ""}`,
      ),
      n: windows.trials.length,
      values: { balancedAccuracy: row.balancedAccuracy, auc: row.auc, logLoss: row.logLoss, ece: row.ece },
      baselines: Object.fromEntries(
        known.rows
          .filter(({ decoder, view }) => view === "plain" && !/EEGNet|central/.test(decoder))
          .map(({ decoder, balancedAccuracy }) => [decoder, balancedAccuracy]),
      ),
    },
  },
  graph,
);
writeFileSync(join(folder, "model.onnx"), graph);
writeFileSync(join(folder, "model.json"), `${JSON.stringify(manifest, null, 2)}\n`);
console.log(`${folder}: ${graph.length} bytes`);
