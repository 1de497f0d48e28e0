/** Small parts that drawings are made of: SVG as text, without a page at hand. */

/** Text that stands for itself in HTML and SVG, also within attributes. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A line through points, to a tenth of a pixel; it is interrupted where a number is none. */
export function linePath(points: Iterable<readonly [x: number, y: number]>): string {
  let path = "";
  let pen = "M";
  for (const [x, y] of points) {
    if (!Number.isFinite(x + y)) {
      pen = "M";
      continue;
    }
    path += `${pen}${tenth(x)} ${tenth(y)}`;
    pen = "L";
  }
  return path;
}

/** To a tenth, without zeros that say nothing. */
export function tenth(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Round numbers that divide a range into about `count` parts. */
export function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  if (!(rough > 0 && rough < Infinity)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** Times that divide a recording into about `count` parts, in seconds: 5 s, 10 s, half minutes, minutes, hours. */
export function timeTicks(seconds: number, count: number): number[] {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200];
  const step = steps.find((each) => seconds / each <= count) ?? 86400;
  return Array.from({ length: Math.floor(seconds / step + 1e-9) + 1 }, (_, i) => i * step);
}

/** `3:05`, `1:02:05`, or with tenths below ten seconds. */
export function timeText(seconds: number, of: number): string {
  if (of < 10) return `${tenth(seconds)} s`;
  const whole = Math.round(seconds);
  const two = (n: number): string => String(n).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  return of < 3600
    ? `${minutes}:${two(whole % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}
