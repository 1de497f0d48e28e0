// Reading 2 s from anywhere in an open recording: 128 channels at 512 Hz, ten minutes, as EDF, BDF, BrainVision and GDF,
// beside MNE's raw[:, a:b] without preloading. The file is in the system's cache for all.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileSource, openRecording } from "../dist/index.node.js";
import { writeFormats } from "./recording-files.js";

export const name = "seek";

const nChannels = 128;
const rate = 512;
const seconds = 600;
const wanted = 2 * rate;
const rounds = 400;

export async function run(print) {
  const folder = mkdtempSync(join(tmpdir(), "brainwire-bench-"));
  try {
    const files = writeFormats(folder, { nChannels, rate, seconds });
    const starts = places();
    writeFileSync(join(folder, "starts.json"), JSON.stringify(starts));
    for (const format of ["edf", "bdf", "brainvision", "gdf"]) {
      const path = files[format];
      const own = await ours(path, starts);
      const theirs = mne(path, join(folder, "starts.json"));
      const line = (who, times) =>
        `  ${who.padEnd(9)} min ${least(times).toFixed(3)} ms, median ${median(times).toFixed(3)} ms`;
      print(`${format}: 2 s of ${nChannels} channels at ${rate} Hz from anywhere`);
      print(line("brainwire", own));
      if (theirs)
        print(
          `${line(`MNE`, theirs.times)}; brainwire is ${(least(theirs.times) / least(own)).toFixed(1)} times as fast (median ${(median(theirs.times) / median(own)).toFixed(1)}; MNE ${theirs.version})`,
        );
      else print("  MNE is not installed: skipped");
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The same for all, anywhere but at the ends. */
function places() {
  let state = 1;
  return Array.from({ length: rounds }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) % ((seconds - 3) * rate);
  });
}

async function ours(path, starts) {
  const recording = await openRecording(await fileSource(path));
  const times = [];
  for (const [i, start] of [...starts, ...starts].entries()) {
    const begun = performance.now();
    await recording.readStretch({ start, nSamples: wanted });
    if (i >= starts.length) times.push(performance.now() - begun); // the first pass warms up
  }
  await recording.close();
  return times;
}

function mne(path, starts) {
  const script = `
import json, sys, time, warnings
warnings.simplefilter("ignore")
import mne
mne.set_log_level("ERROR")
path = sys.argv[1]
kind = {"edf": mne.io.read_raw_edf, "bdf": mne.io.read_raw_bdf, "vhdr": mne.io.read_raw_brainvision, "gdf": mne.io.read_raw_gdf}[path.rsplit(".", 1)[1]]
raw = kind(path, preload=False)
times = []
for start in json.load(open(sys.argv[2])):
    begun = time.perf_counter()
    raw[:, start:start + ${wanted}]
    times.append(1000 * (time.perf_counter() - begun))
print(json.dumps({"version": mne.__version__, "times": times}))
`;
  for (const python of ["python3", "/usr/bin/python3"]) {
    try {
      return JSON.parse(
        execFileSync(python, ["-c", script, path, starts], { stdio: ["ignore", "pipe", "ignore"] }),
      );
    } catch {
      // not this one
    }
  }
  return null;
}

function least(times) {
  return times.reduce((a, b) => Math.min(a, b));
}

function median(all) {
  const sorted = all.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
