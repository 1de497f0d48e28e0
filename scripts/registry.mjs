// Writes recordings/registry.json: the recordings that `brainwire recordings fetch` can get.
//   node scripts/registry.mjs INDEX.tsv
// INDEX.tsv has a line a recording of PhysioNet's EEGMMIDB: file, bytes, sha256 (as PhysioNet's SHA256SUMS.txt has
// it), number of data records, task.
import { readFileSync, writeFileSync } from "node:fs";

const headerBytes = 256 * (65 + 1); // 64 channels and the annotations

const [, ...lines] = readFileSync(process.argv[2], "utf8").trim().split(/\r?\n/);
const rows = lines.map((line) => {
  const [file, bytes, sha256, nRecords, task] = line.split("\t");
  // Records last a second and hold 64 channels of 16 bits: their size tells the rate (three people have 128 Hz).
  const recordBytes = (bytes - headerBytes) / nRecords;
  const sfreq = { 20640: 160, 16512: 128 }[recordBytes];
  if (!sfreq) throw new Error(`${file}: records of ${recordBytes} bytes`);
  return [file.replace(/\.edf$/, ""), Number(bytes), sha256, sfreq, task];
});

const dataset = {
  name: "eegmmidb",
  title: "EEG Motor Movement/Imagery Dataset 1.0.0",
  source: "Schalk et al., IEEE TBME 51(6), 2004; PhysioNet, Goldberger et al., Circulation 101(23), 2000",
  licence: "ODC-By 1.0",
  path: "eegmmidb/1.0.0/{subject}/{name}.edf",
  channels: 64,
  note: "Subjects after S080 are the test set of the models shipped here: neither train nor choose on them.",
  columns: ["name", "bytes", "sha256", "sfreq", "task"],
};
const body = rows.map((row) => JSON.stringify(row)).join(",\n");
const head = JSON.stringify({ format: "brainwire-recordings/1", baseUrl: "https://physionet.org/files" });
writeFileSync(
  new URL("../recordings/registry.json", import.meta.url),
  `${head.slice(0, -1)},"datasets":[${JSON.stringify(dataset).slice(0, -1)},"recordings":[\n${body}\n]}]}\n`,
);
