/** Small plots as SVG text, drawn in the page's colours by classes: `axis grid label bar line dot mark`. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Maps a value to a place along an axis. */
export interface Scale {
  (value: number): number;
  readonly ticks: readonly number[];
}

/** Room for the axes' texts. */
const margin = { left: 56, right: 16, top: 12, bottom: 36 };

export interface Plot {
  /** The plot's inside, in pixels. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export function plotArea({ width, height }: Size): Plot {
  return {
    left: margin.left,
    right: width - margin.right,
    top: margin.top,
    bottom: height - margin.bottom,
  };
}

export interface Axis {
  readonly low: number;
  readonly high: number;
  /** Where the two ends lie, in pixels. */
  readonly from: number;
  readonly to: number;
}

/** Ticks at 1, 2 and 5 of each tenfold. */
export function logScale({ low, high, from, to }: Axis): Scale {
  const [a, b] = [Math.log10(low), Math.log10(Math.max(high, low * 1.01))];
  const ticks: number[] = [];
  for (let decade = Math.floor(a); decade <= Math.ceil(b); decade++)
    for (const step of [1, 2, 5]) {
      const tick = step * 10 ** decade;
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
    }
  const place = (value: number): number =>
    from + ((Math.log10(Math.max(value, low)) - a) / (b - a)) * (to - from);
  return Object.assign(place, { ticks });
}

/** About six ticks at round numbers, from 0. */
export function linearScale({ low, high, from, to }: Axis): Scale {
  const span = Math.max(high - low, 1e-9);
  const rough = 10 ** Math.floor(Math.log10(span / 6));
  const step = [1, 2, 5, 10].map((each) => each * rough).find((each) => span / each <= 6) ?? rough * 10;
  const ticks: number[] = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-6; tick += step) ticks.push(tick);
  const place = (value: number): number => from + ((value - low) / span) * (to - from);
  return Object.assign(place, { ticks });
}

export function horizontalAxis(scale: Scale, plot: Plot, title: string): string {
  const ticks = scale.ticks.map((tick) => {
    const x = scale(tick).toFixed(1);
    return `<line class="grid" x1="${x}" x2="${x}" y1="${plot.top}" y2="${plot.bottom}"/><text class="label" x="${x}" y="${plot.bottom + 15}" text-anchor="middle">${number(tick)}</text>`;
  });
  const middle = (plot.left + plot.right) / 2;
  return `${ticks.join("")}<line class="axis" x1="${plot.left}" x2="${plot.right}" y1="${plot.bottom}" y2="${plot.bottom}"/><text class="label" x="${middle}" y="${plot.bottom + 31}" text-anchor="middle">${title}</text>`;
}

export function verticalAxis(scale: Scale, plot: Plot, title: string): string {
  const ticks = scale.ticks.map((tick) => {
    const y = scale(tick).toFixed(1);
    return `<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${y}" y2="${y}"/><text class="label" x="${plot.left - 6}" y="${y}" dy="4" text-anchor="end">${number(tick)}</text>`;
  });
  const middle = (plot.top + plot.bottom) / 2;
  return `${ticks.join("")}<text class="label" x="14" y="${middle}" text-anchor="middle" transform="rotate(-90 14 ${middle})">${title}</text>`;
}

export function svg({ width, height }: Size, title: string, body: string): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">${body}</svg>`;
}

/** At most three digits that mean something. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}
