// What pre-training is worth: one encoder that attends over time, pre-trained in each of five folds on the training
// subjects' recordings without labels, then trained for each task; beside it the same encoder from fresh weights.
//   npm run build && node scripts/pretraining-table.mjs eyes fists rest-or-move [--seeds 5] [--threads 2] [--few eyes]
// --few adds, for a task, the same with the labels of eight of the training subjects, where pre-training has seen all of
// them.
// Writes models/pretraining.json, which models-table.mjs prints into models/README.md. Every training is kept, so an
// interrupted table goes on where it stopped.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measure, parseTrainingConfig, readDataSet, trainFold } from "../dist/index.node.js";
import { pretrain } from "../dist/train/pretrain.js";
import { parsePretrainingConfig, unlabelled } from "../dist/train/pretraining-config.js";
import { foldSplit, permutation } from "../dist/train/split.js";
import { keptTrainings, remembered, summaryOf } from "./figures.mjs";

const { values: options, positionals: tasks } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: "5" },
    threads: { type: "string", default: "2" },
    few: { type: "string", multiple: true, default: [] },
  },
});
const folds = 5;
const threads = Number(options.threads);
const fewPeople = 8;
const seeds = Array.from({ length: Number(options.seeds) }, (_, seed) => seed);
const models = fileURLToPath(new URL("../models/", import.meta.url));
const plan = JSON.parse(readFileSync(new URL("pretraining.json", import.meta.url), "utf8"));
const kept = keptTrainings("pretraining-table", JSON.stringify(plan));

const encoder = pretrainedEncoders();
const rows = [];
for (const task of tasks)
  for (const people of options.few.includes(task) ? [null, fewPeople] : [null])
    rows.push(...(await compare(task, people)));
writeFileSync(
  join(models, "pretraining.json"),
  `${JSON.stringify({ sizes: plan.pretrain.sizes, steps: plan.pretrain.recipe.steps, seeds: seeds.length, ...(await encoder.errors()), rows }, null, 2)}\n`,
);

/**
 * Two rows: from fresh weights, and from pre-trained ones.
 * @param people whose labels are learned from; null for all who train
 */
async function compare(task, people) {
  const path = join(models, task, "train.json");
  const { calibration: _, ...own } = JSON.parse(readFileSync(path, "utf8"));
  const { sizes, epsilon } = plan.pretrain;
  const change = plan.tasks[task];
  const config = parseTrainingConfig(
    JSON.stringify({
      ...own,
      sizes,
      epsilon,
      data: { ...own.data, classes: { ...own.data.classes, ...change.classes } },
      recipe: { ...plan.recipe, ...change.recipe },
    }),
    path,
  );
  let read;
  const data = async () => (read ??= await readDataSet({ config, folder: join(models, task) }));
  const few = people === null ? "" : `${people}-`;
  const found = [];
  for (const begin of ["fresh weights", "pre-trained"]) {
    const all = [];
    for (const seed of seeds) {
      const judged = [];
      for (let fold = 0; fold < folds; fold++)
        judged.push(
          ...(await once(`${few}${task}-${begin.replace(" ", "-")}-${fold}-${seed}`, async () => {
            const from = begin === "pre-trained" ? await encoder.of(fold, seed) : null;
            const set = await data();
            return trainFold({
              config,
              data: set,
              folds,
              fold,
              seed,
              threads,
              choose: 1 / 8,
              ...(from && { from }),
              ...(people !== null && { split: splitOf(people, set, fold) }),
            });
          })),
        );
      console.log(`${few}${task}, ${begin}, seed ${seed}: ${measure(judged, 2).balancedAccuracy.toFixed(4)}`);
      all.push(judged);
    }
    found.push({ task, begin, people, ...summaryOf(all, config.labels.length) });
  }
  return found;
}

/** A fold of which so few people train. */
function splitOf(people, data, fold) {
  const subjects = data.recordings.map(({ subject }) => subject);
  const split = foldSplit(subjects, { folds, fold, choose: 1 / 8 });
  const order = permutation(split.train.length, fold).slice(0, people);
  return { ...split, train: split.train.filter((_, i) => order.includes(i)) };
}

/** Encoders pre-trained on each fold's training subjects. */
function pretrainedEncoders() {
  const config = (seed) =>
    parsePretrainingConfig(JSON.stringify({ ...plan.pretrain, seed }), "scripts/pretraining.json");
  let read;
  const data = () => (read ??= readDataSet({ config: unlabelled(config(0)), folder: models }));
  const known = async (fold, seed) =>
    once(`encoder-${fold}-${seed}`, async () => {
      const set = await data();
      const subjects = set.recordings.map(({ subject }) => subject);
      const split = foldSplit(subjects, { folds, fold, choose: 1 / 8 });
      const { weights, error, ofMean } = await pretrain({ config: config(seed), data: set, split, threads });
      console.log(
        `encoder, fold ${fold}, seed ${seed}: error ${error.toFixed(3)}, of the mean ${ofMean.toFixed(3)}`,
      );
      return { error, ofMean, weights: Object.fromEntries([...weights].map(([name, w]) => [name, [...w]])) };
    });
  return {
    async of(fold, seed) {
      const { weights } = await known(fold, seed);
      const { name, sizes, epsilon, input } = plan.pretrain;
      return {
        name,
        hash: `${name}-${fold}-${seed}`,
        sizes,
        epsilon,
        input,
        labels: [],
        weights: new Map(Object.entries(weights).map(([key, w]) => [key, Float32Array.from(w)])),
        learn: "all",
      };
    },
    /** Mean over folds and seeds. */
    async errors() {
      const all = [];
      for (const seed of seeds) for (let fold = 0; fold < folds; fold++) all.push(await known(fold, seed));
      const mean = (of) => Number((all.reduce((sum, one) => sum + of(one), 0) / all.length).toFixed(3));
      return { error: mean((one) => one.error), ofMean: mean((one) => one.ofMean) };
    },
  };
}

function once(what, make) {
  return remembered(join(kept, `${what}.json`), make);
}
