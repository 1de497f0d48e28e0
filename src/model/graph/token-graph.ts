/**
 * Preprocessed samples to tokens, as a graph: the mix by electrode positions, the band filters, the logarithm of the
 * power. The same numbers as the stages of `tokens/`, for many stretches at once and with gradients.
 */
import { waveTaps } from "../../tokens/evoked.ts";
import { modelHz, patchSamples, strideSamples, type EncoderSizes } from "../encoder.ts";
import type { GraphBuilder, Tensor } from "./graph.ts";
import { operations } from "./operations.ts";
import type { Parameters } from "./parameters.ts";

export interface MixInputs {
  /** Spherical harmonics of the electrodes: [channels, 36]. */
  readonly phi: Tensor;
  /** 1 for each channel that the recording has, else 0: [batch, channels]. */
  readonly known: Tensor;
  /** 1 for each of them that is there now, else 0: [batch, channels]. */
  readonly present: Tensor;
  /** What each channel is multiplied by once it was referenced: [batch, channels]. @default 1 */
  readonly gain?: Tensor;
  /** µV, preprocessed, from the first sample of the first patch on: [batch, channels, samples]. */
  readonly samples: Tensor;
}

export interface Mix {
  /** µV: [batch, components, samples]. */
  readonly signals: Tensor;
  /** 1, or 0 for a component that lacks its channels: [batch, components]. */
  readonly carried: Tensor;
}

/**
 * The mix for samples that are referenced to the average of all known channels: its rows are normalised over the
 * channels present, and then made to refer to the average of those. A component lacks its channels where those present
 * hold less than half of its norm.
 */
export function mixGraph(graph: GraphBuilder, parameters: Parameters, inputs: MixInputs): Mix {
  const op = operations(graph);
  const { phi, known, present, gain, samples } = inputs;
  const [batch, channels] = present.shape as [number, number];
  const all = op.gemm(parameters("mix.weight"), phi, { transB: true });
  const components = all.shape[0]!;
  const squares = op.mul(all, all);
  const held = op.gemm(present, squares, { transB: true });
  const full = op.gemm(known, squares, { transB: true });
  const lacking = op.greater(op.mul(op.scalar(0.25), full), held);
  const there = op.reshape(present, [batch, 1, channels]);
  const norm = op.reshape(op.sqrt(held), [batch, components, 1]);
  const normalised = op.div(op.mul(all, there), norm);
  const mean = op.div(op.reduceSum(normalised, [2]), op.reduceSum(there, [2]));
  const referenced = op.sub(normalised, op.mul(there, mean));
  const weights = gain ? op.mul(referenced, op.reshape(gain, [batch, 1, channels])) : referenced;
  return {
    signals: op.matmul(weights, samples),
    carried: op.where(lacking, op.scalar(0), op.scalar(1)),
  };
}

export interface TokenInputs {
  readonly sizes: EncoderSizes;
  readonly mix: Mix;
  /** Added to every power, µV². */
  readonly epsilon: number;
  /** 0 where a patch of the samples is valid, `unseen` where it is masked: [batch, patches of the samples]. */
  readonly mask: Tensor;
  /** Tokens are wanted of the last so many patches of the samples; averages reach back to those before. */
  readonly patches: number;
  /**
   * What the centres of the bands are lowered by in each stretch, Hz: [batch, 1]. To the power of a complex filter that
   * is a shift of the signal's frequencies upward by so much. @default none
   */
  readonly shift?: Tensor;
}

/** The logarithms of the band powers, before their mean is taken off: [batch, patches, components · bands]. */
export function powerGraph(graph: GraphBuilder, parameters: Parameters, inputs: TokenInputs): Tensor {
  const op = operations(graph);
  const { sizes, mix, mask, epsilon, patches, shift } = inputs;
  const { components, bands, average } = sizes;
  const [batch, , nSamples] = mix.signals.shape as [number, number, number];
  const seen = patchesIn(nSamples);
  const rows = batch * components;
  const stretches = stretchGraph(graph, op.reshape(mix.signals, [rows, nSamples]));
  const filtered = shift
    ? op.matmul(
        op.reshape(stretches, [batch, components * seen, patchSamples]),
        shiftedFilterGraph(graph, parameters, shift),
      )
    : op.gemm(op.reshape(stretches, [rows * seen, patchSamples]), filterGraph(graph, parameters), {});
  const squared = op.reshape(op.mul(filtered, filtered), [rows * seen, 2, bands]);
  const power = op.reshape(op.reduceSum(squared, [1]), [batch, components, seen, bands]);
  const shares = average > 1 ? averageGraph(graph, mask, { average, patches }) : null;
  const averaged = shares
    ? op.matmul(op.reshape(shares, [batch, 1, patches, seen]), power)
    : op.slice(power, { axis: 2, start: seen - patches, end: seen });
  const logarithm = op.log(op.add(averaged, op.scalar(epsilon)));
  return op.reshape(op.transpose(logarithm, [0, 2, 1, 3]), [batch, patches, components * bands]);
}

/**
 * Signals to the samples of their patches: [rows, samples] to [rows, patches, 80]. Patches overlap: each is a few strides
 * side by side, so that one matrix product filters them all.
 */
