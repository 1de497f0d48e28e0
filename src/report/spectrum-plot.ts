import type { RecordingSpectra } from "./recording-spectra.ts";
import { escapeText, linePath, tenth, ticks } from "./svg.ts";

const [width, height] = [960, 300];
const area = { left: 52, right: 948, top: 10, bottom: 262 };

/** Spectra of all channels in one drawing, decibels over Hz: a thin line each, coloured from the left ear to the right. */
export function spectrumPlot(spectra: RecordingSpectra, unit: string): string {
  const { frequencies } = spectra;
  const highHz = Math.min(80, frequencies.at(-1)!);
  const shown = [...frequencies.keys()].filter((k) => frequencies[k]! >= 0.5 && frequencies[k]! <= highHz);
  const lines = spectra.channels.flatMap(({ channel, power }) => {
    if (!power || shown.every((k) => !(power[k]! > 0))) return [];
    return [{ channel, decibels: shown.map((k) => 10 * Math.log10(power[k]!)) }];
  });
  if (lines.length === 0) return "<p>No channel changes enough to have a spectrum.</p>";
  const all = lines.flatMap(({ decibels }) => decibels.filter((value) => Number.isFinite(value)));
  const [least, most] = all.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [
    Infinity,
    -Infinity,
  ] as [number, number]);
  const [low, high] = [Math.max(least, most - 70) - 1, most + 2];
  const x = (hz: number): number => area.left + ((area.right - area.left) * hz) / highHz;
  const y = (decibels: number): number =>
    area.bottom - ((area.bottom - area.top) * (Math.max(low, decibels) - low)) / (high - low);
  const frame = [
    ...ticks(0, highHz, 9).map(
      (hz) =>
        `<line class="grid" x1="${tenth(x(hz))}" x2="${tenth(x(hz))}" y1="${area.top}" y2="${area.bottom}"/>` +
        `<text x="${tenth(x(hz))}" y="${area.bottom + 16}" text-anchor="middle">${hz}</text>`,
    ),
    ...ticks(low, high, 5).map(
      (decibels) =>
        `<line class="grid" x1="${area.left}" x2="${area.right}" y1="${tenth(y(decibels))}" y2="${tenth(y(decibels))}"/>` +
        `<text x="${area.left - 6}" y="${tenth(y(decibels) + 4)}" text-anchor="end">${decibels}</text>`,
    ),
    `<text x="${(area.left + area.right) / 2}" y="${height - 4}" text-anchor="middle">Hz</text>`,
    `<text transform="rotate(-90)" x="${-(area.top + area.bottom) / 2}" y="14" text-anchor="middle">dB re 1 ${escapeText(unit)}²/Hz</text>`,
  ];
  const drawn = lines.map(({ channel, decibels }) => {
    const path = linePath(decibels.map((value, i) => [x(frequencies[shown[i]!]!), y(value)]));
    return `<path d="${path}" fill="none" stroke="${colourOf(channel.position)}" stroke-width="${lines.length > 8 ? 1 : 1.5}" opacity="0.8"><title>${escapeText(channel.label)}</title></path>`;
  });
  return `<div class="plot"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Power spectra of ${lines.length} channels">${frame.join("")}${drawn.join("")}</svg></div>`;
}

/** Blue on the left, red on the right, lighter to the back; grey where no position is known. */
function colourOf(position: readonly [number, number, number] | null): string {
  if (!position) return "#6f7681";
  const [x, y] = position;
  const hue = x < -0.1 ? 215 : x > 0.1 ? 8 : 280;
  return `hsl(${hue} 70% ${Math.round(50 - 14 * y)}%)`;
}
