// What a calibration is worth by what it was made of: as the model wants it, of more of one state than of the other, of the
// wrong one. S071-S080, the people who chose the models' temperatures; what calibrates is not judged, but in the rows that say so.
//   npm run build && node scripts/unequal-calibration.mjs [--rest]
// Prints the tables of docs/training.md; --rest leaves out the imagined fists.
import { join } from "node:path";
import { calibrate } from "../dist/decode/calibrate.js";
import { calibrateChannels } from "../dist/decode/calibrate-channels.js";
import { calibrateHead } from "../dist/decode/calibrate-head.js";
import { openFile } from "../dist/formats/open.node.js";
import { decode, loadModel, recordingsCache } from "../dist/index.node.js";

const people = Array.from({ length: 10 }, (_, i) => `S${String(71 + i).padStart(3, "0")}`);
const fileOf = (person, run) => join(recordingsCache(), "eegmmidb", `${person}${run}.edf`);
const whole = [{ from: 0, to: Infinity }];
const first = (seconds) => [{ from: 0, to: seconds }];

await rest({ name: "eyes-calibrated", title: "centred tokens, from 44 s on", make: centred }, [
  ["nothing", null],
  ["30 s with open eyes, as the manifest wants", [30, 0]],
  ["30 s open, 10 s closed taken for open", [30, 10]],
  ["30 s open, 30 s closed taken for open", [30, 30]],
  ["30 s closed taken for open", [0, 30]],
]);
await rest({ name: "eyes", title: "own head, from 44 s on", make: ownHead }, [
  ["nothing", null],
  ["30 s of each state", [30, 30]],
  ["30 s open, 10 s closed", [30, 10]],
  ["10 s open, 30 s closed", [10, 30]],
]);
if (!process.argv.includes("--rest")) await imagery();

/** Rest runs, R01 open and R02 closed: decisions at 44, 48, ..., 60 s, which nothing of the first 30 s reaches. */
async function rest({ name, title, make }, ways) {
  const model = await loadModel(name);
  const times = [44, 48, 52, 56, 60];
  heading(`${name}: ${title}`);
  let plain;
  for (const [what, seconds] of ways) {
    const all = [];
    for (const person of people) {
      const calibration = seconds && (await make(model, person, seconds));
      const open = await labelsAt(model, fileOf(person, "R01"), { times, calibration });
      const closed = await labelsAt(model, fileOf(person, "R02"), { times, calibration });
      all.push((share(open, "eyes-open") + share(closed, "eyes-closed")) / 2);
    }
    plain ??= all;
    row(what, all, plain);
  }
}

/** Tokens of so many seconds of each state, averaged as if all were of the manifest's. */
async function centred(model, person, [open, closed]) {
  const parts = [];
  for (const [run, seconds] of [
    ["R01", open],
    ["R02", closed],
  ])
    if (seconds > 0)
      parts.push(
        await fromFile(fileOf(person, run), (items) =>
          calibrate(items, model, { state: "eyes-open", name: person, spans: first(seconds) }),
        ),
      );
  const patches = parts.reduce((sum, { recording }) => sum + recording.patches, 0);
  const centre = parts[0].centre.map((_, i) =>
    parts.reduce((sum, part) => sum + (part.centre[i] * part.recording.patches) / patches, 0),
  );
  return { ...parts[0], recording: { name: person, patches }, centre };
}

async function ownHead(model, person, [open, closed]) {
  const opened = [await openFile(fileOf(person, "R01")), await openFile(fileOf(person, "R02"))];
  const spans = [
    { from: 0, to: open, label: "eyes-open" },
    { from: 0, to: closed, label: "eyes-closed" },
  ];
  const recordings = opened.map((recording, i) => ({ items: recording.items(), spans: [spans[i]] }));
  const calibration = await calibrateHead(recordings, model, { name: person });
  for (const recording of opened) await recording.close();
  return calibration;
}

