// Reading EDF to µV as float32: 64 channels at 160 Hz, as EEGMMIDB has them, 10 minutes and 2 hours. Each reader has
// processes of its own, in turns, so that none pays for another's garbage.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fileSource, openRecording, writeEdfFile } from "../dist/index.node.js";

export const name = "edf";

const nChannels = 64;
const rate = 160;
const turns = 3;

export async function run(print) {
  const folder = mkdtempSync(join(tmpdir(), "brainwire-bench-"));
  try {
    const memory = {};
    for (const { minutes, rounds, peers } of [
      { minutes: 1, rounds: 0, peers: [] },
      { minutes: 10, rounds: 8, peers: ["plain", "edfdecoder", "MNE"] },
      { minutes: 120, rounds: 2, peers: ["plain", "MNE"] },
    ]) {
      const path = join(folder, `${minutes}.edf`);
      await writeEdfFile(path, recording(minutes * 60));
      const megabytes = (minutes * 60 * nChannels * rate * 2) / 1e6;
      const times = Object.fromEntries(["brainwire", ...peers].map((who) => [who, []]));
      let version;
      for (let turn = 0; turn < turns; turn++) {
        for (const who of Object.keys(times)) {
          const taken = who === "MNE" ? mne(path, rounds) : own(who, path, rounds);
          times[who].push(...(taken?.times ?? []));
          if (who === "MNE") version = taken?.version;
        }
      }
      memory[minutes] = own("brainwire", path, 0).megabytes; // one pass, as a user's command makes
      if (peers.length > 0) report(print, times, { minutes, megabytes });
      if (peers.includes("MNE"))
        print(
          version
            ? `  (MNE ${version}, read_raw_edf(preload=True), timed inside Python)`
            : "  MNE is not installed: skipped",
        );
    }
    const grown = memory[120] - memory[1];
    print(
      `resident memory: 1 min ${memory[1]} MB, 10 min ${memory[10]} MB, 120 min ${memory[120]} MB (${grown >= 0 ? "+" : ""}${grown} MB)`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const readers = { brainwire: ours, plain, edfdecoder };

/** What one of these readers takes in a process of its own, after a first round that warms up. */
function own(who, path, rounds) {
  const script = `import { measure } from ${JSON.stringify(import.meta.url)}; console.log(JSON.stringify(await measure(...${JSON.stringify([who, path, rounds])})));`;
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    maxBuffer: 1 << 26,
  });
  return JSON.parse(output);
}

export async function measure(who, path, rounds) {
  const times = [];
  for (let i = 0; i <= rounds; i++) {
    const begun = performance.now();
    await readers[who](path);
    if (i > 0) times.push(performance.now() - begun);
  }
  return { times, megabytes: Math.round(process.resourceUsage().maxRSS / 1024) };
}

function report(print, times, { minutes, megabytes }) {
  print(`${minutes} min, ${megabytes.toFixed(0)} MB:`);
  const best = Math.min(...times.brainwire);
  for (const [who, all] of Object.entries(times)) {
    if (all.length === 0) continue;
    const least = Math.min(...all);
    const ratio = `; brainwire is ${(least / best).toFixed(2)} times as fast (median ${(median(all) / median(times.brainwire)).toFixed(2)})`;
    print(
      `  ${who.padEnd(10)} min ${least.toFixed(1)} ms, median ${median(all).toFixed(1)} ms, ` +
        `${(megabytes / least).toFixed(2)} GB/s${who === "brainwire" ? "" : ratio}`,
    );
  }
}

async function ours(path) {
  const opened = await openRecording(await fileSource(path));
  let samples = 0;
  for await (const item of opened.items()) if (item.kind === "samples") samples += item.data.length;
  await opened.close();
  return samples;
}

/** The floor: the bytes of the file and one loop over them, whatever channel they are of. */
function plain(path) {
  const bytes = readFileSync(path);
  const stored = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1);
  const data = new Float32Array(stored.length);
  for (let i = 0; i < stored.length; i++) data[i] = stored[i] * 0.1 + 0.05;
  return data;
}

async function edfdecoder(path) {
  const { EdfDecoder } = (await import("edfdecoder")).default;
  const bytes = readFileSync(path);
  const edf = new EdfDecoder();
  edf.setInput(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  edf.decode();
  const output = edf.getOutput();
  const signals = [];
  for (let s = 0; s < output.getNumberOfSignals(); s++)
    signals.push(output.getPhysicalSignalConcatRecords(s, 0, output.getNumberOfRecords()));
  return signals;
}

/** Milliseconds of each of MNE's readings, taken inside Python; null where it is not installed. */
function mne(path, rounds) {
  const script = `
import json, sys, time, warnings
warnings.simplefilter("ignore")
import mne
mne.set_log_level("ERROR")
times = []
for i in range(${rounds} + 1):
    begun = time.perf_counter()
    mne.io.read_raw_edf(sys.argv[1], preload=True)
    times.append(1000 * (time.perf_counter() - begun))
print(json.dumps({"version": mne.__version__, "times": times[1:]}))
`;
  for (const python of ["python3", "/usr/bin/python3"]) {
    try {
      return JSON.parse(execFileSync(python, ["-c", script, path], { stdio: ["ignore", "pipe", "ignore"] }));
    } catch {
      // not this one
    }
  }
  return null;
}

function median(all) {
  const sorted = all.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function* recording(seconds) {
  const channels = Array.from({ length: nChannels }, (_, i) => ({
    label: `E${i + 1}`,
    unit: "µV",
    type: "eeg",
    position: null,
    reference: null,
  }));
  const stream = {
    name: "bench",
    sourceId: "bench",
    segment: 0,
    channels,
    sfreq: { num: rate, den: 1 },
    t0: null,
  };
  yield { kind: "info", stream: { ...stream, filters: [], delaySamples: 0, settleSamples: 0 } };
  const data = new Float32Array(nChannels * rate);
  let state = 1;
  for (let second = 0; second < seconds; second++) {
    for (let i = 0; i < data.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      data[i] = state / 2 ** 24;
    }
    yield { kind: "samples", start: second * rate, nSamples: rate, data };
  }
}
