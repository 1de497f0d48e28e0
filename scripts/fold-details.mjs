// What the models' cards say of the decisions of the folds beside the tables in models/README.md, from the trainings that
// models-table.mjs kept: how far seeds lie apart, whom alignment helps, and what a calibration on the first half minute is
// worth after it.
//   npm run build && node scripts/fold-details.mjs fists eyes-calibrated
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measure } from "../dist/index.node.js";
import { average, keptTrainings, ofView } from "./figures.mjs";

const folds = 5;
/** The shipped weights are trained on the others, so this is what to hold against their figures. */
const choosing = /^S07[1-9]|^S080/;
/** Of the decisions every 4 s in a person's state that calibrates, those in the first half minute. */
const calibrating = Math.floor(30 / 4);

for (const name of process.argv.slice(2)) {
  const text = readFileSync(fileURLToPath(new URL(`../models/${name}/train.json`, import.meta.url)), "utf8");
  const config = JSON.parse(text);
  const seeds = decisionsOf(keptTrainings(`${name}-table`, text));
  if (seeds.length === 0)
    throw new Error(`${name}: no trainings are kept here; node scripts/models-table.mjs ${name}`);
  const way = config.calibration?.way;
  const unaligned = way === "centre-tokens" ? "calibrated" : "plain";
  for (const view of way === "align-channels" ? ["plain", "aligned"] : [unaligned]) {
    const all = seeds.map((judged) => ofView(judged, view));
    say(`${name}, ${view}`, all);
    say(
      `${name}, ${view}, S071-S080 alone`,
      all.map((judged) => judged.filter((one) => choosing.test(one.subject))),
    );
  }
  if (way === "align-channels") {
    const changes = seeds.map((judged) => gains(ofView(judged, "plain"), ofView(judged, "aligned")));
    const range = (pick) => `${Math.min(...changes.map(pick))} to ${Math.max(...changes.map(pick))}`;
    console.log(`${name}: alignment helped ${range((g) => g.helped)} people, hurt ${range((g) => g.hurt)}`);
  }
  if (way === "centre-tokens") {
    const state = config.labels.indexOf(config.calibration.state);
    say(
      `${name}, less what calibrates`,
      seeds.map((judged) => withoutCalibrating(judged, state)),
    );
  }
}

/** For each seed of which all folds are kept, the decisions of all people. */
function decisionsOf(kept) {
  const seeds = [];
  for (let seed = 0; ; seed++) {
    const paths = Array.from({ length: folds }, (_, fold) => join(kept, `fold-${fold}-seed-${seed}.json`));
    if (!paths.every((path) => existsSync(path))) return seeds;
    const read = paths.map((path) => JSON.parse(readFileSync(path, "utf8")));
    seeds.push(read.flatMap((one) => (Array.isArray(one) ? one : one.judged)));
  }
}

function say(what, all) {
  const found = all.map((judged) => measure(judged, 2));
  const values = found.map((metrics) => metrics.balancedAccuracy);
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(3));
  const worst = average(found.map((metrics) => metrics.worstTenth)).toFixed(2);
  console.log(
    `${what}: ${average(values).toFixed(3)}, over ${all.length} seeds ${low} to ${high}; worst tenth ${worst}`,
  );
}

function gains(plain, aligned) {
  const people = [...new Set(plain.map(({ subject }) => subject))];
  const of = (judged, subject) =>
    measure(
      judged.filter((one) => one.subject === subject),
      2,
    ).balancedAccuracy;
  const by = people.map((subject) => of(aligned, subject) - of(plain, subject));
  return { helped: by.filter((d) => d > 1e-9).length, hurt: by.filter((d) => d < -1e-9).length };
}

/** A person's decisions come in the order of time. */
function withoutCalibrating(judged, state) {
  const seen = new Map();
  return judged.filter(({ subject, truth }) => {
    if (truth !== state) return true;
    seen.set(subject, (seen.get(subject) ?? 0) + 1);
    return seen.get(subject) > calibrating;
  });
}
