// The whole path, EDF file to labels: 64 channels at 160 Hz, a decision every 100 ms, one core. The yardstick is
// real time itself; memory is that of a process of its own, for a minute and for two hours.
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decode, replay } from "../dist/index.node.js";
import { createRandom } from "../dist/eeg/random.js";
import { electrode } from "../dist/eeg/electrodes.js";
import { writeEdfFile } from "../dist/formats/edf/write-file.node.js";
import { benchModel, spread } from "./models.js";

export const name = "decode";

const hz = 160;
const hours = 2;
const labels =
  "Fp1 Fpz Fp2 AF7 AF3 AFz AF4 AF8 F7 F5 F3 F1 Fz F2 F4 F6 F8 FT7 FC5 FC3 FC1 FCz FC2 FC4 FC6 FT8 T7 C5 C3 C1 Cz C2 C4 C6 T8 T9 T10 TP7 CP5 CP3 CP1 CPz CP2 CP4 CP6 TP8 P7 P5 P3 P1 Pz P2 P4 P6 P8 PO7 PO3 POz PO4 PO8 O1 Oz O2 Iz".split(
    " ",
  );

export async function run(print) {
  const folder = await mkdtemp(join(tmpdir(), "brainwire-bench-"));
  try {
    const long = join(folder, "long.edf");
    const short = join(folder, "short.edf");
    await writeEdfFile(long, recording(hours * 3600));
    await writeEdfFile(short, recording(60));
    await decodeFile(short, {}); // compilers settle
    await speed(print, long, ["as the file is read", {}]);
    await speed(print, long, ["in chunks of 100 ms", { chunkSeconds: 0.1 }]);
    const memory = [short, long].map(peakMemory);
    const [one, other] = memory.map((bytes) => (bytes / 1e6).toFixed(0));
    print(`peak resident memory: ${one} MB for 1 minute, ${other} MB for ${hours} hours`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function speed(print, path, [how, options]) {
  const seconds = { wall: [], processor: [] };
  let labelMs = [];
  let n = 0;
  for (let round = 0; round < 3; round++) {
    const wall = performance.now();
    const cpu = process.cpuUsage();
    labelMs = await decodeFile(path, options);
    const { user, system } = process.cpuUsage(cpu);
    seconds.wall.push((performance.now() - wall) / 1e3);
    seconds.processor.push((user + system) / 1e6);
    n = labelMs.length;
  }
  const sorted = labelMs.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.floor(share * (n - 1))].toFixed(3);
  print(`${hours} h of ${labels.length} channels at ${hz} Hz, ${n} decisions, ${how}`);
  for (const [clock, values] of Object.entries(seconds)) {
    const { min, median } = spread(values);
    const times = (s) => ((hours * 3600) / s).toFixed(0);
    print(`  times real time by ${clock} time: best ${times(min)}, median ${times(median)}`);
  }
  print(`  a label: median ${at(0.5)} ms, 99 % ${at(0.99)} ms, most ${at(1)} ms`);
}

async function decodeFile(path, options) {
  const labelMs = [];
  for await (const { timing } of decode(replay(path, options), await benchModel()))
    labelMs.push(timing.tokenMs + timing.encodeMs);
  return labelMs;
}

function peakMemory(path) {
  const script = fileURLToPath(new URL("decode-memory.js", import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, path], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}

/** Ten seconds of noise of 20 µV, again and again. */
function* recording(seconds) {
  const random = createRandom(1);
  const nSamples = 10 * hz;
  const data = Float32Array.from({ length: labels.length * nSamples }, () => 20 * random.normal());
  const channels = labels.map((label) => ({
    label,
    unit: "µV",
    type: "eeg",
    position: electrode(label).position,
    reference: null,
  }));
  const stream = {
    name: "bench",
    sourceId: "bench",
    segment: 0,
    channels,
    sfreq: { num: hz, den: 1 },
    t0: "2026-01-01T00:00:00",
    filters: [],
    delaySamples: 0,
    settleSamples: 0,
  };
  yield { kind: "info", stream };
  for (let start = 0; start < seconds * hz; start += nSamples)
    yield { kind: "samples", start, data, nSamples };
}
