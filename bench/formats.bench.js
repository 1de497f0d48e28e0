// Reading each format whole, to µV as float32: 64 channels at 512 Hz, 5 minutes. Beside MNE, edfdecoder (which reads EDF
// only) and the floor: one read of the same bytes and one loop that scales them, whatever channel they are of. Each
// reader has processes of its own, in turns, so that none pays for another's garbage.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fileSource, openRecording } from "../dist/index.node.js";
import { writeFormats } from "./recording-files.js";

export const name = "formats";

const size = { nChannels: 64, rate: 512, seconds: 300 };
const rounds = 6;
const turns = 3;

const peers = {
  edf: ["plain", "edfdecoder", "MNE"],
  bdf: ["plain", "MNE"],
  brainvision: ["plain", "MNE"],
  gdf: ["plain", "MNE"],
  xdf: ["plain"],
};

export async function run(print) {
  const folder = mkdtempSync(join(tmpdir(), "brainwire-bench-"));
  try {
    for (const [format, others] of Object.entries(peers)) {
      const path = writeFormats(folder, { ...size, formats: [format] })[format];
      const megabytes = statSync(dataOf(path)).size / 1e6;
      const times = Object.fromEntries(["brainwire", ...others].map((who) => [who, []]));
      let version = null;
      for (let turn = 0; turn < turns; turn++)
        for (const who of Object.keys(times)) {
          const taken = who === "MNE" ? mne(path) : own(who, format, path);
          times[who].push(...(taken?.times ?? []));
          if (who === "MNE") version = taken?.version ?? null;
        }
      report(print, times, { format, megabytes, version });
      rmSync(dataOf(path));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const readers = { brainwire: ours, plain, edfdecoder };

/** What one of these readers takes in a process of its own, after a first round that warms up. */
function own(who, format, path) {
  const script = `import { measure } from ${JSON.stringify(import.meta.url)}; console.log(JSON.stringify(await measure(...${JSON.stringify([who, format, path])})));`;
  return JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "-e", script], {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
    }),
  );
}

export async function measure(who, format, path) {
  const times = [];
  for (let i = 0; i <= rounds; i++) {
    const begun = performance.now();
    await readers[who](path, format);
    if (i > 0) times.push(performance.now() - begun);
  }
  return { times };
}

function dataOf(path) {
  return path.replace(/\.vhdr$/, ".eeg");
}

async function ours(path) {
  const recording = await openRecording(await fileSource(path));
  let samples = 0;
  for await (const item of recording.items()) if (item.kind === "samples") samples += item.data.length;
  await recording.close();
  return samples;
}

/** One read and one pass, the samples left in the order in which they lie. */
function plain(path, format) {
  const bytes = readFileSync(dataOf(path));
  const { buffer, byteOffset, byteLength } = bytes;
  if (format === "bdf") {
    const data = new Float32Array(Math.floor(byteLength / 3));
    for (let i = 0, at = 0; i < data.length; i++, at += 3)
      data[i] = ((bytes[at] << 8) | (bytes[at + 1] << 16) | (bytes[at + 2] << 24)) * (0.1 / 256) + 0.05;
    return data;
  }
  const stored =
    format === "xdf"
      ? new Float32Array(buffer, byteOffset, byteLength >> 2)
      : new Int16Array(buffer, byteOffset, byteLength >> 1);
  const data = new Float32Array(stored.length);
  for (let i = 0; i < data.length; i++) data[i] = stored[i] * 0.1 + 0.05;
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
function mne(path) {
  const script = `
import json, sys, time, warnings
warnings.simplefilter("ignore")
import mne
mne.set_log_level("ERROR")
path = sys.argv[1]
read = {"edf": mne.io.read_raw_edf, "bdf": mne.io.read_raw_bdf, "vhdr": mne.io.read_raw_brainvision, "gdf": mne.io.read_raw_gdf}[path.rsplit(".", 1)[1]]
times = []
for i in range(${rounds} + 1):
    begun = time.perf_counter()
    read(path, preload=True)
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

function report(print, times, { format, megabytes, version }) {
  print(`${format}, ${megabytes.toFixed(0)} MB:`);
  for (const [who, all] of Object.entries(times)) {
    if (all.length === 0) {
      print(`  ${who} is not installed: skipped`);
      continue;
    }
    const ratio = `; brainwire is ${(Math.min(...all) / Math.min(...times.brainwire)).toFixed(2)} times as fast (median ${(median(all) / median(times.brainwire)).toFixed(2)})`;
    print(
      `  ${(who === "MNE" ? `MNE ${version}` : who).padEnd(10)} min ${Math.min(...all).toFixed(1)} ms, median ${median(all).toFixed(1)} ms, ` +
        `${(megabytes / Math.min(...all)).toFixed(2)} GB/s${who === "brainwire" ? "" : ratio}`,
    );
  }
}

function median(all) {
  const sorted = all.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
