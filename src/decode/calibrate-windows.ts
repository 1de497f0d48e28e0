import { EegError } from "../eeg/errors.ts";
import type { Item } from "../eeg/item.ts";
import type { WindowManifest } from "../model/window-manifest.ts";
import type { WindowModel } from "../model/window-model.ts";
import { clip, type CalibrateOptions } from "./calibrate.ts";
import type { WindowCalibration } from "./calibration.ts";
import { createWindowSegment, type WindowSegment } from "./window-segment.ts";

/** Less than this says too little of a person. */
const leastSeconds = 5;

/** Mean and sum of squared distances from it of the samples so far (Welford 1962; Chan, Golub & LeVeque 1979). */
interface Moments {
  n: number;
  mean: number;
  squares: number;
}

/**
 * Fits a decoder in an ONNX file that scales by a person's own recording: mean and deviation of her signal as it comes
 * to the decoder, over tenths of a second that lack no channel.
 * @param source its first segment is taken
 * @throws EegError CALIBRATION_MISMATCH for a decoder that scales otherwise, CALIBRATION_DATA if there is too little
 * signal; and what `decode` throws for a recording that the decoder cannot take
 */
export async function calibrateWindows(
  source: AsyncIterable<Item> | Iterable<Item>,
  model: WindowModel,
  options: CalibrateOptions,
): Promise<WindowCalibration> {
  const { manifest, weightsHash } = model;
  const { normalisation, sfreq, channels } = manifest.input;
  if (normalisation.way !== "calibration")
    throw new EegError(
      "CALIBRATION_MISMATCH",
      `model ${manifest.name} takes no calibration (it scales by: ${normalisation.way}); decode without`,
    );
  const { state, name, seconds = Infinity } = options;
  const spans = clip(options.spans ?? [{ from: 0, to: Infinity }], seconds);
  const block = Math.max(1, Math.round(sfreq / 10));
  const inBlocks: WindowManifest = {
    ...manifest,
    input: {
      ...manifest.input,
      window: { samples: block, hopSamples: block },
      normalisation: { way: "none" },
    },
  };
  const all = channels.order.map((): Moments => ({ n: 0, mean: 0, squares: 0 }));
  let place = 0;

  function take(windows: ReturnType<WindowSegment["end"]>): void {
    for (const { window, reasons } of windows) {
      const from = (place++ * block) / sfreq;
      const within = spans.some((span) => span.from <= from && from + block / sfreq <= span.to + 1e-9);
      if (window && reasons.length === 0 && within)
        all.forEach((moments, c) => add(moments, window.subarray(c * block, (c + 1) * block)));
    }
  }

  let segment: WindowSegment | undefined;
  for await (const item of source) {
    if (item.kind === "info") {
      if (segment) break;
      segment = createWindowSegment(inBlocks, item.stream, { ...options, hop: block });
    } else if (item.kind !== "marker") take(segment!.push(item));
  }
  take(segment?.end() ?? []);

  const heard = all[0]!.n / sfreq;
  const { mean, deviation } = normalisation.over === "all" ? pooled(all) : apart(all);
  if (heard < leastSeconds || deviation.some((each) => !(each > 0)))
    throw new EegError(
      "CALIBRATION_DATA",
      `${name}: ${heard.toFixed(1)} s of ${state} are too few to calibrate on, at least ${leastSeconds} are needed; record half a minute of it`,
    );
  return {
    format: "brainwire-calibration/1",
    model: { name: manifest.name, version: manifest.version, weights: weightsHash },
    state,
    recording: { name, seconds: heard },
    statistics: { mean, deviation },
  };
}

function add(moments: Moments, samples: Float32Array): void {
  for (const x of samples) {
    moments.n++;
    const away = x - moments.mean;
    moments.mean += away / moments.n;
    moments.squares += away * (x - moments.mean);
  }
}

function apart(all: readonly Moments[]): WindowCalibration["statistics"] {
  return {
    mean: all.map(({ mean }) => mean),
    deviation: all.map(({ n, squares }) => Math.sqrt(squares / n)),
  };
}

/** Over all channels, which have as many samples each. */
function pooled(all: readonly Moments[]): WindowCalibration["statistics"] {
  const mean = all.reduce((sum, each) => sum + each.mean, 0) / all.length;
  const variance =
    all.reduce((sum, each) => sum + each.squares / each.n + (each.mean - mean) * (each.mean - mean), 0) /
    all.length;
  return { mean: [mean], deviation: [Math.sqrt(variance)] };
}
