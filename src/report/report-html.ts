import { hertz } from "../eeg/sfreq.ts";
import type { ChannelFault } from "../signal/quality-judge.ts";
import { bandDecibels } from "./recording-spectra.ts";
import { decodedSection } from "./decoded-section.ts";
import { faultText } from "./recording-quality.ts";
import type { RecordingReport } from "./recording-report.ts";
import { reportStyle } from "./report-style.ts";
import { fewestElectrodes, scalpMap } from "./scalp-map.ts";
import { spectrumPlot } from "./spectrum-plot.ts";
import { escapeText, timeText } from "./svg.ts";

/** A report as one HTML file that asks for nothing else: no script, no picture, no font from elsewhere. */
export function formatReport(report: RecordingReport): string {
  const { name, summary, maker } = report;
  const title = escapeText(name);
  return (
    `<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">` +
    `<title>${title}</title><style>${reportStyle}</style></head>\n<body><main>\n` +
    `<h1>${title}</h1><p class="soft">${escapeText(summary.format)} recording, ${lengthText(summary.durationSeconds)}${summary.startTime === null ? "" : `, begun ${escapeText(summary.startTime.replace("T", " "))} local time`}</p>\n` +
    [
      sums(report),
      report.decoded ? decodedSection(report.decoded, summary) : "",
      recordingSection(report),
      qualitySection(report),
      spectraSection(report),
    ].join("\n") +
    `\n<footer>Made by ${escapeText(maker)}. Not a medical device, and not for diagnosis or treatment.</footer>\n</main></body>\n</html>\n`
  );
}

/** A row of the figures that matter most. */
function sums({ summary, stream, quality, decoded }: RecordingReport): string {
  const eeg = stream.channels.filter(({ type }) => type === "eeg").length;
  const bad = quality.verdicts.filter(({ faults }) => faults.length > 0).length;
  const figures: (readonly [string, string])[] = [
    [lengthText(summary.durationSeconds), "recorded"],
    [`${eeg}`, `EEG channel${eeg === 1 ? "" : "s"}`],
    [`${Number(hertz(stream.sfreq).toFixed(3))} Hz`, "sampled"],
    ...(quality.nWindows > 0 ? [[`${bad}`, `channel${bad === 1 ? "" : "s"} in doubt`] as const] : []),
  ];
  if (decoded && !(decoded.run instanceof Error)) {
    const { nLabelled, nDecisions, agreement } = decoded.run;
    if (nDecisions > 0)
      figures.push([`${Math.round((100 * nLabelled) / nDecisions)} %`, "of decisions with a label"]);
    if (agreement.balancedAccuracy !== null)
      figures.push([`${(100 * agreement.balancedAccuracy).toFixed(1)} %`, "balanced accuracy"]);
  }
  return `<div class="sums">${figures.map(([value, what]) => `<div><b>${value}</b>${what}</div>`).join("")}</div>`;
}

function recordingSection({ summary, stream, others }: RecordingReport): string {
  const { annotations, gaps, diagnostics } = summary;
  const types = count(
    stream.channels.map(({ type, unit }) => `${type.toUpperCase()} (${unit || "no unit"})`),
  );
  const references = [...new Set(stream.channels.flatMap(({ reference }) => reference || []))];
  const facts: (readonly [string, string])[] = [
    ["stream", `${escapeText(stream.name)}${others > 0 ? `; ${others} more in the file` : ""}`],
    ["channels", [...types].map(([type, n]) => `${n} ${escapeText(type)}`).join(", ")],
    ["", `<span class="soft">${escapeText(stream.channels.map(({ label }) => label).join(" "))}</span>`],
    ["reference", references.length > 0 ? escapeText(references.join(", ")) : "not told by the file"],
    [
      "filters",
      stream.filters.length > 0
        ? escapeText(stream.filters.map(({ description }) => description).join("; "))
        : "none told by the file",
    ],
    ["annotations", annotations.length === 0 ? "none" : texts(annotations.map(({ text }) => text))],
    [
      "gaps",
      gaps.length === 0
        ? "none"
        : `${gaps.length}, ${lengthText(gaps.reduce((sum, gap) => sum + gap.durationSeconds, 0))} in all`,
    ],
  ];
  const found =
    diagnostics.length === 0
      ? `<p class="good">Nothing wrong was found in the file.</p>`
      : `<ul>${diagnostics.map(({ code, message }) => `<li><code>${escapeText(code)}</code> ${escapeText(message)}</li>`).join("")}</ul>`;
  return `<section><h2>Recording</h2><table class="facts">${facts.map(([what, value]) => `<tr><th>${what}</th><td>${value}</td></tr>`).join("")}</table>${found}</section>`;
}

