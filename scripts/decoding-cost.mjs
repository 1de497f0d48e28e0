// What decoding a stream costs a server, and what handing it to another thread does: the table of docs/latency.md,
// "Threads". Processor time, so that other work on the machine disturbs it less than it does latencies. A minute.
//   npm run build && node scripts/decoding-cost.mjs [--write]
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { electrode } from "../dist/eeg/electrodes.js";
import { fromHertz } from "../dist/eeg/sfreq.js";
import { chooseElectrodes } from "../dist/load/electrodes.js";
import { createEegLoop } from "../dist/load/frames.js";
import { createEngine } from "../dist/model/engines.js";
import { loadModel } from "../dist/model/load.node.js";
import { createDecodingService } from "../dist/server/decoding.js";
import { createDecodingPool } from "../dist/server/decoding-pool.js";
import { writeMarked } from "./marked-text.mjs";

const { values: options } = parseArgs({ options: { write: { type: "boolean", default: false } } });
const model = await loadModel("eyes");
const nStreams = 64;
const frameSeconds = 0.05;
const [warmUpSeconds, seconds] = [8, 16]; // the watch on quality looks at one second in four

const rows = [];
for (const [channels, hz, hopSeconds] of [
  [64, 160, 0.1],
  [8, 250, 0.2],
]) {
  const electrodes = chooseElectrodes(model.manifest.input.channels.region, channels);
  const loop = await createEegLoop(electrodes, fromHertz(hz));
  const of = { electrodes, hz, hopSeconds, loop };
  const cells = [
    `${channels} channels at ${hz} Hz, hop ${hopSeconds * 1000} ms`,
    await cost(of, { quality: "off" }),
    await cost(of, { quality: "abstain" }),
    await cost(of, { quality: "abstain", threads: 1 }),
  ];
  rows.push(cells.map((cell) => (typeof cell === "number" ? `${cell.toFixed(2)} ms` : cell)));
}
const head = [
  "a stream of",
  "decoding, a second of signal",
  "with the watch on quality",
  "handing it to another thread instead",
];
const table = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
process.stdout.write(`${table}\n`);
if (options.write) await writeMarked("latency.md", "threads", table);

/** Milliseconds of this process's main thread (without threads: of all of them) for a second of one stream. */
async function cost({ electrodes, hz, hopSeconds, loop }, { quality, threads = 0 }) {
  const own = createDecodingService({ model, engine: createEngine(model), hopSeconds, quality });
  const setup = { model, options: { hopSeconds, quality }, acting: {} };
  const service = createDecodingPool(own, { setup, threads, above: threads > 0 ? 0 : Infinity });
  const streams = Array.from({ length: nStreams }, () => service.begin(infoOf(electrodes, hz)));
  let frame = 0;
  const play = async (forSeconds) => {
    const edge = (n) => Math.round(n * frameSeconds * hz);
    const items = Array.from({ length: Math.round(forSeconds / frameSeconds) }, (_, i) => {
      const [start, nSamples] = [edge(frame + i), edge(frame + i + 1) - edge(frame + i)];
      return { kind: "samples", start, data: loop.cut(start, nSamples, 0), nSamples };
    });
    frame += items.length;
    const before = processorMs(threads > 0);
    for (const item of items) {
      const answered = streams.map((stream) => stream.push(item, () => {}));
      if (threads > 0) for (const each of answered) await Promise.resolve(each);
    }
    return processorMs(threads > 0) - before;
  };
  await play(warmUpSeconds);
  const used = await play(seconds);
  for (const stream of streams) await Promise.resolve(stream.end(() => {}));
  await service.release();
  return used / seconds / nStreams;
}

function infoOf(electrodes, hz) {
  const channels = electrodes.map((label) => ({
    label,
    unit: "µV",
    type: "eeg",
    reference: null,
    position: electrode(label).position,
  }));
  const grid = { segment: 0, sfreq: fromHertz(hz), t0: null, filters: [], delaySamples: 0, settleSamples: 0 };
  return { name: "cost", sourceId: "cost", channels, ...grid };
}

/** Of the main thread alone the kernel tells in hundredths of a second (`man 5 proc`, utime and stime). */
function processorMs(mainThreadOnly) {
  const { user, system } = process.cpuUsage();
  if (!mainThreadOnly) return (user + system) / 1000;
  const stat = readFileSync(`/proc/self/task/${process.pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(") ") + 2).split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}
