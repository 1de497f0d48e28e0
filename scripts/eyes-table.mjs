// The figures of models/eyes: five folds over S001-S080 with five seeds each, beside the baseline, then the model
// itself. Every training is kept, so an interrupted table goes on where it stopped:
//   npm run build && node scripts/eyes-table.mjs [--seeds 5] [--threads 2] [--ship]
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  crossValidateBaseline,
  figures,
  fileCheckpoint,
  measure,
  parseTrainingConfig,
  readDataSet,
  recordingsCache,
  trainFold,
  trainModel,
} from "../dist/index.node.js";

const { values: options } = parseArgs({
  options: {
    seeds: { type: "string", default: "5" },
    threads: { type: "string", default: "2" },
    ship: { type: "boolean", default: false },
  },
});
const folder = fileURLToPath(new URL("../models/eyes/", import.meta.url));
const text = readFileSync(join(folder, "train.json"), "utf8");
const config = parseTrainingConfig(text, "models/eyes/train.json");
const folds = 5;
const seeds = Array.from({ length: Number(options.seeds) }, (_, seed) => seed);
const threads = Number(options.threads);
const kept = join(
  recordingsCache(),
  "eyes-table",
  createHash("sha256").update(text).digest("hex").slice(0, 12),
);
mkdirSync(kept, { recursive: true });

const data = await readDataSet({
  config,
  folder,
  progress: ({ files, of }) => show(`reading ${files} of ${of} recordings`),
});
const table = [];
for (const seed of seeds) {
  const judged = [];
  for (let fold = 0; fold < folds; fold++) judged.push(...(await one(fold, seed)));
  const metrics = measure(judged, config.labels.length);
  table.push(metrics);
  console.log(`seed ${seed}: ${line(metrics)}`);
}
const baseline = measure(
  await remembered("baseline", () => crossValidateBaseline(data, folds)),
  config.labels.length,
);
const accuracies = table.map(({ balancedAccuracy }) => balancedAccuracy);
const mean = average(accuracies);
const spread = Math.sqrt(
  average(accuracies.map((a) => (a - mean) ** 2)) * (seeds.length / Math.max(1, seeds.length - 1)),
);
console.log(
  `eyes, plain: ${mean.toFixed(4)} (standard deviation over ${seeds.length} seeds ${spread.toFixed(4)})`,
);
console.log(`baseline:    ${line(baseline)}`);

const all = table.map(figures);
const values = Object.fromEntries(
  Object.keys(all[0]).map((name) => [name, round(average(all.map((f) => f[name])))]),
);
const metrics = {
  split: `five folds over S001-S080 by index modulo 5, mean over ${seeds.length} seeds; a decision every 4 s`,
  n: table[0].n,
  values: { ...values, balancedAccuracySpreadOverSeeds: round(spread) },
  baselines: { "band power, shrinkage LDA": round(baseline.balancedAccuracy) },
};
writeFileSync(join(kept, "metrics.json"), JSON.stringify(metrics, null, 2));

if (options.ship) {
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], {
    cwd: folder,
    encoding: "utf8",
  }).trim();
  const { metrics: chosen } = await trainModel({
    config: join(folder, "train.json"),
    out: folder.replace(/[\\/]$/, ""),
    threads,
    metrics,
    commit,
    onStep: ({ step, steps, loss }) => show(`shipping: step ${step} of ${steps}, loss ${loss.toFixed(3)}`),
  });
  console.log(`shipped: on S071-S080 ${line(chosen)}`);
}

/** Decisions of one fold with one seed, trained unless that was done before. */
function one(fold, seed) {
  const name = `fold-${fold}-seed-${seed}`;
  return remembered(name, () =>
    trainFold({
      config,
      data,
      folds,
      fold,
      seed,
      threads,
      choose: 1 / 8,
      checkpoint: fileCheckpoint(join(kept, `${name}.checkpoint`)),
      progress: ({ step, steps, loss }) => show(`${name}: step ${step} of ${steps}, loss ${loss.toFixed(3)}`),
    }),
  );
}

async function remembered(name, make) {
  const path = join(kept, `${name}.json`);
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    const made = await make();
    writeFileSync(path, JSON.stringify(made));
    rmSync(join(kept, `${name}.checkpoint`), { force: true });
    return made;
  }
}

function line({ balancedAccuracy, interval, worstTenth, auc, logLoss, ece }) {
  const [low, high] = interval.map((v) => v.toFixed(3));
  return `balanced accuracy ${balancedAccuracy.toFixed(4)} (${low} to ${high}), worst tenth ${worstTenth.toFixed(3)}, AUC ${auc.toFixed(3)}, log loss ${logLoss.toFixed(3)}, ECE ${ece.toFixed(3)}`;
}

function show(progress) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${progress}`);
}

function average(values) {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function round(value) {
  return Math.round(value * 1e4) / 1e4;
}
