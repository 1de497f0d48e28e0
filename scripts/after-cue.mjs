// How soon after its cue a label is right: models and EEGNet, trained in the folds of the tables for the decision at 4 s,
// judged on the people who were left out at 1, 1.5, ... 4 s; and EEGNet trained on windows that end up to 2.5 s earlier.
// Plain, one seed.
//   npm run build && node scripts/after-cue.mjs fists fists-rhythms rest-or-move [--threads 2]
// Every training is kept, so an interrupted table goes on where it stopped. What stands in the models' cards.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measure, parseTrainingConfig, readDataSet } from "../dist/index.node.js";
import { covarianceSet } from "../dist/train/covariance-set.js";
import { fitEegnetFold } from "../dist/train/eegnet-fold.js";
import { withProbabilities } from "../dist/train/judge.js";
import { isPlain } from "../dist/train/recording-data.js";
import { foldSplit } from "../dist/train/split.js";
import { trainJudged } from "../dist/train/train-judged.js";
import { keptTrainings, remembered } from "./figures.mjs";

const { values: options, positionals: tasks } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: "string", default: "2" } },
});
const threads = Number(options.threads);
const folds = 5;
const judgedAt = 4;
const times = [1, 1.5, 2, 2.5, 3, 3.5, 4];
const patchesASecond = 10;
/** Learned from times as early as those that `fists` learns from. */
const earlierSeconds = 2.5;
const early = `EEGNet ${earlierSeconds} s earlier`;

for (const task of tasks) {
  const folder = fileURLToPath(new URL(`../models/${task}`, import.meta.url));
  const text = readFileSync(join(folder, "train.json"), "utf8");
  const config = parseTrainingConfig(text, join(folder, "train.json"));
  const kept = keptTrainings(`${task}-after-cue`, text);
  let read;
  const data = async () => (read ??= await withCovariances(config, await readDataSet({ config, folder })));
  for (const [decoder, judged] of Object.entries({
    [task]: ofModel,
    EEGNet: ofEegnet,
    [early]: ofEarlyEegnet,
  })) {
    const all = [];
    for (let fold = 0; fold < folds; fold++) {
      const make = async () =>
        judged({ config, data: await data(), folds, fold, choose: 1 / 8, seed: 0, threads });
      all.push(await remembered(join(kept, `${decoder}-${fold}.json`), make));
    }
    const figures = times.map((_, i) => {
      const { balancedAccuracy } = measure(
        all.flatMap((ofFold) => ofFold[i]),
        config.labels.length,
      );
      return `${times[i]} s ${balancedAccuracy.toFixed(3)}`;
    });
    console.log(`${task}, ${decoder}: ${figures.join("  ")}`);
  }
}

/** The decisions of those who were left out, time by time. */
async function ofModel(fold) {
  const { data } = fold;
  const split = foldSplit(
    data.recordings.map(({ subject }) => subject),
    fold,
  );
  const { judge } = await trainJudged({ ...fold, split });
  const tested = data.recordings.filter((one) => isPlain(one) && split.test.includes(one.subject));
  const all = [];
  for (const time of times) {
    const counting = tested.map(({ judged }) => judged);
    tested.forEach((one, i) => (one.judged = moved(counting[i], time)));
    all.push(withProbabilities(await judge(tested), 1));
    tested.forEach((one, i) => (one.judged = counting[i]));
  }
  return all;
}

async function ofEegnet(options) {
  const fold = await fitEegnetFold({ ...options, view: "plain" });
  const all = [];
  for (const time of times)
    all.push(await fold.judge(fold.tested.map((trial) => ({ ...trial, ...moved([trial], time)[0] }))));
  await fold.release();
  return all;
}

function ofEarlyEegnet(options) {
  return ofEegnet({ ...options, earlierSeconds });
}

/** Covariances are made of the patches that are judged: for once of those at all times. */
async function withCovariances(config, data) {
  const counting = data.recordings.map(({ judged }) => judged);
  data.recordings.forEach((one, i) => (one.judged = times.flatMap((time) => moved(counting[i], time))));
  await covarianceSet(data, config, threads);
  data.recordings.forEach((one, i) => (one.judged = counting[i]));
  return data;
}

/** Decisions at 4 s after their cues, as those at another time. */
function moved(judged, time) {
  return judged.map(({ patch, truth }) => ({
    patch: patch - Math.round((judgedAt - time) * patchesASecond),
    truth,
  }));
}