function qualitySection({ quality, stream }: RecordingReport): string {
  const { verdicts, nWindows } = quality;
  const looked = verdicts.filter((_, c) => stream.channels[c]!.type === "eeg");
  const head = `<section><h2>Quality of the channels</h2>`;
  if (nWindows === 0)
    return `${head}<p>Nothing to say: no EEG channel, or no second of signal without a gap.</p></section>`;
  const bad = looked.filter(({ faults }) => faults.length > 0);
  const few =
    looked.length < fewestElectrodes ? " Fewer than eight channels are not compared with one another." : "";
  const rows = bad.map(
    (verdict) =>
      `<tr><td class="bad">${escapeText(verdict.label)}</td><td>${verdict.faults.map((fault) => escapeText(faultText(fault, verdict))).join("; ")}</td></tr>`,
  );
  const number = (value: number | null, digits: number): string =>
    value === null ? "" : value.toFixed(digits);
  const all = looked.map(
    ({ label, amplitude, amplitudeZ, noisinessZ, correlation, mains, flat, saturated, missing, faults }) =>
      `<tr><td${faults.length > 0 ? ' class="bad"' : ""}>${escapeText(label)}</td>${[
        number(amplitude, 1),
        number(amplitudeZ, 1),
        number(noisinessZ, 1),
        number(correlation, 2),
        number(mains, 2),
        ...[flat, saturated, missing].map((share) => (share > 0 ? `${(100 * share).toFixed(1)} %` : "")),
      ]
        .map((text) => `<td class="n">${text}</td>`)
        .join("")}</tr>`,
  );
  const columns = ["amplitude", "z", "noise z", "correlation", "mains", "flat", "saturated", "missing"];
  return (
    `${head}<p>${bad.length === 0 ? `<span class="good">All ${looked.length} EEG channels are good</span>` : `${bad.length} of ${looked.length} EEG channels are in doubt`}, by ${nWindows} s of signal.${few}</p>` +
    (rows.length > 0 ? `<table>${rows.join("")}</table>` : "") +
    `<details><summary>All channels</summary><div class="wide"><table><tr><th>channel</th>${columns.map((name) => `<th class="n">${name}</th>`).join("")}</tr>${all.join("")}</table></div>` +
    `<p class="soft">Amplitude: robust standard deviation above 1 Hz, in the channel's unit, median over seconds. z: how far it lies from the other channels', in robust deviations; noise z: the same of the power above 50 Hz over that below. Correlation: with the channel that follows it best, below 50 Hz. Mains: share of the power at 50 or 60 Hz. The last three: share of seconds.</p></details>` +
    `<p class="soft">Criteria and thresholds of PREP (Bigdely-Shamlo et al., Front. Neuroinform. 9:16, 2015), with causal filters: amplitude |z| &gt; 5; noise z &gt; 5; correlation below 0.4 in more than 1 % of the seconds.</p></section>`
  );
}

const bands = [
  ["theta, 4-8 Hz", [4, 8]],
  ["alpha, 8-13 Hz", [8, 13]],
  ["beta, 13-30 Hz", [13, 30]],
] as const;

function spectraSection({ spectra, quality }: RecordingReport): string {
  const head = `<section><h2>Spectra</h2>`;
  if (!spectra) return `${head}<p>No EEG channel, or no two seconds of signal without a gap.</p></section>`;
  const unit = spectra.channels[0]!.channel.unit || "unit";
  // a rhythm that some channels see far larger than the others is what a map is there to show
  const spoils = (fault: ChannelFault): boolean => fault !== "deviation" && fault !== "mains";
  const faulty = new Set(
    quality.verdicts.flatMap(({ label, faults }) => (faults.some(spoils) ? [label] : [])),
  );
  const maps = bands.flatMap(([title, band]) => {
    const values = spectra.channels.flatMap(({ channel: { label, position }, power }) => {
      if (!position) return [];
      const isGood = power !== null && !faulty.has(label);
      return [{ label, position, value: isGood ? bandDecibels(spectra, power, band) : NaN }];
    });
    const good = values.filter(({ value }) => Number.isFinite(value));
    return good.length < fewestElectrodes ? [] : [scalpMap(title, values, "dB")];
  });
  const mapped =
    maps.length > 0
      ? `<h2>Scalp maps</h2><p class="soft">Mean power of each band over the recording, from above, nose up; spherical splines between the electrodes (dots). Channels that are flat, saturated, noisy or follow no other are left out (rings).</p><div class="maps">${maps.join("")}</div>`
      : `<p class="soft">Fewer than eight good electrodes have a position: no scalp maps.</p>`;
  return `${head}<p class="soft">Welch, 2 s, one line a channel: blue left, purple middle, red right, lighter in front.</p>${spectrumPlot(spectra, unit)}${mapped}</section>`;
}

function lengthText(seconds: number): string {
  return seconds < 10 ? `${Number(seconds.toFixed(2))} s` : timeText(seconds, Math.max(10, seconds));
}

function count(list: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const each of list) counts.set(each, (counts.get(each) ?? 0) + 1);
  return counts;
}

function texts(list: readonly string[]): string {
  const counts = [...count(list)];
  const shown = counts.slice(0, 20).map(([text, n]) => `${n} × ${escapeText(text)}`);
  return shown.join(", ") + (counts.length > 20 ? ` and ${counts.length - 20} more texts` : "");
}
