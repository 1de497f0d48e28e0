import { stages, type LatencyFigures } from "./latency-figures.ts";
import type { Quantiles } from "./quantiles.ts";
import { horizontalAxis, linearScale, logScale, number, plotArea, svg, verticalAxis } from "./svg-plot.ts";

/** One limit that was set, and whether it was kept. */
export interface LimitCheck {
  readonly what: string;
  readonly measured: number;
  readonly limit: number;
  readonly kept: boolean;
}

const size = { width: 720, height: 240 };

export const stageNames: Readonly<Record<(typeof stages)[number], string>> = {
  queue: "waiting for its turn",
  tokens: "filters and tokens",
  encoder: "encoder",
  write: "writing the label",
  socket: "sockets and event loops",
};

/** The whole report as one HTML file: figures, plots as SVG, no script, nothing from elsewhere. */
export function latencyReport(figures: LatencyFigures, checks: readonly LimitCheck[]): string {
  const { config, labels, latencyMs, lookBack, load, server } = figures;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>brainwire latency: ${escape(config.model)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Latency of ${escape(config.model)}</h1>
<p class="lead">From the last byte of the sample that completes a window to the arrival of its label:
half of the labels within <strong>${ms(latencyMs.p50)}</strong>, 99 of 100 within <strong>${ms(latencyMs.p99)}</strong>.
${verdict(figures)}</p>
${checks.length === 0 ? "" : `<ul class="checks">${checks.map(checkLine).join("")}</ul>`}
<h2>How long labels took</h2>
${histogramPlot(figures)}
${table(
  ["", "p50", "p95", "p99", "p99.9", "longest"],
  [
    ["<strong>all of it</strong>", ...quantileCells(latencyMs)],
    ...stages.map((stage) => [stageNames[stage], ...quantileCells(figures.stagesMs[stage])]),
  ],
)}
<p class="note">Milliseconds. Each row's quantiles are its own, so they do not add up. Filters and tokens count the work since the
last label; the share of it that was done with earlier frames is not part of this label's latency.</p>
<h2>Over time</h2>
${timePlot(figures)}
<h2>Where it went</h2>
${stagePlot(figures)}
<h2>What the latency does not hold</h2>
${table(
  ["", "ms"],
  [
    [
      "group delay of the model's filters, at the middle of their band",
      number(lookBack.filterDelayMs ?? NaN),
    ],
    ["the newest stretch that a label looks at, as a whole", number(lookBack.windowMs)],
    ["all that a label can depend on", number(lookBack.contextMs)],
  ],
)}
<p class="note">These are the method's: no machine makes them shorter.</p>
<h2>Asked and got</h2>
${table(
  ["", ""],
  [
    ["labels", number(labels.received)],
    [`later than ${number(labels.deadlineMs)} ms, the hop`, number(labels.missedDeadline)],
    ["never came", number(labels.missing)],
    [
      "streams, channels, sampling frequency",
      `${config.streams} x ${config.channels} at ${number(config.sfreqHz)} Hz`,
    ],
    ["hop, frame", `${number(config.hopSeconds * 1000)} ms, ${number(config.frameMs)} ms`],
    [
      "subscribers to each stream",
      `${config.subscribers}${config.stalled > 0 ? `, and ${config.stalled} that do not read` : ""}`,
    ],
    ["measured, after a warm-up", `${number(config.seconds)} s, ${number(config.warmUpSeconds)} s`],
    ["engine, watch on the channels' quality", `${escape(config.engine)}, ${config.quality}`],
    [
      "server's memory: at first, at most, at last",
      `${number(server.memoryMiB.start)}, ${number(server.memoryMiB.largest)}, ${number(server.memoryMiB.end)} MiB`,
    ],
    [
      "server's processor time",
      server.coreShare === null ? "-" : `${number(server.coreShare * 100)} % of a core`,
    ],
    ["the load: busy, frames sent late (p99)", `${number(load.busy * 100)} %, ${ms(load.latenessMs.p99)}`],
    ["connections lost", load.connectionsLost.map(escape).join("; ") || "none"],
  ],
)}
<h2>Made with</h2>
${table(
  ["", ""],
  [
    [
      "machine",
      `${escape(figures.machine.cpu)}, ${figures.machine.cores} cores, ${number(figures.machine.memoryGiB)} GiB; load ${number(figures.machine.load)} before`,
    ],
    ...Object.entries(figures.versions).map(([name, version]) => [escape(name), escape(version)]),
    ["model", `${escape(config.model)} <code>${config.modelHash.slice(0, 16)}</code>`],
    ["configuration", `<code>${figures.configHash.slice(0, 16)}</code>`],
    ["date", escape(figures.date)],
  ],
)}
</main>
</body>
</html>
`;
}

function verdict({ labels }: LatencyFigures): string {
  const late =
    labels.missedDeadline === 0
      ? "None missed its deadline"
      : `${number(labels.missedDeadline)} of ${number(labels.received)} missed their deadline`;
  return `${late} of ${number(labels.deadlineMs)} ms; ${labels.missing === 0 ? "none was lost" : `${number(labels.missing)} never came`}.`;
}

function checkLine({ what, measured, limit, kept }: LimitCheck): string {
  return `<li class="${kept ? "kept" : "broken"}">${kept ? "kept" : "exceeded"}: ${escape(what)} ${number(measured)}, at most ${number(limit)} allowed</li>`;
}

function histogramPlot({ histogram, latencyMs }: LatencyFigures): string {
  const { edgesMs, counts } = histogram;
  if (counts.length === 0) return "";
  const plot = plotArea(size);
  const width = edgesMs.length > 1 ? edgesMs[1]! / edgesMs[0]! : 1.2;
  const x = logScale({
    low: edgesMs[0]! / width,
    high: edgesMs.at(-1)!,
    from: plot.left,
    to: plot.right,
  });
  const y = linearScale({ low: 0, high: Math.max(...counts) * 1.15, from: plot.bottom, to: plot.top });
  const bars = counts.map((count, i) => {
    const [left, right, top] = [x(edgesMs[i]! / width), x(edgesMs[i]!), y(count)];
    return `<rect class="bar" x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${Math.max(1, right - left - 1).toFixed(1)}" height="${(plot.bottom - top).toFixed(1)}"><title>up to ${number(edgesMs[i]!)} ms: ${number(count)}</title></rect>`;
  });
  const marks = (["p50", "p99"] as const).map((name) => {
    const at = x(latencyMs[name]);
    const flips = at > plot.right - 90;
    return `<line class="mark" x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="${plot.top}" y2="${plot.bottom}"/><text class="marked" x="${(at + (flips ? -4 : 4)).toFixed(1)}" y="${plot.top + 10}" text-anchor="${flips ? "end" : "start"}">${name} ${ms(latencyMs[name])}</text>`;
  });
  return svg(
    size,
    "histogram of the latency",
    `${horizontalAxis(x, plot, "latency, ms")}${verticalAxis(y, plot, "labels")}${bars.join("")}${marks.join("")}`,
  );
}

