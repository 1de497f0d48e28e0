import type uPlot from "uplot";
import { createChart } from "./chart.ts";
import type { Shown } from "./shown.ts";
import { channelGroups, meanPower, type Band, type Spectra } from "./spectra.ts";
import { font, type Theme } from "./theme.ts";
import { element, make, type View } from "./view.ts";

/** What it needs beside the stream: both are made elsewhere and shared with the scalp map. */
export interface SpectrumSource {
  readonly spectra: Spectra | null;
  readonly shown: Shown | null;
  readonly band: Band;
}

const highestHz = 45;

/** The mean spectrum of each group of electrodes over the last seconds. */
export function createSpectrumView(root: HTMLElement, source: SpectrumSource): View {
  const legend = element("regions");
  let theme: Theme | null = null;
  let drawnSpectra: Spectra | null = null;
  let drawnRound = -1;
  let drawnBand: Band | null = null;
  let groups: ReturnType<typeof channelGroups> = [];
  let shownBins = 0;
  let range: [low: number, high: number] = [-20, 20];

  const colour = (index: number): string => {
    const region = groups[index]!.region;
    return region && theme ? theme.regions[region] : (theme?.accent ?? "");
  };

  const chart = createChart(
    root,
    () => theme && options(theme),
    () => (drawnRound = -1),
  );

  function options({ soft, grid }: Theme): Omit<uPlot.Options, "width" | "height"> {
    const axis = { stroke: soft, font: font(11), grid: { stroke: grid, width: 1 }, ticks: { show: false } };
    return {
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 8, 0, 0],
      scales: { x: { time: false, range: [1, highestHz] }, y: { range: () => range } },
      axes: [
        {
          ...axis,
          size: 18,
          gap: 1,
          splits: () => [1, 4, 8, 13, 20, 30, 40],
          values: (_, splits) => splits.map((hz) => (hz === 40 ? "40 Hz" : `${hz}`)),
        },
        {
          ...axis,
          size: 38,
          gap: 2,
          values: (_, splits) => splits.map((dB, i) => (i === 0 ? "" : `${dB}`)),
          space: 22,
        },
      ],
      series: [{}, ...groups.map((_, i) => ({ stroke: colour(i), width: 1.5, points: { show: false } }))],
      hooks: { drawClear: [shadeBand] },
    };
  }

  function shadeBand(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const { lowHz, highHz } = source.band;
    const left = plot.valToPos(lowHz, "x", true);
    const right = plot.valToPos(highHz, "x", true);
    ctx.fillStyle = theme!.sunk;
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.fillStyle = theme!.soft;
    ctx.font = font(10 * (devicePixelRatio || 1));
    ctx.textBaseline = "top";
    ctx.textAlign = "left";
    ctx.fillText("dB µV²/Hz", bbox.left + 4, bbox.top + 2);
  }

  function arrange(spectra: Spectra | null, shown: Shown | null): void {
    groups = spectra && shown ? channelGroups(shown.track.info.channels, spectra.channels) : [];
    shownBins = spectra ? spectra.frequencies.findLastIndex((hz) => hz <= highestHz) + 1 : 0;
    legend.replaceChildren(
      ...groups.map(({ region }, i) => {
        const swatch = make("i");
        swatch.style.background = colour(i);
        return make("li", swatch, region ?? "all EEG");
      }),
    );
    chart.remake();
  }

  return {
    draw() {
      const { spectra, shown, band } = source;
      if (spectra !== drawnSpectra) {
        drawnSpectra = spectra;
        arrange(spectra, shown);
      }
      if (!chart.plot || !spectra || !shown || (spectra.round === drawnRound && band === drawnBand)) return;
      drawnRound = spectra.round;
      drawnBand = band;
      const lines = groups.map(({ channels }) => {
        const power = meanPower(spectra, channels, shown.bad);
        return power ? Array.from(power.subarray(0, shownBins), (p) => 10 * Math.log10(p + 1e-12)) : null;
      });
      range = stepped(
        lines.flatMap((line) => line?.slice(1) ?? []),
        range,
      );
      const empty = new Array<null>(shownBins).fill(null);
      chart.plot.setData([
        Array.from(spectra.frequencies.subarray(0, shownBins)),
        ...lines.map((line) => line ?? empty),
      ]);
    },
    restyle(next) {
      theme = next;
      arrange(source.spectra, source.shown);
    },
  };
}

/** A range in whole fives that holds the values; it does not shrink for little, so that the axis stands still. */
function stepped(values: readonly number[], [low, high]: [number, number]): [number, number] {
  const finite = values.filter((value) => Number.isFinite(value) && value > -60);
  if (finite.length === 0) return [low, high];
  const least = Math.floor((Math.min(...finite) - 1) / 5) * 5;
  const most = Math.ceil((Math.max(...finite) + 1) / 5) * 5;
  const keepsLow = low <= least && low >= least - 5;
  const keepsHigh = high >= most && high <= most + 5;
  return [keepsLow ? low : least, keepsHigh ? high : most];
}
