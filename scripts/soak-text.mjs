// Says in docs/latency.md what a soak measured, and keeps its figures beside it.
//   node scripts/soak-text.mjs SOAK.json
import { readFileSync, writeFileSync } from "node:fs";
import { writeMarked } from "./marked-text.mjs";

const docs = new URL("../docs/", import.meta.url);
const soak = JSON.parse(readFileSync(process.argv[2], "utf8"));
const {
  minutes,
  sent,
  received,
  decisions,
  clock,
  memory,
  ageMs,
  machine,
  versions,
  serverCpuSeconds,
  date,
} = soak;
const count = (n) => n.toLocaleString("en");
const miB = (n) => `${n.toFixed(1)} MiB`;

const rows = [
  ["samples sent, received", `${count(sent.samples)}, ${count(received.samples)}`],
  ["of these lost, with a wrong number", `${received.lost}, ${received.wrong}`],
  [
    "decisions due, missing, different from `decode`",
    `${count(decisions.expected)}, ${decisions.missing}, ${decisions.different}`,
  ],
  ["largest error of the client's idea of the server's clock", `${clock.longestErrorMs.toFixed(3)} ms`],
  [
    "server's memory at first, least, most, at last",
    [memory.startMiB, memory.smallestMiB, memory.largestMiB, memory.endMiB].map(miB).join(", "),
  ],
  ["its slope after the first sixth of the time", `${memory.slopeMiBPerHour.toFixed(2)} MiB an hour`],
  ["server's processor time", `${((serverCpuSeconds / (minutes * 60)) * 100).toFixed(1)} % of a core`],
  ["age of decisions at their leave: p50, p99", `${ageMs.p50.toFixed(2)}, ${ageMs.p99.toFixed(2)} ms`],
];
const text = [
  `| ${minutes} minutes | |`,
  "| --- | --- |",
  ...rows.map((cells) => `| ${cells.join(" | ")} |`),
  "",
  `${machine.cpu}, ${machine.cores} cores that other work shared, ${versions.system}, Node ${versions.node}, brainwire ${versions.brainwire}, ${date.slice(0, 10)}.`,
].join("\n");

await writeMarked("latency.md", "soak", text);
writeFileSync(new URL("soak.json", docs), JSON.stringify(soak, null, 2) + "\n");
process.exitCode = soak.passed ? 0 : 1;