function timePlot({ moments }: LatencyFigures): string {
  if (moments.length === 0) return "";
  const plot = plotArea(size);
  const end = moments.at(-1)!.seconds + (moments[1] ? moments[1].seconds - moments[0]!.seconds : 1);
  const x = linearScale({ low: 0, high: end, from: plot.left, to: plot.right });
  const y = logScale({
    low: Math.min(...moments.map(({ p50 }) => p50)) * 0.8,
    high: Math.max(...moments.map(({ longest }) => longest)) * 1.2,
    from: plot.bottom,
    to: plot.top,
  });
  const line = (name: "p50" | "p99"): string =>
    `<polyline class="line ${name}" points="${moments.map((moment) => `${x(moment.seconds).toFixed(1)},${y(moment[name]).toFixed(1)}`).join(" ")}"/>`;
  const dots = moments.map(
    ({ seconds, longest }) =>
      `<circle class="dot" cx="${x(seconds).toFixed(1)}" cy="${y(longest).toFixed(1)}" r="1.8"><title>${number(seconds)} s: ${ms(longest)}</title></circle>`,
  );
  return `${svg(size, "latency over time", `${horizontalAxis(x, plot, "time, s")}${verticalAxis(y, plot, "latency, ms")}${line("p99")}${line("p50")}${dots.join("")}`)}
<p class="key"><span class="p50">p50</span> <span class="p99">p99</span> <span class="longest">longest</span> of each ${number(end / moments.length)} s</p>`;
}

