// How strongly a person's own head (`brainwire calibrate --head`) is held to the model's: chosen on people whom the model has
// not learned from, S061-S070, with a model trained without them; then measured once, with the shipped `eyes`, on S071-S080.
//   npm run build && node scripts/head-penalty.mjs [--threads 1]
// The first 30 s of each state fit the head; decisions from 44 s on count, every 4 s, whose labels hear
// nothing from before. What stands in docs/training.md.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { calibrateHead } from "../dist/decode/calibrate-head.js";
import { openFile } from "../dist/formats/open.node.js";
import { decode, loadModel, recordingsCache, trainModel } from "../dist/index.node.js";

const { values: options } = parseArgs({ options: { threads: { type: "string", default: "1" } } });
const penalties = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];
const fitSeconds = 30;
const times = [44, 48, 52, 56, 60];
const states = { R01: "eyes-open", R02: "eyes-closed" };
const people = (from) => Array.from({ length: 10 }, (_, i) => `S${String(from + i).padStart(3, "0")}`);

const others = await withoutThem();
print("S061-S070, a model trained on S001-S055 (S056-S060 chose its temperature):");
const chosen = [];
for (const hold of [null, ...penalties])
  chosen.push({ hold, ...report(await accuracies(others, people(61), hold), chosen[0]) });
const best = chosen.slice(1).reduce((a, b) => (b.mean > a.mean + 1e-9 ? b : a));
print(`chosen: ${best.hold}\n`);

const eyes = await loadModel("eyes");
print("S071-S080, the shipped model:");
const plain = report(await accuracies(eyes, people(71), null));
report(await accuracies(eyes, people(71), best.hold), plain);

/** Balanced accuracy of each person: of the model as it is, or with her own head. */
async function accuracies(model, subjects, hold) {
  const all = [];
  for (const subject of subjects) {
    const runs = Object.entries(states).map(([run, label]) => ({
      label,
      path: join(recordingsCache(), "eegmmidb", `${subject}${run}.edf`),
    }));
    const calibration = hold === null ? undefined : await head(model, { subject, runs, hold });
    const shares = [];
    for (const { label, path } of runs) {
      const given = new Map();
      await withItems(path, async (items) => {
        for await (const decision of decode(items, model, {
          clock: "none",
          ...(calibration && { calibration }),
        }))
          given.set(Math.round(decision.time * 10), decision.label);
      });
      shares.push(times.filter((time) => given.get(time * 10) === label).length / times.length);
    }
    all.push(shares.reduce((a, b) => a + b, 0) / shares.length);
  }
  return { hold, all };
}

async function head(model, { subject, runs, hold }) {
  const opened = await Promise.all(runs.map(({ path }) => openFile(path)));
  const recordings = opened.map((recording, i) => ({
    items: recording.items(),
    spans: [{ from: 0, to: fitSeconds, label: runs[i].label }],
  }));
  const calibration = await calibrateHead(recordings, model, { name: subject, hold });
  for (const recording of opened) await recording.close();
  return calibration;
}

async function withItems(path, work) {
  const recording = await openFile(path);
  await work(recording.items());
  await recording.close();
}

function report({ hold, all }, plain) {
  const mean = all.reduce((a, b) => a + b, 0) / all.length;
  const count = (test) => all.filter((value, i) => test(value - plain.all[i])).length;
  const beside = plain ? `  helped ${count((d) => d > 1e-9)}, hurt ${count((d) => d < -1e-9)}` : "";
  const what = hold === null ? "no head" : `penalty ${hold}`;
  print(`  ${what.padEnd(14)} ${mean.toFixed(3)}  worst ${Math.min(...all).toFixed(3)}${beside}`);
  return { mean, all };
}

/** The recipe of `eyes`, learned without S061-S080; kept for the next time. */
async function withoutThem() {
  const config = JSON.parse(readFileSync(new URL("../models/eyes/train.json", import.meta.url), "utf8"));
  const split = { train: ["S001-S055"], choose: ["S056-S060"] };
  const recordings = ["cache:eegmmidb/S0[0-5][0-9]R0[12].edf", "cache:eegmmidb/S060R0[12].edf"];
  const text = JSON.stringify({
    ...config,
    name: "eyes-without",
    split,
    data: { ...config.data, recordings },
  });
  const recipe = createHash("sha256").update(text).digest("hex").slice(0, 12);
  const folder = join(recordingsCache(), "head-penalty", recipe);
  const out = join(folder, "model");
  if (!existsSync(join(out, "model.json"))) {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, "train.json");
    writeFileSync(path, text);
    const { metrics } = await trainModel({ config: path, out, threads: Number(options.threads) });
    print(`trained; ${metrics.balancedAccuracy.toFixed(3)} on S056-S060\n`);
  }
  return loadModel(out);
}

function print(text) {
  process.stdout.write(`${text}\n`);
}
