import { bandpassStage } from "../signal/filters.ts";
import { averagedChannels, rowsOf, type DerivationName } from "./derivation.ts";
import { createFilteredSamples, type FilteredSamples } from "./filtered-samples.ts";
import { createPlayhead, type Playhead } from "./playhead.ts";
import { median, nextScale, scaleFor, spread } from "./scale-steps.ts";
import type { Shown, Watch } from "./shown.ts";
import type { Theme } from "./theme.ts";
import { axisHeight, markerHeight, paintBackdrop } from "./trace-backdrop.ts";
import { labelWidth, paintLabels } from "./trace-labels.ts";
import {
  paintTraces,
  rowReader,
  type DrawnRow,
  type TraceLayout,
  type TraceSource,
} from "./trace-painter.ts";
import { make, onResize, pixelRatio, type View } from "./view.ts";

export type FilterName = "off" | "1-45";

/** What a user picks. */
interface TraceSettings {
  readonly derivation: DerivationName;
  readonly filter: FilterName;
  readonly windowSeconds: number;
  /** Of EEG, from one trace to the next, µV. */
  readonly scale: number;
  readonly autoScale: boolean;
  readonly page: number;
}

export interface TracesView extends View {
  readonly settings: TraceSettings;
  /** Pages of channels that there are. */
  readonly pages: {
    readonly count: number;
    readonly first: number;
    readonly last: number;
    readonly all: number;
  };
  /** Whether it stands still while the stream goes on. */
  frozen: boolean;
  set(settings: Partial<TraceSettings>): void;
}

export const windowChoices = [2, 5, 10, 20, 30] as const;
const mostRows = 64;
/** Below this height, in pixels of the layout, rows go on another page. */
const leastRowHeight = 7.5;
const judgeEveryMs = 500;

/**
 * Stacked traces that glide to the left. Each frame moves the picture and draws only what is new at its right edge, so
 * that its cost does not depend on how much is in view.
 * @param changed called when the settings have changed, also by themselves
 */
