// Writes EDF+C, EDF+D, BDF+C and BDF+D files and holds what MNE (python with mne, 1.3.0 when this was written) and
// edfdecoder read of them against what brainwire reads.
//   npm run build && node scripts/golden/check-writers.mjs [python]
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import edfdecoder from "edfdecoder";
import { fileSource, formatEdf, openRecording } from "../../dist/index.node.js";

const python = process.argv[2] ?? "python3";
const folder = mkdtempSync(join(tmpdir(), "brainwire-"));
const seconds = 4;
const rate = 160;
const channels = ["Fp1", "Oz"].map((label) => ({
  label,
  unit: "µV",
  type: "eeg",
  position: null,
  reference: null,
}));
const stream = {
  name: "check",
  sourceId: "check",
  segment: 0,
  channels,
  sfreq: { num: rate, den: 1 },
  t0: "2026-11-22T10:00:00",
  filters: [],
  delaySamples: 0,
  settleSamples: 0,
};

function samples(start, nSamples) {
  const data = new Float32Array(2 * nSamples);
  for (let i = 0; i < data.length; i++) data[i] = 3000 * Math.sin(0.01 * (start + i) * (1 + (i >= nSamples)));
  return { kind: "samples", start, nSamples, data };
}

const pythonReads = `
import json, sys, mne, numpy
raw = (mne.io.read_raw_bdf if sys.argv[1].endswith("bdf") else mne.io.read_raw_edf)(sys.argv[1], preload=True, verbose="error")
(raw.get_data() * 1e6).astype("<f8").tofile(sys.argv[2])
print(json.dumps({"version": mne.__version__, "sfreq": raw.info["sfreq"], "names": raw.ch_names,
  "annotations": [[float(a["onset"]), float(a["duration"]), str(a["description"])] for a in raw.annotations]}))
`;

let failures = 0;
for (const format of ["EDF+C", "EDF+D", "BDF+C", "BDF+D"]) {
  const path = join(folder, `${format}.${format.slice(0, 3).toLowerCase()}`);
  const items = [
    { kind: "info", stream },
    { kind: "marker", onset: 80, duration: 160, text: "eyes closed" },
    samples(0, (seconds / 2) * rate),
    // a pause between two records; MNE 1.3 joins what lies before and behind it
    ...(format.endsWith("D") ? [{ kind: "gap", start: 2 * rate, nSamples: 1000, reason: "paused" }] : []),
    samples((seconds / 2) * rate + (format.endsWith("D") ? 1000 : 0), (seconds / 2) * rate),
  ];
  writeFileSync(path, await formatEdf(items, { format }));
  const recording = await openRecording(await fileSource(path));
  const rows = [[], []];
  for await (const item of recording.items())
    if (item.kind === "samples")
      rows.forEach((row, c) => row.push(...item.data.subarray(c * item.nSamples, (c + 1) * item.nSamples)));
  await recording.close();

  const values = join(folder, "values.f64");
  const said = JSON.parse(execFileSync(python, ["-c", pythonReads, path, values], { encoding: "utf8" }));
  const bytes = readFileSync(values);
  const theirs = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
  report(
    { reader: `MNE ${said.version}`, format },
    [theirs.subarray(0, theirs.length / 2), theirs.subarray(theirs.length / 2)],
    rows,
  );
  const [annotation] = said.annotations;
  if (
    said.sfreq !== rate ||
    annotation?.[0] !== 0.5 ||
    annotation[1] !== 1 ||
    annotation[2] !== "eyes closed"
  ) {
    failures++;
    console.log(`  ${JSON.stringify(said)}`);
  }
  if (format.startsWith("EDF")) {
    const decoder = new edfdecoder.EdfDecoder();
    const file = readFileSync(path);
    decoder.setInput(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
    decoder.decode();
    const edf = decoder.getOutput();
    report(
      { reader: "edfdecoder", format },
      [0, 1].map((c) => edf.getPhysicalSignalConcatRecords(c)),
      rows,
    );
  }
}
process.exitCode = failures > 0 ? 1 : 0;

function report({ reader, format }, theirs, ours) {
  const largest = Math.max(
    ...ours.flatMap((row, c) => row.map((value, i) => Math.abs(value - theirs[c][i]))),
  );
  const same = theirs.every((row, c) => row.length === ours[c].length) && largest < 1e-3;
  if (!same) failures++;
  console.log(
    `${format}  ${reader.padEnd(11)} ${theirs[0].length} samples, at most ${largest.toExponential(1)} µV apart: ${same ? "same" : "DIFFERENT"}`,
  );
}