export function stretchGraph(graph: GraphBuilder, signals: Tensor): Tensor {
  const op = operations(graph);
  const [rows, nSamples] = signals.shape as [number, number];
  const seen = patchesIn(nSamples);
  const strides = op.reshape(signals, [rows, nSamples / strideSamples, strideSamples]);
  const parts = Array.from({ length: patchSamples / strideSamples }, (_, i) =>
    op.slice(strides, { axis: 1, start: i, end: i + seen }),
  );
  return op.concat(parts, 2);
}

/** Slow waves of the components: [batch, patches, components], µV; 0 of those that lack their channels. */
export function waveGraph(graph: GraphBuilder, mix: Mix): Tensor {
  const op = operations(graph);
  const [batch, components, nSamples] = mix.signals.shape as [number, number, number];
  const seen = patchesIn(nSamples);
  const signals = op.reshape(mix.signals, [batch * components, nSamples]);
  const stretches = op.reshape(stretchGraph(graph, signals), [batch * components * seen, patchSamples]);
  const waves = op.reshape(op.gemm(stretches, lowPassGraph(graph), {}), [batch, components, seen]);
  return op.mul(op.transpose(waves, [0, 2, 1]), op.reshape(mix.carried, [batch, 1, components]));
}

/** The low-pass that makes slow waves: [80, 1]. */
export function lowPassGraph(graph: GraphBuilder): Tensor {
  const half = waveTaps();
  return graph.constant(Float32Array.from([...half.toReversed(), ...half]), [patchSamples, 1]);
}

/** What each average takes of every patch, the valid ones among the last few alike: [batch, patches, patches seen]. */
function averageGraph(
  graph: GraphBuilder,
  mask: Tensor,
  { average, patches }: { readonly average: number; readonly patches: number },
): Tensor {
  const op = operations(graph);
  const [batch, seen] = mask.shape as [number, number];
  const reach = new Float32Array(patches * seen);
  for (let p = 0; p < patches; p++) {
    const at = seen - patches + p;
    reach.fill(1, p * seen + Math.max(0, at - average + 1), p * seen + at + 1);
  }
  const valid = op.where(op.greater(op.scalar(-1), mask), op.scalar(0), op.scalar(1));
  const taken = op.mul(graph.constant(reach, [1, patches, seen]), op.reshape(valid, [batch, 1, seen]));
  const n = op.reduceSum(taken, [2]);
  // A masked patch may have none: its average means nothing, but is a number.
  return op.div(taken, op.where(op.greater(op.scalar(0.5), n), op.scalar(1), n));
}

/** The band filters' taps: cosines, then sines, a column each: [80, 2 · bands]. */
export function filterGraph(graph: GraphBuilder, parameters: Parameters): Tensor {
  const op = operations(graph);
  const { radians, weight } = windowGraph(graph, parameters);
  const phase = op.mul(radians, parameters("bands.centre"));
  return op.concat([op.mul(weight, op.cos(phase)), op.mul(weight, op.sin(phase))], 1);
}

/** The same for each stretch, its centres lowered: [batch, 80, 2 · bands]. */
function shiftedFilterGraph(graph: GraphBuilder, parameters: Parameters, shift: Tensor): Tensor {
  const op = operations(graph);
  const { radians, weight } = windowGraph(graph, parameters);
  const centre = op.sub(parameters("bands.centre"), op.reshape(shift, [shift.shape[0]!, 1, 1]));
  const phase = op.mul(radians, centre);
  return op.concat([op.mul(weight, op.cos(phase)), op.mul(weight, op.sin(phase))], 2);
}

/** Radians per Hz at each tap: [80, 1], and the filters' Gaussian windows: [80, bands]. */
function windowGraph(graph: GraphBuilder, parameters: Parameters): { radians: Tensor; weight: Tensor } {
  const op = operations(graph);
  const perHertz = Float32Array.from(
    { length: patchSamples },
    (_, n) => (2 * Math.PI * (n - (patchSamples - 1) / 2)) / modelHz,
  );
  const radians = graph.constant(perHertz, [patchSamples, 1]);
  const spread = op.mul(radians, parameters("bands.width"));
  const window = op.exp(op.mul(op.scalar(-0.5), op.mul(spread, spread)));
  return { radians, weight: op.div(window, op.reduceSum(window, [0])) };
}

/** Tokens: band powers less the training mean, over the training deviation; 0 of a component that lacks its channels. */
export function normaliseGraph(
  graph: GraphBuilder,
  parameters: Parameters,
  { powers, mix }: NormaliseInputs,
): Tensor {
  const op = operations(graph);
  const [batch, patches, features] = powers.shape as [number, number, number];
  const components = mix.carried.shape[1]!;
  const normalised = op.div(op.sub(powers, parameters("token.mean")), parameters("token.deviation"));
  const byComponent = op.reshape(normalised, [batch, patches, components, features / components]);
  return op.reshape(op.mul(byComponent, op.reshape(mix.carried, [batch, 1, components, 1])), powers.shape);
}

export interface NormaliseInputs {
  readonly powers: Tensor;
  readonly mix: Mix;
}

/** Whole patches in so many samples. */
export function patchesIn(nSamples: number): number {
  return Math.max(0, Math.floor((nSamples - patchSamples) / strideSamples) + 1);
}

/** Samples that so many patches cover. */
export function samplesOf(patches: number): number {
  return (patches - 1) * strideSamples + patchSamples;
}
