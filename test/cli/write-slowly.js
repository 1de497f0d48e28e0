// Records to argv[2] in the format argv[3], a second every argv[4] milliseconds, as a recorder would: first the
// header, then whole records and what the header says of their number.
import { setTimeout } from "node:timers/promises";
import { createEdfFile, synthetic } from "../../dist/index.node.js";

const [path, format, milliseconds] = process.argv.slice(2);
const source = synthetic({
  seed: 3,
  sfreq: { num: 160, den: 1 },
  electrodes: ["O1", "Oz", "O2", "PO3", "PO4", "P3", "Pz", "P4", "Cz", "C3", "C4", "Fz"],
  schedule: [
    { state: "eyes-open", seconds: 15 },
    { state: "eyes-closed", seconds: 15 },
  ],
  gaps: format.endsWith("D") ? [{ startSeconds: 8, durationSeconds: 1.5 }] : [],
});
const file = await createEdfFile(path, { format });
let next = 160;
for await (const item of source) {
  await file.push(item);
  if (item.kind !== "samples" || item.start < next) continue;
  next += 160;
  await setTimeout(Number(milliseconds));
}
await file.end();
