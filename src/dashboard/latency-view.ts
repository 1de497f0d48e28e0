import uPlot from "uplot";
import { createChart } from "./chart.ts";
import { latencyEdges } from "./latency-log.ts";
import type { Watch } from "./shown.ts";
import { font, type Theme } from "./theme.ts";
import { element, setText, type View } from "./view.ts";

const everyMs = 500;

/** How long labels take, from the last sample that they need to this page. */
export function createLatencyView(root: HTMLElement): View {
  const quantiles = element("quantiles");
  let theme: Theme | null = null;
  let drawnMs = -Infinity;
  let drawn: readonly [watched: Watch | null, count: number] = [null, -1];
  const bins = latencyEdges.length - 1;
  const ticks = Array.from(latencyEdges).flatMap((_, i) => (i % 8 === 0 ? [i] : []));

  const chart = createChart(
    root,
    () => theme && options(theme),
    () => (drawn = [null, -1]),
  );

  function options({ soft, grid, accent }: Theme): Omit<uPlot.Options, "width" | "height"> {
    const axis = { stroke: soft, font: font(11), ticks: { show: false } };
    return {
      legend: { show: false },
      cursor: { show: false },
      padding: [6, 14, 0, 0],
      scales: {
        x: { time: false, range: [0, bins] },
        y: { range: (_, __, most) => [0, Math.max(1, most) * 1.05] },
      },
      axes: [
        {
          ...axis,
          size: 18,
          gap: 1,
          grid: { stroke: grid, width: 1 },
          splits: () => ticks,
          values: () => ["0.1", "1", "10", "100 ms", "1 s"],
        },
        {
          ...axis,
          size: 38,
          gap: 2,
          grid: { show: false },
          space: 26,
          values: (_, splits) => splits.map((n) => (n === 0 ? "" : `${n}`)),
        },
      ],
      series: [
        {},
        {
          fill: accent,
          stroke: accent,
          width: 0,
          points: { show: false },
          paths: uPlot.paths.bars!({ size: [0.86, 40], align: 1 }),
        },
      ],
    };
  }

  return {
    draw(watched, nowMs) {
      const count = watched?.latencies.count ?? 0;
      if (!chart.plot || nowMs - drawnMs < everyMs || (drawn[0] === watched && drawn[1] === count)) return;
      drawnMs = nowMs;
      drawn = [watched, count];
      const counts = watched?.latencies.histogram() ?? new Uint32Array(bins);
      chart.plot.setData([Array.from({ length: bins }, (_, i) => i), Array.from(counts)]);
      const values = watched?.latencies.quantiles([0.5, 0.95, 0.99]);
      setText(
        quantiles,
        values ? `p50 ${ms(values[0]!)}  p95 ${ms(values[1]!)}  p99 ${ms(values[2]!)} ms` : "no labels yet",
      );
    },
    restyle(next) {
      theme = next;
      chart.remake();
    },
  };
}

function ms(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}
