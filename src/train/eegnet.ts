/**
 * EEGNet-8,2 (Lawhern et al. 2018, J. Neural Eng. 15:056013, table 2): a compact convolutional network, the peer that
 * decoders of EEG are commonly compared with. Here stand its sizes, its tensors and how they begin; `eegnet-graph.ts`
 * has the layers.
 */
import { createRandom } from "../eeg/random.ts";
import type { Shape } from "../model/encoder.ts";
import { sizeOf } from "../model/graph/graph.ts";
import type { Tensors } from "./adamw.ts";

/** F1 of the paper. */
export const temporalFilters = 8;
/** D · F1, which is F2 too. */
export const maps = 16;
/** Taps of the separable convolution. */
const separableTaps = 16;
/** Samples that each average pooling makes one. */
export const pools = [4, 8] as const;

export interface EegnetSizes {
  readonly channels: number;
  /** In a window. */
  readonly samples: number;
  /** Taps of the temporal convolution: half the rate, so that 2 Hz and above pass. */
  readonly taps: number;
  readonly classes: number;
}

/** Times that are left after the first and after the second pooling. */
export function pooledLengths({ samples }: EegnetSizes): readonly [number, number] {
  const first = Math.floor(samples / pools[0]);
  return [first, Math.floor(first / pools[1])];
}

/**
 * Tensors that are learned. The paper's batch normalisation between the temporal and the spatial convolution is left
 * out: it is an affine map of each temporal filter's output, each spatial filter sees one of these alone, and the
 * normalisation that follows takes every such map off again.
 */
export function eegnetShapes(sizes: EegnetSizes): ReadonlyMap<string, Shape> {
  const { channels, taps, classes } = sizes;
  return new Map<string, Shape>([
    ["temporal.weight", [temporalFilters, taps]],
    ["spatial.weight", [maps, channels]],
    ["spatial.norm.weight", [maps]],
    ["spatial.norm.bias", [maps]],
    ["separable.depth.weight", [maps, separableTaps]],
    ["separable.point.weight", [maps, maps]],
    ["separable.norm.weight", [maps]],
    ["separable.norm.bias", [maps]],
    ["head.weight", [classes, maps * pooledLengths(sizes)[1]]],
    ["head.bias", [classes]],
  ]);
}

/** Running means and variances that the two normalisations have instead of a batch's own when they judge. */
export function startStatistics(): Map<string, Float32Array> {
  return new Map(
    ["spatial.norm", "separable.norm"].flatMap((norm) => [
      [`${norm}.mean`, new Float32Array(maps)] as const,
      [`${norm}.variance`, new Float32Array(maps).fill(1)] as const,
    ]),
  );
}

/** Weights before the first step: uniform within ±1/√inputs, biases 0, normalisations the identity. */
export function startWeights(sizes: EegnetSizes, seed: number): Map<string, Float32Array> {
  const random = createRandom(seed);
  const weights = new Map<string, Float32Array>();
  for (const [name, shape] of eegnetShapes(sizes)) {
    const values = new Float32Array(sizeOf(shape));
    if (name.endsWith("norm.weight")) values.fill(1);
    else if (shape.length > 1) {
      const bound = 1 / Math.sqrt(shape[1]!);
      for (let i = 0; i < values.length; i++) values[i] = bound * (2 * random.uniform() - 1);
    }
    weights.set(name, values);
  }
  limitNorms(weights, sizes);
  return weights;
}

/** Largest norms of a row, as the paper has them. */
const rowLimits = { "spatial.weight": 1, "head.weight": 0.25 } as const;

/** Scales rows that are longer than they may be back in place: each spatial filter, and what leads to each class. */
export function limitNorms(weights: Tensors, sizes: EegnetSizes): void {
  const shapes = eegnetShapes(sizes);
  for (const [name, limit] of Object.entries(rowLimits)) {
    const values = weights.get(name)!;
    const length = shapes.get(name)![1]!;
    for (let from = 0; from < values.length; from += length) {
      const row = values.subarray(from, from + length);
      const norm = Math.sqrt(row.reduce((sum, w) => sum + w * w, 0));
      if (norm > limit) for (let i = 0; i < length; i++) row[i]! *= limit / norm;
    }
  }
}
