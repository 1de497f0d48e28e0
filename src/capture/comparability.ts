import { fromHertz, hertz } from "../eeg/sfreq.ts";
import { chain } from "../eeg/stage.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { contextSeconds } from "../model/encoder.ts";
import { isWindowModel, type AnyModel } from "../model/window-model.ts";
import { bandpassStage, notchStage } from "../signal/filters.ts";
import { qualityMemorySeconds } from "../signal/running-quality.ts";
import type { Decoder } from "./manifest.ts";
import type { CapturedSegment, Stretch } from "./open-capture.ts";

/**
 * What of a segment's decisions can be computed again from what was captured. A decision depends on all samples before
 * it, back to the segment's start: filters remember for ever, though less and less. Where all were captured it can be
 * had again exactly. Behind a hole (samples that the decoder had and the capture lacks, such as those before a capture
 * that began late) it can be had to within the tolerance once what the decoder remembers from before has died away:
 * recursive filters five times over (they call themselves settled at 1 % of their impulse response, so 1e-10 of it are
 * left), then the model's whole context, then the mean over probabilities to 1e-7 and the time that labels are held.
 */
export type Comparable = "exactly" | "closely" | "not";

/** How decisions compare at a sample; samples come in order. */
export function createComparability(
  segment: CapturedSegment,
  remembers: number,
): (sample: number) => Comparable {
  const { holes } = segment;
  let passed = 0;
  let holeEnd = -Infinity;
  return (sample) => {
    for (; passed < holes.length && holes[passed]!.start < sample; passed++)
      holeEnd = Math.max(holeEnd, holes[passed]!.end);
    if (holeEnd === -Infinity) return "exactly";
    return sample >= holeEnd + remembers ? "closely" : "not";
  };
}

/** Whether a sample lies in one of the stretches, their ends included. */
export function within(stretches: readonly Stretch[], sample: number): boolean {
  return stretches.some(({ start, end }) => sample >= start && sample <= end);
}

/**
 * How long the decoder remembers, to within the tolerance, in samples of the stream; Infinity with a refractory time,
 * which makes a label depend on when the last one was given.
 * @param models that see the stream: the decoder's own, and its gate's
 */
export function memorySamples(
  models: readonly AnyModel[],
  { pipeline }: Pick<Decoder, "pipeline">,
  stream: StreamInfo,
): number {
  const { smoothSeconds, dwellSeconds, refractorySeconds, quality = "off" } = { ...noStages, ...pipeline };
  if (refractorySeconds !== null) return Infinity;
  const seconds =
    1 + // the resampler's kernel, the watch for flat channels
    Math.max(...models.map((model) => 5 * settleSeconds(model, stream) + modelSeconds(model))) +
    (quality === "off" ? 0 : qualityMemorySeconds) +
    16 * (smoothSeconds ?? 0) +
    (dwellSeconds ?? 0);
  return Math.ceil(seconds * hertz(stream.sfreq));
}

const noStages = { smoothSeconds: null, dwellSeconds: null, refractorySeconds: null };

function settleSeconds({ manifest }: AnyModel, stream: StreamInfo): number {
  const rate = fromHertz(manifest.input.sfreq);
  const filters = manifest.input.filters.map((filter) =>
    filter.kind === "bandpass" ? bandpassStage(filter) : notchStage(filter),
  );
  const { output } = chain(...filters)({ ...stream, sfreq: rate, settleSamples: 0 });
  return output.settleSamples / hertz(rate);
}

function modelSeconds(model: AnyModel): number {
  if (!isWindowModel(model)) return contextSeconds(model.manifest.architecture.sizes);
  const { window, sfreq, normalisation } = model.manifest.input;
  const running = normalisation.way === "running" ? 16 / normalisation.weight : 0;
  return (window.samples + running) / sfreq;
}
