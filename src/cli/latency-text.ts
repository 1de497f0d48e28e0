import { stageNames, type LimitCheck } from "../report/latency-report.ts";
import { stages, type LatencyFigures } from "../report/latency-figures.ts";
import type { Quantiles } from "../report/quantiles.ts";
import type { Terminal } from "./terminal.ts";

const columns = ["p50", "p95", "p99", "p99.9", "longest"];

/** What was measured, for people: a table, what stands beside it, and a verdict. */
export function latencyLines(
  figures: LatencyFigures,
  checks: readonly LimitCheck[],
  { style }: Pick<Terminal, "style">,
): string[] {
  const { config, labels, latencyMs, lookBack, load, server } = figures;
  const many = config.streams === 1 ? "1 stream" : `${config.streams} streams`;
  const readers = `${config.subscribers} subscriber${config.subscribers === 1 ? "" : "s"} each`;
  const stalled = config.stalled > 0 ? `, ${config.stalled} more that do not read` : "";
  const use = [
    server.coreShare === null ? null : `${(server.coreShare * 100).toFixed(0)} % of a core`,
    Number.isNaN(server.memoryMiB.largest) ? null : `${server.memoryMiB.largest.toFixed(0)} MiB at most`,
  ].filter((part) => part !== null);
  return [
    `${config.model} on ${config.engine}, quality ${config.quality}: ${many} of ${config.channels} channels at ${short(config.sfreqHz)} Hz in frames of ${short(config.frameMs)} ms, a label every ${short(labels.deadlineMs)} ms, ${readers}${stalled}`,
    "",
    `${"ms".padEnd(26)}${columns.map((name) => name.padStart(9)).join("")}`,
    style("bold", row("sample to label", latencyMs)),
    ...stages.map((stage) => row(`  ${stageNames[stage]}`, figures.stagesMs[stage])),
    "",
    `labels    ${labels.received.toLocaleString("en")} in ${short(config.seconds)} s; ${labels.missedDeadline} later than ${short(labels.deadlineMs)} ms, ${labels.missing} never came`,
    `beside it ${lookBack.filterDelayMs === null ? "" : `${short(lookBack.filterDelayMs)} ms of group delay in the filters, `}${short(lookBack.windowMs)} ms the newest stretch looked at, ${short(lookBack.contextMs)} ms all that is`,
    `server    ${use.join(", ") || "-"}`,
    `load      ${(load.busy * 100).toFixed(0)} % busy, 99 % of its frames sent within ${short(load.latenessMs.p99)} ms of their time${load.connectionsLost.length > 0 ? `; ${load.connectionsLost.length} connections lost: ${load.connectionsLost[0]}` : ""}`,
    ...checks.map(({ what, measured, limit, kept }) =>
      style(
        kept ? "green" : "red",
        `${kept ? "kept    " : "exceeded"}  ${what} ${short(measured)}, at most ${short(limit)}`,
      ),
    ),
  ];
}

function row(name: string, { p50, p95, p99, p999, longest }: Quantiles): string {
  return name.padEnd(26) + [p50, p95, p99, p999, longest].map((ms) => ms.toFixed(2).padStart(9)).join("");
}

function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : "-";
}
