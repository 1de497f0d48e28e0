// What a shipped model is worth with the electrodes of common headsets: the ten people who chose its temperature, all
// recordings cut down to those electrodes. Prints the table of the model's card:
//   npm run build && node scripts/headsets.mjs [eyes]
import { join } from "node:path";
import { evaluateFiles, loadModel, recordingsCache } from "../dist/index.node.js";

const headsets = {
  "OpenBCI Cyton, 8": "Fp1 Fp2 C3 C4 P7 P8 O1 O2",
  "Unicorn Hybrid Black, 8": "Fz C3 Cz C4 Pz PO7 Oz PO8",
  "Neurosity Crown, 8": "CP3 C3 F5 PO3 PO4 F6 C4 CP4",
  "Emotiv EPOC, 14": "AF3 F7 F3 FC5 T7 P7 O1 O2 P8 T8 FC6 F4 F8 AF4",
  "OpenBCI Cyton + Daisy, 16": "Fp1 Fp2 C3 C4 P7 P8 O1 O2 F7 F8 F3 F4 T7 T8 P3 P4",
  "10-20 system, 19": "Fp1 Fp2 F7 F3 Fz F4 F8 T7 C3 Cz C4 T8 P7 P3 Pz P4 P8 O1 O2",
  "actiCAP, 32 less the 4 that the recordings lack":
    "Fp1 Fz F3 F7 FC5 FC1 C3 T7 CP5 CP1 Pz P3 P7 O1 Oz O2 P4 P8 CP6 CP2 Cz C4 T8 FC6 FC2 F4 F8 Fp2",
  "BioSemi, 32":
    "Fp1 AF3 F7 F3 FC1 FC5 T7 C3 CP1 CP5 P7 P3 Pz PO3 O1 Oz O2 PO4 P4 P8 CP6 CP2 C4 T8 FC6 FC2 F4 F8 AF4 Fp2 Fz Cz",
};
const tasks = {
  eyes: {
    runs: ["R01", "R02"],
    truth: { from: "file-name", patterns: { "eyes-open": "R01", "eyes-closed": "R02" } },
    judge: { everySeconds: 4 },
  },
  fists: {
    runs: ["R04", "R08", "R12"],
    truth: { from: "annotations", texts: { left: ["T1"], right: ["T2"] }, offsetSeconds: 0 },
    judge: { afterEventSeconds: 4 },
  },
};

const name = process.argv[2] ?? "eyes";
const { runs, truth, judge } = tasks[name] ?? tasks.eyes;
const folder = process.env.BRAINWIRE_EEGMMIDB ?? join(recordingsCache(), "eegmmidb");
const subjects = Array.from({ length: 10 }, (_, i) => `S0${71 + i}`.replace("S0710", "S080"));
const files = subjects.flatMap((subject) => runs.map((run) => join(folder, `${subject}${run}.edf`)));
const model = await loadModel(name);

console.log("| electrodes | balanced accuracy (95 % over people) | worst of ten |");
console.log("| --- | --- | --- |");
for (const [headset, names] of [["all 64", null], ...Object.entries(headsets)]) {
  const channels = names?.split(" ");
  try {
    const { model: metrics } = await evaluateFiles({
      model,
      files,
      truth,
      judge,
      ...(channels && { channels }),
    });
    const [low, high] = metrics.interval;
    const worst = Math.min(...metrics.subjects.map(({ balancedAccuracy }) => balancedAccuracy));
    console.log(
      `| ${headset} | ${metrics.balancedAccuracy.toFixed(3)} (${low.toFixed(2)} to ${high.toFixed(2)}) | ${worst.toFixed(2)} |`,
    );
  } catch (error) {
    if (error.code !== "CHANNEL_MISSING") throw error;
    console.log(`| ${headset} | refused: ${error.message} | |`);
  }
}