function stagePlot({ stagesMs, labels }: LatencyFigures): string {
  if (labels.received === 0) return "";
  const height = stages.length * 34 + 48;
  const plot = { ...plotArea({ width: size.width, height }), left: 190 };
  const high = Math.max(...stages.map((stage) => stagesMs[stage].p99), 1e-3);
  const x = linearScale({ low: 0, high, from: plot.left, to: plot.right });
  const rows = stages.map((stage, i) => {
    const top = plot.top + i * 34 + 6;
    const { p50, p99 } = stagesMs[stage];
    const rect = (name: string, value: number): string =>
      `<rect class="${name}" x="${plot.left}" y="${top}" width="${Math.max(0.5, x(value) - plot.left).toFixed(1)}" height="20"><title>${stageNames[stage]}, ${name}: ${ms(value)}</title></rect>`;
    return `${rect("p99", p99)}${rect("p50", p50)}<text class="label" x="${plot.left - 8}" y="${top + 14}" text-anchor="end">${stageNames[stage]}</text>`;
  });
  return `${svg({ width: size.width, height }, "latency by stage", `${horizontalAxis(x, plot, "ms")}${rows.join("")}`)}
<p class="key"><span class="p50">p50</span> <span class="p99">p99</span></p>`;
}

function quantileCells({ p50, p95, p99, p999, longest }: Quantiles): string[] {
  return [p50, p95, p99, p999, longest].map(number);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const header = head.some((cell) => cell !== "")
    ? `<thead><tr>${head.map((cell) => `<th>${cell}</th>`).join("")}</tr></thead>`
    : "";
  return `<table>${header}<tbody>${rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("")}</tbody></table>`;
}

function ms(value: number): string {
  return `${number(value)} ms`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const style = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5b6575; --rule: #d9dee6; --paper: #fff; --main: #2463b0; --pale: #a9c6ea; --warm: #c2571a; --good: #1c7c4a; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa5b5; --rule: #333c49; --paper: #14181f; --main: #6ba6ee; --pale: #2f4d73; --warm: #f0945c; --good: #62c891; --bad: #ff8a80 } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
main { max-width: 760px; margin: 0 auto; padding: 32px 20px 64px }
h1 { font-size: 26px; margin: 0 0 8px } h2 { font-size: 18px; margin: 36px 0 8px }
.lead { font-size: 17px } .note, .key { color: var(--soft); font-size: 13px; margin: 6px 0 }
svg { width: 100%; height: auto; display: block }
svg text { font: 11px system-ui, sans-serif } .label { fill: var(--soft) } .marked { fill: var(--warm); paint-order: stroke; stroke: var(--paper); stroke-width: 4px }
.axis { stroke: var(--soft) } .grid { stroke: var(--rule) } .bar, rect.p50 { fill: var(--main) } rect.p99 { fill: var(--pale) }
.mark { stroke: var(--warm); stroke-dasharray: 4 3 } .dot { fill: var(--warm) }
.line { fill: none; stroke-width: 1.6 } .line.p50 { stroke: var(--main) } .line.p99 { stroke: var(--pale) }
.key span::before { content: ""; display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 5px; background: var(--main) }
.key .p99::before { background: var(--pale) } .key .longest::before { background: var(--warm) } .key span { margin-right: 14px }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin: 12px 0 }
th, td { text-align: right; padding: 5px 8px; border-bottom: 1px solid var(--rule) } th:first-child, td:first-child { text-align: left; padding-left: 0 }
th { font-weight: 600; color: var(--soft) } code { font-size: 13px }
.checks { list-style: none; padding: 0 } .kept { color: var(--good) } .broken { color: var(--bad) }
`;
