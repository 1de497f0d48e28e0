import type { DecodedRun } from "./decoded-run.ts";
import { escapeText, linePath, tenth, timeText, timeTicks } from "./svg.ts";

const [width, left, right] = [960, 92, 948];

/** Colours that those who see no red or no green tell apart too (Okabe and Ito 2008). */
const palette = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#a9a013", "#7f7f7f"];

/** @param index of a label in the model's order */
export function labelColour(index: number): string {
  return palette[index % palette.length]!;
}

type Span = { readonly startSeconds: number; readonly endSeconds: number };

/** A recording's length as a drawing: what is annotated, what was decoded, gaps, and how probable each label is. */
export function labelPlot(
  run: DecodedRun,
  recording: {
    readonly durationSeconds: number;
    readonly gaps: readonly { readonly startSeconds: number; readonly durationSeconds: number }[];
  },
): string {
  const { labels, stretches, truth, curves } = run;
  const { durationSeconds, gaps } = recording;
  const x = (seconds: number): number => left + ((right - left) * Math.max(0, seconds)) / durationSeconds;
  /** A stretch of time, which says what it is when the pointer rests on it. */
  const box = (what: string, { startSeconds: from, endSeconds: to }: Span, attributes: string): string =>
    `<rect x="${tenth(x(from))}" width="${tenth(Math.max(0.5, x(to) - x(from)))}" ${attributes}><title>${escapeText(what)}, ${timeText(from, durationSeconds)} to ${timeText(to, durationSeconds)}</title></rect>`;
  const colour = (label: string): string => `fill="${labelColour(labels.indexOf(label))}"`;
  const rows: string[] = [];
  let y = 6;
  if (truth.length > 0) {
    rows.push(`<text x="${left - 8}" y="${y + 15}" text-anchor="end">annotated</text>`);
    for (const span of truth) rows.push(box(span.label, span, `y="${y}" height="20" ${colour(span.label)}`));
    y += 26;
  }
  rows.push(`<text x="${left - 8}" y="${y + 15}" text-anchor="end">decoded</text>`);
  for (const span of stretches) {
    const { label, reason } = span;
    const fill = label === null ? 'fill="url(#none)"' : colour(label);
    rows.push(box(label ?? `no label (${reason})`, span, `y="${y}" height="20" ${fill}`));
  }
  y += 32;
  const [top, bottom] = [y, y + 110];
  for (const share of [0, 0.5, 1]) {
    const at = bottom - share * (bottom - top);
    rows.push(
      `<line class="grid" x1="${left}" x2="${right}" y1="${at}" y2="${at}"/><text x="${left - 8}" y="${at + 4}" text-anchor="end">${share}</text>`,
    );
  }
  // of two labels one says all
  const shown = labels.length === 2 ? curves.probabilities.slice(0, 1) : curves.probabilities;
  for (const [i, values] of shown.entries()) {
    const path = linePath(Array.from(values, (p, k) => [x(curves.seconds[k]!), bottom - p * (bottom - top)]));
    rows.push(`<path d="${path}" fill="none" stroke="${labelColour(i)}" stroke-width="1.4"/>`);
  }
  for (const { startSeconds, durationSeconds: lasts } of gaps) {
    const span = { startSeconds, endSeconds: startSeconds + lasts };
    rows.push(box("gap", span, `y="4" height="${bottom - 4}" class="gap"`));
  }
  for (const seconds of timeTicks(durationSeconds, 12))
    rows.push(
      `<line class="tick" x1="${tenth(x(seconds))}" x2="${tenth(x(seconds))}" y1="${bottom}" y2="${bottom + 4}"/><text x="${tenth(x(seconds))}" y="${bottom + 18}" text-anchor="middle">${timeText(seconds, durationSeconds)}</text>`,
    );
  rows.push(
    `<text transform="rotate(-90)" x="${-(top + bottom) / 2}" y="14" text-anchor="middle">${labels.length === 2 ? `p(${escapeText(labels[0]!)})` : "probability"}</text>`,
  );
  const hatch = `<defs><pattern id="none" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" class="hatch-back"/><line y2="6" class="hatch"/></pattern></defs>`;
  return `<div class="plot"><svg viewBox="0 0 ${width} ${bottom + 26}" role="img" aria-label="Labels over time">${hatch}${rows.join("")}</svg></div>`;
}
