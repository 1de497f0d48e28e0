import uPlot from "uplot";
import { onResize } from "./view.ts";

/** A plot that keeps the size of its element, and is made anew when its colours or series change. */
export interface Chart {
  readonly plot: uPlot | null;
  /** Makes it anew; what it showed is gone. */
  remake(): void;
}

/** @param options all but the size, asked for whenever it is made */
export function createChart(
  root: HTMLElement,
  options: () => Omit<uPlot.Options, "width" | "height"> | null,
  made: () => void,
): Chart {
  let plot: uPlot | null = null;
  let size = { width: 0, height: 0 };

  function remake(): void {
    plot?.destroy();
    plot = null;
    const given = size.width > 0 ? options() : null;
    if (!given) return;
    plot = new uPlot({ ...given, ...size }, [[]], root);
    made();
  }

  onResize(root, (width, height) => {
    size = { width, height };
    if (plot) plot.setSize(size);
    else remake();
  });

  return {
    get plot() {
      return plot;
    },
    remake,
  };
}