/** Imagined fists: the decisions 4 s after the cues of R08 and R12; R04 calibrates. */
async function imagery() {
  const model = await loadModel("fists-rhythms");
  const spansOf = (texts) => (annotations) =>
    annotations
      .filter(({ text }) => texts.includes(text))
      .map(({ onsetSeconds, durationSeconds }) => ({
        from: onsetSeconds,
        to: onsetSeconds + durationSeconds,
      }));
  const ways = [
    ["nothing", null, null],
    ["R04, two minutes, all of it", ["R04"], () => whole],
    ["its first minute", ["R04"], () => first(60)],
    ["its imagery, both sides", ["R04"], spansOf(["T1", "T2"])],
    ["its imagery of the left fist alone", ["R04"], spansOf(["T1"])],
    ["its imagery of the right fist alone", ["R04"], spansOf(["T2"])],
    ["its rest alone", ["R04"], spansOf(["T0"])],
    ["all three runs, those that are judged among them", ["R04", "R08", "R12"], () => whole],
  ];
  heading("fists-rhythms: aligned channels, runs R08 and R12");
  let plain;
  for (const [what, runs, spans] of ways) {
    const all = [];
    for (const person of people) {
      const calibration = runs && (await aligned(model, { person, runs, spans }));
      const right = { T1: [], T2: [] };
      for (const run of ["R08", "R12"]) {
        const path = fileOf(person, run);
        const cues = (await annotationsOf(path)).filter(({ text }) => text in right);
        const times = cues.map(({ onsetSeconds }) => onsetSeconds + 4);
        const labels = await labelsAt(model, path, { times, calibration });
        cues.forEach(({ text }, i) =>
          right[text].push(labels[i] === (text === "T1" ? "left-fist" : "right-fist")),
        );
      }
      all.push((share(right.T1, true) + share(right.T2, true)) / 2);
    }
    plain ??= all;
    row(what, all, plain);
  }
}

async function aligned(model, { person, runs, spans }) {
  const parts = [];
  for (const run of runs) {
    const path = fileOf(person, run);
    const of = spans(await annotationsOf(path));
    parts.push(
      await fromFile(path, (items) =>
        calibrateChannels(items, model, { state: "imagined-fists", name: person, spans: of }),
      ),
    );
  }
  const seconds = parts.reduce((sum, { recording }) => sum + recording.seconds, 0);
  const covariance = parts[0].covariance.map((_, i) =>
    parts.reduce((sum, part) => sum + (part.covariance[i] * part.recording.seconds) / seconds, 0),
  );
  return { ...parts[0], recording: { name: person, seconds }, covariance };
}

/** The label of the last decision at or before each time. */
async function labelsAt(model, path, { times, calibration }) {
  return fromFile(path, async (items) => {
    const labels = times.map(() => null);
    for await (const { time, label } of decode(items, model, {
      clock: "none",
      ...(calibration && { calibration }),
    }))
      times.forEach((at, i) => {
        if (time <= at + 1e-9) labels[i] = label;
      });
    return labels;
  });
}

async function annotationsOf(path) {
  const recording = await openFile(path);
  const { annotations } = await recording.summary();
  await recording.close();
  return annotations;
}

async function fromFile(path, work) {
  const recording = await openFile(path);
  try {
    return await work(recording.items());
  } finally {
    await recording.close();
  }
}

function share(values, wanted) {
  return values.filter((value) => value === wanted).length / values.length;
}

function heading(title) {
  print(`\n${title}\n`);
  print("| calibrated on | balanced accuracy | worst of ten | helped, hurt |");
  print("| --- | --- | --- | --- |");
}

function row(what, all, plain) {
  const mean = all.reduce((a, b) => a + b, 0) / all.length;
  const count = (test) => all.filter((value, i) => test(value - plain[i])).length;
  const beside = all === plain ? "" : `${count((d) => d > 1e-9)}, ${count((d) => d < -1e-9)}`;
  print(`| ${what} | ${mean.toFixed(3)} | ${Math.min(...all).toFixed(2)} | ${beside} |`);
}

function print(text) {
  process.stdout.write(`${text}\n`);
}
