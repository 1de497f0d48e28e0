import type { RecordingSummary } from "../formats/recording.ts";
import type { DecodedRun } from "./decoded-run.ts";
import { labelColour, labelPlot } from "./label-plot.ts";
import type { DecodedPart } from "./recording-report.ts";
import { escapeText, tenth } from "./svg.ts";

/** What a model decoded: labels over time, how they agree with annotations, what they cost. */
export function decodedSection(
  { manifest, weightsHash, engine, run }: DecodedPart,
  summary: RecordingSummary,
): string {
  const model = `<b>${escapeText(manifest.name)}</b> ${escapeText(manifest.version)} <span class="soft">(weights ${weightsHash.slice(0, 12)}, engine ${escapeText(engine)})</span>`;
  const head = `<section><h2>Labels</h2><p>Model ${model}</p>`;
  if (run instanceof Error)
    return `${head}<p class="bad">No labels: ${escapeText(run.message)}</p></section>`;
  if (run.nDecisions === 0) return `${head}<p>The recording is too short for a decision.</p></section>`;
  const silent = [...run.reasons]
    .map(([reason, n]) => `${escapeText(reason)} ${Math.round((1000 * n) / run.nDecisions) / 10} %`)
    .join(", ");
  const legend =
    run.labels
      .map((label, i) => `<span><i style="background:${labelColour(i)}"></i>${escapeText(label)}</span>`)
      .join("") + `<span><i class="none"></i>no label${silent ? `: ${silent} of the decisions` : ""}</span>`;
  return `${head}<div class="legend">${legend}</div>${labelPlot(run, summary)}${agreement(run, summary)}${latency(run)}</section>`;
}

function agreement({ labels, agreement: found }: DecodedRun, { annotations }: RecordingSummary): string {
  const head = `<h2>Agreement with annotations</h2>`;
  if (found.annotated.length === 0)
    return `${head}<p>${annotations.length === 0 ? "The recording has no annotations" : "No annotation bears a label's name (--texts says what texts stand for)"}: nothing to compare with.</p>`;
  const rows = found.annotated.map((label, i) => {
    const counts = found.counts[i]!;
    const decoded = counts.slice(0, -1).reduce((sum, n) => sum + n, 0);
    const right = counts[labels.indexOf(label)]!;
    return `<tr><th>${escapeText(label)}</th>${counts.map((n) => `<td class="n">${n}</td>`).join("")}<td class="n"><b>${decoded > 0 ? `${((100 * right) / decoded).toFixed(1)} %` : ""}</b></td></tr>`;
  });
  const balanced =
    found.balancedAccuracy === null
      ? `<p>One label alone is annotated: no balanced accuracy.</p>`
      : `<p>Balanced accuracy <b>${(100 * found.balancedAccuracy).toFixed(1)} %</b>; chance is ${tenth(100 / labels.length)} %. Decisions of one recording depend on one another: this is no test of a model.</p>`;
  return `${head}${balanced}<table><tr><th>annotated</th>${labels.map((label) => `<th class="n">decoded ${escapeText(label)}</th>`).join("")}<th class="n">no label</th><th class="n">right, of those with a label</th></tr>${rows.join("")}</table>`;
}

function latency({ costsMs }: DecodedRun): string {
  const head = `<h2>What a label cost</h2>`;
  if (costsMs.length === 0) return `${head}<p>Not measured.</p>`;
  const at = (share: number): number =>
    costsMs[Math.min(costsMs.length - 1, Math.floor(share * costsMs.length))]!;
  const text = (ms: number): string =>
    ms < 1 ? `${Math.round(1000 * ms)} µs` : `${Number(ms.toPrecision(3))} ms`;
  const cells = (
    [
      ["median", at(0.5)],
      ["90 %", at(0.9)],
      ["99 %", at(0.99)],
      ["most", at(1)],
    ] as const
  ).map(([what, ms]) => `<th>${what}</th><td>${text(ms)}</td>`);
  return `${head}<p class="soft">Computing on the machine that made this report, from samples to probabilities, for each of ${costsMs.length} decisions; no waiting is in it.</p><table><tr>${cells.join("")}</tr></table>${histogram(costsMs)}`;
}

const [width, height, left, right, bottom] = [960, 130, 40, 925, 100];
const bins = 60;

/** How many decisions cost how much, over a logarithmic scale. */
function histogram(costsMs: Float64Array): string {
  const low = Math.floor(Math.log10(Math.max(1e-3, costsMs[0]!)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(1e-3, costsMs.at(-1)!))));
  const counts = new Float64Array(bins);
  for (const ms of costsMs) {
    const place = (Math.log10(Math.max(1e-3, ms)) - low) / (high - low);
    counts[Math.min(bins - 1, Math.max(0, Math.floor(place * bins)))]!++;
  }
  const most = Math.max(...counts);
  const step = (right - left) / bins;
  const bars = Array.from(counts, (n, i) => {
    const tall = ((bottom - 8) * n) / most;
    return n === 0
      ? ""
      : `<rect class="bar" x="${tenth(left + i * step)}" y="${tenth(bottom - Math.max(1, tall))}" width="${tenth(step - 1)}" height="${tenth(Math.max(1, tall))}"/>`;
  });
  const marks = Array.from({ length: high - low + 1 }, (_, i) => {
    const x = tenth(left + ((right - left) * i) / (high - low));
    const ms = 10 ** (low + i);
    return `<line class="tick" x1="${x}" x2="${x}" y1="${bottom}" y2="${bottom + 4}"/><text x="${x}" y="${bottom + 18}" text-anchor="middle">${ms < 1 ? `${Number((1000 * ms).toPrecision(1))} µs` : `${ms} ms`}</text>`;
  });
  return `<div class="plot"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Computing time of decisions"><line class="grid" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>${bars.join("")}${marks.join("")}</svg></div>`;
}
