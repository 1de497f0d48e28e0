import type { PlacedMarker } from "./shown.ts";
import { font, type Theme } from "./theme.ts";
import { clockText, tickSeconds } from "./times.ts";
import type { Track } from "./track.ts";

export interface Backdrop {
  readonly track: Track;
  readonly markers: readonly PlacedMarker[];
  readonly windowSeconds: number;
  /** The place at the right edge, in samples. */
  readonly right: number;
}

/** Room for times below the traces, and for markers above, in pixels of the layout. */
export const axisHeight = 18;
export const markerHeight = 18;

const gapWords = {
  discontinuity: "gap",
  lost: "lost",
  paused: "paused",
  edge: "not recorded",
  damaged: "damaged",
};

/** Draws what lies behind the traces: seconds, gaps, where segments begin, markers. */
export function paintBackdrop(
  context: CanvasRenderingContext2D,
  { track, markers, windowSeconds, right }: Backdrop,
  theme: Theme,
): void {
  const { canvas } = context;
  const ratio = canvas.width / Math.max(1, canvas.clientWidth);
  const width = canvas.width / ratio;
  const height = canvas.height / ratio;
  const bottom = height - axisHeight;
  const perSample = width / (windowSeconds * track.rate);
  const x = (place: number): number => width - (right - place) * perSample;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = font(11);
  context.textBaseline = "middle";

  for (const { from, to, reason } of track.holes) {
    const [a, b] = [Math.max(0, x(from)), Math.min(width, x(to))];
    if (b <= a) continue;
    context.fillStyle = theme.gap;
    context.fillRect(a, 0, Math.max(1, b - a), bottom);
    context.fillStyle = theme.warn;
    const text = `${gapWords[reason]} ${((to - from) / track.rate).toFixed(1)} s`;
    if (b - a > context.measureText(text).width + 8) context.fillText(text, a + 4, bottom - 8);
  }
  paintSeconds();
  context.setLineDash([3, 3]);
  for (const { at } of track.cuts.slice(1)) line(x(at), theme.soft);
  context.setLineDash([]);
  paintMarkers();

  function line(at: number, colour: string): void {
    if (at < -1 || at > width + 1) return;
    context.strokeStyle = colour;
    context.beginPath();
    context.moveTo(Math.round(at) + 0.5, 0);
    context.lineTo(Math.round(at) + 0.5, bottom);
    context.stroke();
  }

  /** Lines and times at round seconds of the recording: each segment has its own. */
  function paintSeconds(): void {
    const every = tickSeconds(windowSeconds * Math.max(1, 640 / width));
    const oldest = right - windowSeconds * track.rate;
    track.cuts.forEach((cut, k) => {
      const from = Math.max(cut.at, oldest);
      const to = Math.min(track.cuts[k + 1]?.at ?? Infinity, right);
      if (to <= from) return;
      const secondsAt = (place: number): number => cut.seconds + (place - cut.at) / track.rate;
      const last = secondsAt(to);
      for (let n = Math.ceil(secondsAt(from) / every - 1e-9); n * every <= last; n++) {
        const at = x(cut.at + (n * every - cut.seconds) * track.rate);
        line(at, theme.grid);
        context.fillStyle = theme.soft;
        context.textAlign = "center";
        const text = clockText(n * every, every < 1 ? 1 : 0);
        if (at > 16 && at < width - 16) context.fillText(text, at, height - axisHeight / 2 + 1);
      }
      context.textAlign = "left";
    });
  }

  function paintMarkers(): void {
    let occupied = -Infinity;
    for (const { at, duration, text } of markers) {
      const from = x(at);
      const to = x(at + duration);
      if (to < -200 || from > width) continue;
      if (to > from) {
        context.fillStyle = theme.accent;
        context.fillRect(from, markerHeight - 3, Math.min(to, width) - from, 2);
      }
      line(from, theme.accent);
      const shown = Math.max(0, from) + 3; // the name of a long one stays in view
      if (shown < occupied || (from < 0 && to <= shown + 8 && from < -200)) continue;
      const words = text.length > 40 ? `${text.slice(0, 39)}…` : text;
      const room = context.measureText(words).width;
      if (from < 0 && to < room) continue;
      context.fillStyle = theme.accent;
      context.fillText(words, shown, (markerHeight - 3) / 2 + 1);
      occupied = shown + room + 8;
    }
  }
}
