// The figures of a shipped model and of its baselines: five folds over S001-S080, some seeds each, then the table of all
// models in models/README.md. Every training is kept, so an interrupted table goes on where it stopped:
//   npm run build && node scripts/models-table.mjs fists [--seeds 5] [--threads 2] [--baselines [--eegnet 1]] [--central] [--ship]
//   node scripts/models-table.mjs           only writes models/README.md anew, from models/*/figures.json
// --baselines fits those of covariances too (long, for two classes), and trains EEGNet with so many seeds (two minutes a fold); --central adds the figures of the central electrodes alone, one seed; --ship trains the model itself afterwards.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  crossValidateBaseline,
  crossValidateCovariances,
  figures,
  fileCheckpoint,
  measure,
  parseTrainingConfig,
  readDataSet,
  trainEegnetFold,
  trainFold,
  trainModel,
  withElectrodes,
} from "../dist/index.node.js";
import { modelsReadme } from "./models-readme.mjs";
import { average, keptTrainings, ofView, remembered, round, summaryOf } from "./figures.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: "5" },
    threads: { type: "string", default: "2" },
    baselines: { type: "boolean", default: false },
    eegnet: { type: "string", default: "1" },
    central: { type: "boolean", default: false },
    ship: { type: "boolean", default: false },
  },
});
const folds = 5;
const threads = Number(options.threads);
const models = fileURLToPath(new URL("../models/", import.meta.url));
const central = "FC5 FC3 FC1 FCz FC2 FC4 FC6 C5 C3 C1 Cz C2 C4 C6 CP5 CP3 CP1 CPz CP2 CP4 CP6".split(" ");

for (const name of positionals) await tabulate(name);
writeFileSync(join(models, "README.md"), modelsReadme());

async function tabulate(name) {
  const folder = join(models, name);
  const text = readFileSync(join(folder, "train.json"), "utf8");
  const config = parseTrainingConfig(text, join(folder, "train.json"));
  const kept = keptTrainings(`${name}-table`, text);
  let read;
  const dataSet = () =>
    (read ??= readDataSet({
      config,
      folder,
      progress: ({ files, of }) => show(`reading ${files} of ${of} recordings`),
    }));
  const centred = config.calibration?.way === "centre-tokens";
  const aligned = config.calibration?.way === "align-channels";
  const views = aligned ? ["plain", "aligned"] : centred ? ["calibrated"] : ["plain"];
  const rows = [];
  const seeds = Array.from({ length: Number(options.seeds) }, (_, seed) => seed);
  const add = (decoder, view, all) => {
    const row = {
      decoder,
      view,
      ...summaryOf(
        all.map((judged) => ofView(judged, view)),
        config.labels.length,
      ),
    };
    rows.push(row);
    console.log(`${name}: ${decoder}, ${view}: ${row.balancedAccuracy} (${row.low} to ${row.high})`);
  };

  const seconds = [];
  const all = await trained({ electrodes: null, kept: "", seeds });
  for (const view of views) add(name, view, all);
  if (centred) {
    const own = { ...config, calibration: { ...config.calibration, state: "any" } };
    add(name, "all own data", await trained({ as: own, electrodes: null, kept: "own-", seeds }));
  }
  const band = await once("baseline", async () => crossValidateBaseline(await dataSet(), folds));
  add("band power, shrinkage LDA", "plain", [band]);
  for (const view of options.baselines ? views : []) {
    const beside = await once(`covariances-${view}`, async () =>
      crossValidateCovariances(await dataSet(), { folds, view }),
    );
    for (const [key, words] of [
      ["csp-lda", "CSP (7-30 Hz), shrinkage LDA"],
      ["tangent-logistic", "tangent space (7-30 Hz), logistic regression"],
    ])
      add(words, view, [beside[key].map((one) => ({ ...one, aligned: view === "aligned" }))]);
  }
  for (const view of options.baselines ? views : [])
    add("EEGNet", view, await eegnet({ view, electrodes: null, kept: "", seeds: Number(options.eegnet) }));
  if (options.central) {
    const few = await trained({ electrodes: central, kept: "central-", seeds: [0] });
    for (const view of views) add(`${name}, central electrodes alone`, view, few);
    for (const view of options.baselines ? views.slice(0, 1) : []) {
      const judged = await eegnet({ view, electrodes: central, kept: "central-", seeds: 1 });
      add("EEGNet, central electrodes alone", view, judged);
    }
  }

  const result = {
    split: `five folds over S001-S080 by index modulo 5, mean over ${seeds.length} seed${seeds.length > 1 ? "s" : ""}; ${judgedAt(config)}`,
    seeds: seeds.length,
    task: config.task,
    sizes: config.sizes,
    trainingSeconds: seconds.length > 0 ? Math.round(median(seconds)) : null,
    rows,
  };
  writeFileSync(join(folder, "figures.json"), `${JSON.stringify(result, null, 2)}\n`);
  if (options.ship) await ship(config, { data: await dataSet(), folder, result, all });

  /** Decisions of all folds with each seed, trained unless that was done before. */
  async function trained({ as = config, electrodes, kept: prefix, seeds }) {
    const found = [];
    let narrow;
    for (const seed of seeds) {
      const judged = [];
      for (let fold = 0; fold < folds; fold++) {
        const one = `${prefix}fold-${fold}-seed-${seed}`;
        const known = await once(one, async () => {
          narrow ??= electrodes ? withElectrodes(await dataSet(), electrodes) : await dataSet();
          const begun = performance.now();
          let first = begun;
          const decided = await trainFold({
            config: as,
            data: narrow,
            folds,
            fold,
            seed,
            threads,
            choose: 1 / 8,
            checkpoint: fileCheckpoint(join(kept, `${one}.checkpoint`)),
            progress: ({ step, steps, loss }) => {
              if (step === 1) first = performance.now();
              show(`${name}, ${one}: step ${step} of ${steps}, loss ${loss.toFixed(3)}`);
            },
          });
          return { judged: decided, seconds: (performance.now() - first) / 1000 };
        });
        if (!Array.isArray(known) && prefix === "") seconds.push(known.seconds);
        judged.push(...(Array.isArray(known) ? known : known.judged));
      }
      const metrics = measure(ofView(judged, "plain"), config.labels.length);
      console.log(`${name}, seed ${seed}: ${prefix}${metrics.balancedAccuracy.toFixed(4)}`);
      found.push(judged);
    }
    return found;
  }

  /** Decisions of all folds of EEGNet with each seed, kept apart: they do not change with the model's recipe. */
  async function eegnet({ view, electrodes, kept: prefix, seeds }) {
    const { data, input, labels, calibration } = config;
    const place = keptTrainings(`${name}-eegnet`, JSON.stringify([data, input, labels, calibration]));
    let narrow;
    const found = [];
    for (let seed = 0; seed < seeds; seed++) {
      const judged = [];
      for (let fold = 0; fold < folds; fold++) {
        const one = `${prefix}${view}-fold-${fold}-seed-${seed}`;
        const make = async () => {
          narrow ??= electrodes ? withElectrodes(await dataSet(), electrodes) : await dataSet();
          return await trainEegnetFold({
            config,
            data: narrow,
            folds,
            fold,
            view,
            seed,
            threads,
            progress: ({ round, rounds, logLoss }) =>
              show(`EEGNet, ${one}: round ${round} of ${rounds}, loss ${logLoss.toFixed(3)}`),
          });
        };
        judged.push(...(await once(one, make, place)));
      }
      found.push(judged);
    }
    return found;
  }

  async function once(what, make, place = kept) {
    const made = await remembered(join(place, `${what}.json`), make);
    rmSync(join(place, `${what}.checkpoint`), { force: true });
    return made;
  }
}