export function createTracesView(root: HTMLElement, changed: () => void): TracesView {
  const back = make("canvas");
  const traces = make("canvas");
  const labels = make("canvas");
  root.append(back, traces, labels);
  traces.setAttribute("role", "img");
  const context = (canvas: HTMLCanvasElement): CanvasRenderingContext2D => canvas.getContext("2d")!;
  const [backContext, traceContext, labelContext] = [context(back), context(traces), context(labels)];

  let settings: TraceSettings = {
    derivation: "recorded",
    filter: "off",
    windowSeconds: 10,
    scale: 50,
    autoScale: true,
    page: 0,
  };
  let theme: Theme | null = null;
  let size = { width: 0, height: 0 };
  let shown: Shown | null = null;
  let filtered: FilteredSamples | null = null;
  let playhead: Playhead | null = null;
  let rows: DrawnRow[] = [];
  let allRows = 0;
  let pageRows = mostRows;
  let layout: TraceLayout = { width: 0, rowHeight: 1, top: 0, pixelsPerSample: 1 };
  let ratio = 1;
  let averaged: readonly number[] = [];
  let drawnTo: number | null = null;
  let drawnQuality: unknown = null;
  let drawnMarkers = 0;
  let judgedMs = -Infinity;
  let scaledAt = 0;
  let frozen = false;

  /** Lays everything out anew: another stream, size, choice or colours. */
  function arrange(): void {
    drawnTo = null;
    drawnQuality = null;
    judgedMs = -Infinity;
    if (!shown || !theme || size.width === 0) return;
    const { info, rate } = shown.track;
    const every = rowsOf(info.channels, settings.derivation);
    averaged = averagedChannels(info.channels);
    allRows = every.length;
    ratio = pixelRatio();
    const room = size.height - axisHeight - markerHeight;
    const fit = Math.max(1, Math.min(mostRows, Math.floor(room / leastRowHeight)));
    const pages = Math.max(1, Math.ceil(allRows / fit));
    pageRows = Math.ceil(allRows / pages);
    const page = Math.min(settings.page, pages - 1);
    settings = { ...settings, page };
    const colours = theme;
    rows = every.slice(page * pageRows, (page + 1) * pageRows).map((row) => ({
      ...row,
      colour: row.region ? colours.regions[row.region] : colours.other,
      baseline: NaN,
      gain: 1,
    }));
    const rowHeight = room / Math.max(1, rows.length);
    const gutter = labelWidth(rows, rowHeight);
    const width = Math.max(20, size.width - gutter);
    for (const [canvas, wide, left] of [
      [back, width, gutter],
      [traces, width, gutter],
      [labels, gutter, 0],
    ] as const) {
      canvas.width = Math.round(wide * ratio);
      canvas.height = Math.round(size.height * ratio);
      canvas.style.width = `${wide}px`;
      canvas.style.height = `${size.height}px`;
      canvas.style.left = `${left}px`;
    }
    layout = {
      width: traces.width,
      rowHeight: rowHeight * ratio,
      top: markerHeight * ratio,
      pixelsPerSample: traces.width / (settings.windowSeconds * rate),
    };
    const count = rows.length === allRows ? `${allRows}` : `${rows.length} of ${allRows}`;
    traces.setAttribute("aria-label", `${count} traces, the last ${settings.windowSeconds} s`);
    changed();
  }

  function refilter(): void {
    filtered = null;
    shown?.follow(null);
    if (!shown || settings.filter === "off") return;
    try {
      const made = createFilteredSamples(shown.track, bandpassStage({ lowHz: 1, highHz: 45, order: 2 }));
      shown.follow((at, item) => made.store(at, item));
      filtered = made;
    } catch {
      settings = { ...settings, filter: "off" }; // too low a rate for it
      changed();
    }
  }

  function source(): TraceSource {
    const { begin, end, samples } = shown!.track;
    const ring = filtered?.samples ?? samples;
    return { read: (channel, from, out) => ring.read(channel, from, out), averaged, begin, end };
  }

  /** Looks at the last seconds: where rows have their middle, and what scale fits. @returns whether to draw anew */
  function judge(to: number): boolean {
    const from = source();
    const first = Math.max(
      from.begin,
      Math.floor(to - Math.min(settings.windowSeconds, 10) * shown!.track.rate),
    );
    const n = Math.floor(to) - first;
    if (n < 2) return false;
    const read = rowReader(from, first, n);
    const spreads = rows.map((row) => spread(read(row)));
    const isEeg = (r: number): boolean => rows[r]!.type === "eeg";
    let anew = false;
    if (settings.autoScale && n > shown!.track.rate / 2) {
      const fit = scaleFor(median(spreads.flatMap(({ deviation }, r) => (isEeg(r) ? [deviation] : []))));
      const isFar = fit > settings.scale * 2 || fit * 2.5 < settings.scale;
      const isEarly = to - scaledAt < 3 * shown!.track.rate;
      if (fit !== settings.scale && (isFar || isEarly)) {
        settings = { ...settings, scale: fit };
        anew = true;
        changed();
      }
    }
    rows.forEach((row, r) => {
      const { mean, deviation } = spreads[r]!;
      const unit = isEeg(r) ? settings.scale : 6 * deviation || 1; // other signals fill their row
      const gain = layout.rowHeight / unit;
      const isOff = !(Math.abs(mean - row.baseline) * gain < layout.rowHeight * 0.3);
      const isOther = gain > row.gain * 1.6 || gain * 1.6 < row.gain || (isEeg(r) && gain !== row.gain);
      if (mean - mean !== 0 || !(isOff || isOther)) return;
      row.baseline = mean;
      row.gain = gain;
      anew = true;
    });
    return anew;
  }

  function paint(right: number): void {
    if (drawnTo === right) return;
    const { width } = layout;
    const step = drawnTo === null ? width : right - drawnTo;
    traceContext.setTransform(1, 0, 0, 1, 0, 0);
    traceContext.lineWidth = ratio > 1 ? 1.25 * ratio * 0.8 : 1;
    traceContext.lineJoin = "round";
    let from = right - width;
    if (step > 0 && step < width) {
      traceContext.globalCompositeOperation = "copy"; // what is moved in from the right is empty
      traceContext.drawImage(traces, -step, 0);
      traceContext.globalCompositeOperation = "source-over";
      // the last column may have been drawn from half of its samples
      from = Math.max(from, right - step - 3);
      traceContext.clearRect(from - (right - width), 0, width, traces.height);
    } else traceContext.clearRect(0, 0, width, traces.height);
    paintTraces(traceContext, { rows, layout, source: source() }, { from, to: right, right });
    drawnTo = right;
  }

  function draw(watched: Watch | null, nowMs: number): void {
    if (watched?.shown !== shown) {
      shown?.follow(null);
      shown = watched?.shown ?? null;
      playhead = shown ? createPlayhead(shown.track.rate) : null;
      scaledAt = 0;
      frozen = false;
      refilter();
      arrange();
      if (!shown)
        for (const each of [backContext, traceContext, labelContext])
          each.clearRect(0, 0, each.canvas.width, each.canvas.height);
    }
    if (!shown || !playhead || !theme || layout.width === 0) return;
    const { track, markers, quality } = shown;
    if (frozen && drawnTo !== null) return;
    const head = playhead.step(nowMs, track.end);
    if (nowMs - judgedMs > judgeEveryMs && track.end > track.begin) {
      judgedMs = nowMs;
      if (judge(head)) drawnTo = null;
    }
    if (quality !== drawnQuality || drawnTo === null) {
      drawnQuality = quality;
      const state = (channel: number) => quality?.[channel]?.state ?? null;
      const labelled = rows.map((row) => {
        const other = typeof row.less === "number" ? state(row.less) : null;
        return { ...row, state: other !== null && other !== "good" ? other : state(row.channel) };
      });
      paintLabels(labelContext, labelled, { layout, ratio, theme });
    }
    const right = Math.floor(head * layout.pixelsPerSample);
    if (right === drawnTo && markers.length === drawnMarkers) return;
    drawnMarkers = markers.length;
    const { windowSeconds } = settings;
    paint(right);
    paintBackdrop(
      backContext,
      { track, markers, windowSeconds, right: right / layout.pixelsPerSample },
      theme,
    );
  }

  onResize(root, (width, height) => {
    size = { width, height };
    arrange();
  });

  return {
    get settings() {
      return settings;
    },
    get pages() {
      const first = settings.page * pageRows;
      return {
        count: Math.ceil(allRows / Math.max(1, pageRows)),
        first: first + 1,
        last: Math.min(allRows, first + pageRows),
        all: allRows,
      };
    },
    get frozen() {
      return frozen;
    },
    set frozen(stands) {
      frozen = stands;
    },
    set(some) {
      const before = settings;
      settings = { ...settings, ...some };
      if (some.autoScale === true && shown) scaledAt = shown.track.end;
      if (settings.filter !== before.filter) {
        scaledAt = shown?.track.end ?? 0;
        refilter();
      }
      if (settings.derivation !== before.derivation) scaledAt = shown?.track.end ?? 0;
      arrange();
    },
    draw,
    restyle(next) {
      theme = next;
      arrange();
    },
  };
}

/** The next larger or smaller scale, picked by hand. */
export function stepScale(view: TracesView, by: 1 | -1): void {
  view.set({ scale: nextScale(view.settings.scale, by), autoScale: false });
}
