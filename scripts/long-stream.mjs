// Seventeen hours of one stream, ten million samples with gaps in them: decisions cut at random and in one piece are the
// same bits, the streaming form keeps to the whole-sequence form, and memory does not grow.
//   npm run build && node scripts/long-stream.mjs [--samples 10000000] [--out docs/long-stream.json]
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { decode, loadModel, prove, synthetic } from "../dist/index.node.js";

const { values: options } = parseArgs({
  options: { samples: { type: "string", default: "10000000" }, out: { type: "string" } },
});
const hz = 160;
const seconds = Number(options.samples) / hz;
const model = await loadModel("eyes");
const open = () =>
  synthetic({
    seed: 1,
    sfreq: { num: hz, den: 1 },
    electrodes: ["Pz", "O1", "O2"],
    schedule: Array.from({ length: Math.ceil(seconds / 60) }, (_, i) => ({
      state: i % 2 === 0 ? "eyes-open" : "eyes-closed",
      seconds: Math.min(60, seconds - 60 * i),
    })),
    // half an hour, then some seconds that got lost
    gaps: Array.from({ length: Math.floor(seconds / 1800) }, (_, i) => ({
      startSeconds: 1800 * (i + 1) - 600,
      durationSeconds: 0.05 * (i % 7) + 0.5 * (i % 3),
    })).filter(({ durationSeconds }) => durationSeconds > 0),
  });

const memory = [];
let decided = 0;
const begun = performance.now();
for await (const { sample } of decode(open(), model, { clock: "none" })) {
  decided++;
  if (decided % 50_000 === 0) {
    globalThis.gc?.();
    memory.push({ sample, megabytes: Math.round(process.memoryUsage().rss / 2 ** 20) });
    process.stderr.write(`${sample} samples, ${memory.at(-1).megabytes} MiB\n`);
  }
}
const decodeSeconds = (performance.now() - begun) / 1e3;
const proof = await prove(model, { open, times: 1, seed: 7 });
const result = {
  stream: { samples: Number(options.samples), hours: +(seconds / 3600).toFixed(2), channels: 3, hertz: hz },
  processor: `${cpus()[0].model}, ${cpus().length} cores`,
  node: process.version,
  decisions: decided,
  decodeSeconds: Math.round(decodeSeconds),
  earlyMegabytes: memory[0]?.megabytes ?? null,
  endMegabytes: memory.at(-1)?.megabytes ?? null,
  compared: proof.decisions,
  largestDifferenceCutAtRandom: proof.cut,
  largestDifferenceToWholeSequenceForm: proof.whole,
};
const text = JSON.stringify(result, null, 2);
console.log(text);
if (options.out) writeFileSync(options.out, `${text}\n`);
process.exitCode = proof.cut === 0 && proof.whole < 1e-5 ? 0 : 1;
