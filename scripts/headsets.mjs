// What a shipped model is worth with the electrodes of common headsets: the people who chose its temperature, all
// recordings cut down to those electrodes, judged as in its training; beside it calibrated, where the model takes that,
// with the same electrodes: channels aligned by all of the person's own runs, tokens centred by the first 30 s of the
// state. Prints the table of the model's card:
//   npm run build && node scripts/headsets.mjs [eyes] [--subjects S071-S072]
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { calibrate } from "../dist/decode/calibrate.js";
import { calibrateChannels } from "../dist/decode/calibrate-channels.js";
import { evaluateFiles, loadModel, parseTrainingConfig } from "../dist/index.node.js";
import { openFile } from "../dist/formats/open.node.js";
import { through } from "../dist/eeg/stage.js";
import { pickStage } from "../dist/signal/pick.js";
import { findFiles } from "../dist/train/recording-files.node.js";
import { namedSubjects } from "../dist/train/split.js";

const headsets = {
  "OpenBCI Cyton, 8": "Fp1 Fp2 C3 C4 P7 P8 O1 O2",
  "Unicorn Hybrid Black, 8": "Fz C3 Cz C4 Pz PO7 Oz PO8",
  "Neurosity Crown, 8": "CP3 C3 F5 PO3 PO4 F6 C4 CP4",
  "Emotiv EPOC, 14": "AF3 F7 F3 FC5 T7 P7 O1 O2 P8 T8 FC6 F4 F8 AF4",
  "OpenBCI Cyton + Daisy, 16": "Fp1 Fp2 C3 C4 P7 P8 O1 O2 F7 F8 F3 F4 T7 T8 P3 P4",
  "10-20 system, 19": "Fp1 Fp2 F7 F3 Fz F4 F8 T7 C3 Cz C4 T8 P7 P3 Pz P4 P8 O1 O2",
  "actiCAP, 32 less the 4 that the recordings lack":
    "Fp1 Fz F3 F7 FC5 FC1 C3 T7 CP5 CP1 Pz P3 P7 O1 Oz O2 P4 P8 CP6 CP2 Cz C4 T8 FC6 FC2 F4 F8 Fp2",
  "BioSemi, 32":
    "Fp1 AF3 F7 F3 FC1 FC5 T7 C3 CP1 CP5 P7 P3 Pz PO3 O1 Oz O2 PO4 P4 P8 CP6 CP2 C4 T8 FC6 FC2 F4 F8 AF4 Fp2 Fz Cz",
};
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { subjects: { type: "string" } },
});
const name = positionals[0] ?? "eyes";
const model = await loadModel(name);
const { calibration } = model.manifest;
const folder = fileURLToPath(new URL(`../models/${name}/`, import.meta.url));
const config = parseTrainingConfig(readFileSync(join(folder, "train.json"), "utf8"), "train.json");
const { classes: truth, judge, subject, recordings } = config.data;
const subjectOf = (path) => new RegExp(subject, "u").exec(path)[1];
const all = await findFiles(recordings, folder);
const wanted = options.subjects?.split(",") ?? config.split.choose;
const subjects = new Set(namedSubjects(all.map(subjectOf), wanted));
const files = all.filter((path) => subjects.has(subjectOf(path)));

const columns = calibration === "none" ? [""] : ["plain", `calibrated (${calibration.way})`];
const heading = columns.flatMap((column) => [
  `${column} balanced accuracy (95 % over people)`,
  `worst of ${subjects.size}`,
]);
print(["electrodes", ...heading.map((text) => text.trim())]);
print(["electrodes", ...heading].map(() => "---"));
for (const [headset, names] of [["all", null], ...Object.entries(headsets)]) {
  const channels = names?.split(" ");
  try {
    const { model: plain, calibrated } = await evaluateFiles({
      model,
      files,
      truth,
      judge,
      subject,
      ...(channels && { channels }),
      ...(calibration !== "none" && { calibration: remembered((of) => calibrationOf(of, channels)) }),
    });
    print([headset, ...[plain, ...(calibrated ? [calibrated.model] : [])].flatMap(cells)]);
  } catch (error) {
    if (error.code !== "CHANNEL_MISSING") throw error;
    const { region, atLeast } = model.manifest.input.channels;
    const held = region.filter((label) => channels.includes(label)).length;
    const why = `refused: ${held} of the region's electrodes, ${atLeast} are needed`;
    print([headset, why, ...heading.slice(1).map(() => "")]);
  }
}

function cells({ balancedAccuracy, interval: [low, high], subjects: people }) {
  const worst = Math.min(...people.map((one) => one.balancedAccuracy));
  return [`${balancedAccuracy.toFixed(3)} (${low.toFixed(2)} to ${high.toFixed(2)})`, worst.toFixed(2)];
}

/** A person's calibration with a headset's electrodes, as the model's manifest wants it. */
async function calibrationOf(person, channels) {
  const { way, state } = calibration;
  const own = files.filter((path) => subjectOf(path) === person);
  if (way === "centre-tokens") {
    const path = own.find((file) => new RegExp(truth.patterns[state], "u").test(basename(file)));
    return fromFile(path, channels, (items) => calibrate(items, model, { state, name: path, seconds: 30 }));
  }
  const runs = [];
  for (const path of own)
    runs.push(
      await fromFile(path, channels, (items) => calibrateChannels(items, model, { state, name: path })),
    );
  const seconds = runs.reduce((sum, run) => sum + run.recording.seconds, 0);
  const covariance = runs[0].covariance.map((_, i) =>
    runs.reduce((sum, run) => sum + (run.covariance[i] * run.recording.seconds) / seconds, 0),
  );
  return { ...runs[0], recording: { name: person, seconds }, covariance };
}

async function fromFile(path, channels, work) {
  const recording = await openFile(path);
  try {
    return await work(channels ? through(recording.items(), pickStage(channels)) : recording.items());
  } finally {
    await recording.close();
  }
}

function remembered(make) {
  const made = new Map();
  return (key) => made.get(key) ?? made.set(key, make(key)).get(key);
}

function print(row) {
  process.stdout.write(`| ${row.join(" | ")} |\n`);
}
