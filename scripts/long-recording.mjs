// Eight hours of 64 channels at 512 Hz as BDF (2.8 GB), made here, decoded and written again: how much memory the two
// commands hold early on and at their ends, and whether samples beyond 2^31 bytes are those that were made.
//   npm run build && node scripts/long-recording.mjs [--hours 8] [--folder TEMP] [--out docs/long-recording.json]
import { spawn } from "node:child_process";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { fileSource, openRecording } from "../dist/index.node.js";

const { values: options } = parseArgs({
  options: {
    hours: { type: "string", default: "8" },
    folder: { type: "string", default: tmpdir() },
    out: { type: "string" },
  },
});
const rate = 512;
const seconds = Math.round(Number(options.hours) * 3600);
/** From stored integers to µV, as BioSemi's headers have it. */
const gain = (262143 + 262144) / (8388607 + 8388608);
const offset = -262144 + gain * 8388608;
const labels =
  "Fp1 AF7 AF3 F1 F3 F5 F7 FT7 FC5 FC3 FC1 C1 C3 C5 T7 TP7 CP5 CP3 CP1 P1 P3 P5 P7 P9 PO7 PO3 O1 Iz Oz POz Pz CPz Fpz Fp2 AF8 AF4 AFz Fz F2 F4 F6 F8 FT8 FC6 FC4 FC2 FCz Cz C2 C4 C6 T8 TP8 CP6 CP4 CP2 P2 P4 P6 P8 P10 PO8 PO4 O2".split(
    " ",
  );