/** Trains the model itself, with the table's figures in its manifest. */
async function ship(config, { data, folder, result, all }) {
  const own = result.rows.filter(({ decoder }) => decoder === config.name);
  const beside = result.rows.filter(({ decoder }) => decoder !== config.name && !decoder.includes("central"));
  const plain = all.map((judged) => figures(measure(ofView(judged, "plain"), config.labels.length)));
  const values = Object.fromEntries(
    Object.keys(plain[0]).map((key) => [key, round(average(plain.map((f) => f[key])))]),
  );
  const aligned = own.find(({ view }) => view === "aligned");
  const { metrics } = await trainModel({
    config: join(folder, "train.json"),
    out: folder,
    data,
    threads,
    metrics: {
      split: result.split,
      n: all[0].filter((one) => one.aligned !== true).length,
      values: {
        ...values,
        balancedAccuracySpreadOverSeeds: own[0].spread,
        ...(aligned && { alignedBalancedAccuracy: aligned.balancedAccuracy }),
      },
      baselines: Object.fromEntries(
        beside.map(({ decoder, view, balancedAccuracy }) => [
          view === "plain" ? decoder : `${decoder}, ${view}`,
          balancedAccuracy,
        ]),
      ),
    },
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: folder, encoding: "utf8" }).trim(),
    onStep: ({ step, steps, loss }) => show(`shipping: step ${step} of ${steps}, loss ${loss.toFixed(3)}`),
  });
  console.log(`shipped ${config.name}: on those who choose ${metrics.balancedAccuracy.toFixed(4)}`);
}

function judgedAt({ data: { judge } }) {
  return "everySeconds" in judge
    ? `a decision every ${judge.everySeconds} s`
    : `the decision ${judge.afterEventSeconds} s after each event`;
}

function show(progress) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${progress}`);
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
