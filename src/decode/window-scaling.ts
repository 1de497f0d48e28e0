import type { Normalisation } from "../model/window-manifest.ts";

/** Mean and deviation of a person's signal: one number for all channels, or one for each of the model's. */
export interface WindowStatistics {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

export interface WindowShape {
  readonly channels: number;
  readonly samples: number;
}

/** Scales the numbers of a window, channel after channel, in place. */
export type WindowScaling = (window: Float32Array) => void;

/**
 * What a manifest says is done to a window before the model sees it.
 * @param statistics of the person, where a calibration recording scales
 */
export function windowScaling(
  normalisation: Normalisation,
  shape: WindowShape,
  statistics: WindowStatistics | null,
): WindowScaling {
  switch (normalisation.way) {
    case "none":
    case "running": // was done sample by sample
      return () => undefined;
    case "fixed":
      return byNumbers(normalisation, shape);
    case "calibration":
      if (!statistics) throw new TypeError("normalisation from a calibration recording needs its statistics");
      return byNumbers(statistics, shape);
    case "window":
      return (window) => byNumbers(statisticsOf(window, shape, normalisation.over), shape)(window);
  }
}

function byNumbers({ mean, deviation }: WindowStatistics, { samples }: WindowShape): WindowScaling {
  return (window) => {
    for (let from = 0, c = 0; from < window.length; from += samples, c++) {
      const centre = mean[mean.length === 1 ? 0 : c]!;
      const spread = deviation[deviation.length === 1 ? 0 : c]! || 1; // what never changes stays 0
      for (let i = from; i < from + samples; i++) window[i] = (window[i]! - centre) / spread;
    }
  };
}

/** Mean and population deviation, as NumPy's `mean` and `std`. */
function statisticsOf(
  window: Float32Array,
  { samples }: WindowShape,
  over: "all" | "channel",
): WindowStatistics {
  const size = over === "all" ? window.length : samples;
  const mean: number[] = [];
  const deviation: number[] = [];
  for (let from = 0; from < window.length; from += size) {
    let sum = 0;
    for (let i = from; i < from + size; i++) sum += window[i]!;
    const centre = sum / size;
    let squares = 0;
    for (let i = from; i < from + size; i++) squares += (window[i]! - centre) * (window[i]! - centre);
    mean.push(centre);
    deviation.push(Math.sqrt(squares / size));
  }
  return { mean, deviation };
}