const cli = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(options.folder, "brainwire-long-"));
const path = join(folder, "long.bdf");
const copy = join(folder, "copy.bdf");
try {
  generate();
  const { size } = statSync(path);
  console.log(
    `${path}: ${(size / 1e9).toFixed(2)} GB, ${seconds} s of ${labels.length} channels at ${rate} Hz`,
  );
  await expectSamples(path, "made");
  const decisions = join(folder, "decisions.jsonl");
  const decoded = await watched([
    "decode",
    path,
    "--model",
    "eyes",
    "--format",
    "jsonl",
    "--out",
    decisions,
    "--quiet",
  ]);
  const lines = readFileSync(decisions, "utf8").trim().split("\n");
  const last = JSON.parse(lines.at(-1));
  console.log(`decode: ${lines.length} decisions, the last at ${last.time} s; ${said(decoded)}`);
  if (Math.abs(last.time - seconds) > 1)
    throw new Error(`the last decision is at ${last.time} s of ${seconds} s`);
  const written = await watched(["convert", path, copy, "--quiet"]);
  console.log(`convert: ${(statSync(copy).size / 1e9).toFixed(2)} GB; ${said(written)}`);
  const checked = await expectSamples(copy, "written");
  const result = {
    recording: {
      hours: Number(options.hours),
      channels: labels.length,
      hertz: rate,
      format: "BDF",
      bytes: size,
    },
    processor: `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} cores`,
    node: process.version,
    decode: { decisions: lines.length, ...decoded },
    convert: { bytes: statSync(copy).size, ...written },
    samplesChecked: checked,
  };
  if (options.out) writeFileSync(options.out, `${JSON.stringify(result, null, 2)}\n`);
  const grown = Math.max(decoded.grownMegabytes, written.grownMegabytes);
  if (grown > 50) {
    console.error(`memory grew by ${grown} MB, more than 50`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** What the sample of a channel in a second is, as a stored integer: noise, a wave that comes and goes, and the second. */
function stored(second, c, i) {
  if (i === 0) return (second << 6) | c; // tells each second and channel from all others
  let state = Math.imul(second * 64 + c, 0x9e3779b1) ^ Math.imul(i + 1, 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 15), 0x2c1b3ce5);
  state ^= state >>> 13;
  const alpha = second % 120 < 60 ? 0 : 400 * Math.sin((2 * Math.PI * 10 * i) / rate);
  return Math.round(alpha + (state >> 22));
}

function generate() {
  const n = labels.length;
  const each = (text, width) => labels.map((label) => (text ?? label).padEnd(width)).join("");
  const header = [
    "\xffBIOSEMI",
    "X X X X".padEnd(80),
    "Startdate 05-MAR-2024 X X X".padEnd(80),
    "05.03.24",
    "22.00.00",
    String(256 * (n + 1)).padEnd(8),
    "24BIT".padEnd(44),
    String(seconds).padEnd(8),
    "1".padEnd(8),
    String(n).padEnd(4),
    each(undefined, 16),
    each("Active Electrode", 80),
    each("uV", 8),
    each("-262144", 8),
    each("262143", 8),
    each("-8388608", 8),
    each("8388607", 8),
    each("", 80),
    each(String(rate), 8),
    each("", 32),
  ].join("");
  const file = openSync(path, "w");
  writeSync(file, Buffer.from(header, "latin1"));
  const record = new Uint8Array(3 * rate * n);
  for (let second = 0; second < seconds; second++) {
    for (let c = 0, at = 0; c < n; c++)
      for (let i = 0; i < rate; i++, at += 3) {
        const value = stored(second, c, i);
        record[at] = value;
        record[at + 1] = value >> 8;
        record[at + 2] = value >> 16;
      }
    writeSync(file, record);
  }
  closeSync(file);
}

/** Samples anywhere and at the very end are those that were made. @returns how many were compared */
async function expectSamples(file, word) {
  const recording = await openRecording(await fileSource(file));
  const last = seconds * rate;
  let compared = 0;
  const places = Array.from({ length: 200 }, (_, k) => Math.floor((k / 200) * last) + k);
  for (const start of [...places, last - 1000, last - 1]) {
    const { data, nSamples } = await recording.readStretch({ start, nSamples: 1000 });
    if (nSamples !== Math.min(1000, last - start))
      throw new Error(`${word}: ${nSamples} samples at ${start}`);
    for (let c = 0; c < labels.length; c++)
      for (let i = 0; i < nSamples; i++, compared++) {
        const at = start + i;
        const due = Math.fround(stored(Math.floor(at / rate), c, at % rate) * gain + offset);
        if (data[c * nSamples + i] !== due)
          throw new Error(`${word}: sample ${at} of ${labels[c]} is ${data[c * nSamples + i]}, not ${due}`);
      }
  }
  await recording.close();
  return compared;
}

/** Runs a command and looks at its resident memory all the while. Early is when a tenth of its time was over. */
function watched(args) {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const child = spawn(process.execPath, [cli, ...args], { stdio: ["ignore", "inherit", "inherit"] });
    const seen = [];
    const watch = setInterval(() => {
      try {
        const pages = Number(readFileSync(`/proc/${child.pid}/statm`, "utf8").split(" ")[1]);
        seen.push({ at: performance.now() - begun, megabytes: (pages * 4096) / 1e6 });
      } catch {
        // it has just ended
      }
    }, 100);
    child.on("close", (code) => {
      clearInterval(watch);
      if (code !== 0) return reject(new Error(`${args[0]} ended with ${code}`));
      const took = performance.now() - begun;
      const within = (from, to) =>
        Math.max(
          ...seen.filter(({ at }) => at >= from * took && at < to * took).map(({ megabytes }) => megabytes),
        );
      const early = Math.round(within(0.05, 0.15));
      const end = Math.round(within(0.9, 1));
      const most = Math.round(within(0, 1));
      resolve({
        seconds: Math.round(took / 1000),
        earlyMegabytes: early,
        endMegabytes: end,
        mostMegabytes: most,
        grownMegabytes: Math.max(end, most) - early,
      });
    });
  });
}

function said({ seconds: took, earlyMegabytes, endMegabytes, mostMegabytes }) {
  return `${took} s, ${(seconds / took).toFixed(0)} times real time; resident ${earlyMegabytes} MB early, ${endMegabytes} MB at the end, ${mostMegabytes} MB at most`;
}
