// Reading EDF to µV as float32: 64 channels at 160 Hz, as EEGMMIDB has them, 10 minutes and 2 hours.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileSource, openRecording, writeEdfFile } from "../dist/index.node.js";

const { EdfDecoder } = createRequire(import.meta.url)("edfdecoder");

export const name = "edf";

const nChannels = 64;
const rate = 160;

export async function run(print) {
  const folder = mkdtempSync(join(tmpdir(), "brainwire-bench-"));
  try {
    for (const [minutes, rounds] of [
      [10, 12],
      [120, 5],
    ]) {
      const path = join(folder, `${minutes}.edf`);
      await writeEdfFile(path, recording(minutes * 60));
      const megabytes = (minutes * 60 * nChannels * rate * 2) / 1e6;
      print(`${minutes} min, ${megabytes.toFixed(0)} MB:`);
      const peers = { "plain read and scale": plain, ...(minutes === 10 ? { edfdecoder: decoder } : {}) };
      const times = { brainwire: [] };
      for (const peer of Object.keys(peers)) times[peer] = [];
      for (let i = 0; i <= rounds; i++) {
        for (const [who, read] of Object.entries({ brainwire: ours, ...peers })) {
          const begun = performance.now();
          await read(path);
          if (i > 0) times[who].push(performance.now() - begun); // the first round warms up
        }
      }
      times["MNE"] = mne(path, rounds, print);
      const best = Math.min(...times.brainwire);
      for (const [who, all] of Object.entries(times)) {
        if (all.length === 0) continue;
        const least = Math.min(...all);
        print(
          `  ${who.padEnd(20)} min ${least.toFixed(1)} ms, median ${median(all).toFixed(1)} ms, ` +
            `${(megabytes / least).toFixed(2)} GB/s` +
            (who === "brainwire"
              ? ""
              : `; brainwire is ${(least / best).toFixed(2)} times as fast (median ${(median(all) / median(times.brainwire)).toFixed(2)})`),
        );
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
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

function decoder(path) {
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

/** Milliseconds of each of MNE's readings, taken inside Python; empty where it is not installed. */
function mne(path, rounds, print) {
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
print(json.dumps([mne.__version__, times[1:]]))
`;
  for (const python of ["python3", "/usr/bin/python3"]) {
    try {
      const output = execFileSync(python, ["-c", script, path], { stdio: ["ignore", "pipe", "ignore"] });
      const [version, times] = JSON.parse(output);
      print(`  MNE ${version}, read_raw_edf(preload=True), timed inside ${python}`);
      return times;
    } catch {
      // not this one
    }
  }
  print("  MNE is not installed: skipped");
  return [];
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
