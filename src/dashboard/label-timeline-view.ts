import type uPlot from "uplot";
import { createChart } from "./chart.ts";
import { runsOf, type PlacedDecision } from "./decision-log.ts";
import type { Shown, Watch } from "./shown.ts";
import { font, type Theme } from "./theme.ts";
import { clockText, tickSeconds } from "./times.ts";
import { element, make, setText, type View } from "./view.ts";
import { reasonSentences } from "./words.ts";

const windowSeconds = 120;
const everyMs = 100;
/** Height of the band that shows the labels themselves, in pixels of the layout. */
const bandHeight = 15;
/** Decisions further apart than this leave the band empty between them. */
const reachHops = 3;

/** Two minutes of decisions: the label as a band, hatched where nothing was said, and every label's probability. */
export function createLabelTimelineView(root: HTMLElement): View {
  const legend = element("labels");
  const pointed = element("pointed");
  let theme: Theme | null = null;
  let labels: readonly string[] = [];
  let shown: Shown | null = null;
  let hopSamples = 1;
  let inView: readonly PlacedDecision[] = [];
  let drawnMs = -Infinity;
  let drawnEnd = -1;
  let right = 0;
  let hatching: CanvasPattern | null = null;

  const rate = (): number => shown?.track.rate ?? 1;
  const chart = createChart(
    root,
    () => theme && options(theme),
    () => {
      drawnEnd = -1;
    },
  );

  function options({ soft, grid }: Theme): Omit<uPlot.Options, "width" | "height"> {
    const axis = { stroke: soft, font: font(11), grid: { stroke: grid, width: 1 }, ticks: { show: false } };
    return {
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { setScale: false, x: false, y: false } },
      padding: [bandHeight + 5, 16, 0, 0],
      scales: {
        x: { time: false, range: () => [right - windowSeconds, right] },
        y: { range: [-0.04, 1.02] },
      },
      axes: [
        {
          ...axis,
          size: 20,
          gap: 4,
          splits: (plot) => splits(plot),
          values: (_, at) => at.map((x) => timeAt(x)),
        },
        { ...axis, size: 24, gap: 2, splits: () => [0, 0.5, 1], values: () => ["0", "½", "1"] },
      ],
      series: [
        {},
        ...labels.map((_, i) => ({
          stroke: theme!.label(i),
          width: 1.5,
          spanGaps: false,
          points: { show: false },
        })),
      ],
      hooks: { draw: [paintBand], setCursor: [point] },
    };
  }

  /** Time of the recording at a place; nothing before its start, or where nothing has come yet. */
  function timeAt(x: number): string {
    const place = x * rate();
    if (!shown || place < -1e-6 || place > shown.track.end + windowSeconds * rate()) return "";
    return clockText(Math.round(shown.track.secondsAt(place)));
  }

  /** Round seconds of the recording within the last segment in view; those before it follow its beat. */
  function splits(plot: uPlot): number[] {
    const every = tickSeconds(windowSeconds * Math.max(1, 600 / plot.width));
    const seconds = shown?.track.secondsAt(right * rate()) ?? right;
    const last = right - (seconds - Math.floor(seconds / every) * every);
    const all = Array.from({ length: Math.floor(windowSeconds / every) + 1 }, (_, i) => last - i * every);
    return all.filter((x) => x >= right - windowSeconds).reverse();
  }

  function paintBand(plot: uPlot): void {
    if (!theme || !shown) return;
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio || 1;
    const x = (place: number): number =>
      Math.min(bbox.left + bbox.width, Math.max(bbox.left, plot.valToPos(place / rate(), "x", true)));
    const height = bandHeight * ratio;
    const top = bbox.top - height - 3 * ratio;
    hatching ??= hatch(ctx, theme.soft);
    ctx.save();
    ctx.font = font(10.5 * ratio);
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    for (const { from, to, label, reason } of runsOf(inView, reachHops * hopSamples)) {
      const [a, b] = [x(from), x(to)];
      if (b <= a) continue;
      ctx.fillStyle = label === null ? (hatching ?? theme.soft) : theme.label(labels.indexOf(label));
      ctx.fillRect(a, top, b - a, height);
      const text = label ?? reason;
      const room = ctx.measureText(text).width + 8 * ratio;
      if (b - a < room) continue;
      if (label === null) {
        ctx.fillStyle = theme.panel;
        ctx.fillRect(a + 2 * ratio, top + ratio, room - 4 * ratio, height - 2 * ratio);
      }
      ctx.fillStyle = label === null ? theme.soft : theme.panel;
      ctx.fillText(text, a + 4 * ratio, top + height / 2 + ratio / 2);
    }
    ctx.strokeStyle = theme.soft;
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    for (const { at } of shown.track.cuts.slice(1)) {
      const place = at / rate();
      if (place < right - windowSeconds) continue;
      ctx.beginPath();
      ctx.moveTo(x(at), top);
      ctx.lineTo(x(at), bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  }

  function point(plot: uPlot): void {
    const { idx } = plot.cursor;
    const decision = idx === null || idx === undefined ? undefined : inView[idx]?.decision;
    if (!decision) return setText(pointed, "");
    const at = clockText(shown!.track.secondsAt(inView[idx!]!.at), 1);
    const what = decision.abstained
      ? `no label: ${decision.reasons.map((reason) => reasonSentences[reason]).join("; ")}`
      : `${decision.label} ${decision.probability?.toFixed(2) ?? ""}`;
    setText(pointed, `${at}  ${what}`);
  }

  function arrange(next: readonly string[]): void {
    labels = next;
    hatching = null;
    const entries = labels.map((name, i) => {
      const swatch = make("i");
      swatch.style.background = theme?.label(i) ?? "";
      return make("li", swatch, name);
    });
    const hatched = make("i");
    hatched.className = "hatched";
    legend.replaceChildren(...entries, ...(labels.length > 0 ? [make("li", hatched, "no label")] : []));
    chart.remake();
  }

  return {
    draw(watched: Watch | null, nowMs) {
      const model = watched?.state.stream?.model ?? null;
      const wanted = model?.labels ?? [];
      if (wanted.join("\n") !== labels.join("\n")) arrange(wanted);
      shown = watched?.shown ?? null;
      if (!shown || !chart.plot || nowMs - drawnMs < everyMs || shown.track.end === drawnEnd) return;
      drawnMs = nowMs;
      drawnEnd = shown.track.end;
      hopSamples = model?.hopSamples ?? rate();
      right = Math.max(windowSeconds, shown.track.end / rate());
      inView = shown.decisions.since(shown.track.end - windowSeconds * rate());
      chart.plot.setData([
        inView.map(({ at }) => at / rate()),
        ...labels.map((name) => inView.map(({ decision }) => decision.probabilities?.[name] ?? null)),
      ]);
    },
    restyle(next) {
      theme = next;
      arrange(labels);
    },
  };
}

function hatch(context: CanvasRenderingContext2D, colour: string): CanvasPattern | null {
  const tile = make("canvas");
  tile.width = tile.height = 6;
  const tileContext = tile.getContext("2d")!;
  tileContext.strokeStyle = colour;
  tileContext.globalAlpha = 0.55;
  tileContext.beginPath();
  for (const shift of [-6, 0, 6]) {
    tileContext.moveTo(shift, 6);
    tileContext.lineTo(shift + 6, 0);
  }
  tileContext.stroke();
  return context.createPattern(tile, "repeat");
}
