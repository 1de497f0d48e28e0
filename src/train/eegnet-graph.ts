/**
 * EEGNet as a graph. The temporal convolution comes before the spatial one in the paper; both are linear and change
 * places here, so that 16 signals are convolved instead of those of all channels with 8 filters each.
 */
import { createGraph, type Graph, type Tensor } from "../model/graph/graph.ts";
import { operations, type Operations } from "../model/graph/operations.ts";
import { differentiate } from "./differentiate.ts";
import {
  eegnetShapes,
  maps,
  pooledLengths,
  pools,
  startStatistics,
  temporalFilters,
  type EegnetSizes,
} from "./eegnet.ts";

/** Of batch normalisation, as in the authors' code. */
const epsilon = 1e-3;

export interface EegnetGraphOptions {
  readonly sizes: EegnetSizes;
  /** Windows in a run. */
  readonly batch: number;
}

/**
 * What judges. Inputs: the learned tensors and the statistics by name, and `samples`
 * [channels, batch · samples], window after window in each channel. Output: `logits` [batch, classes].
 */
export function eegnetGraph({ sizes, batch }: EegnetGraphOptions): Graph {
  const graph = createGraph();
  const op = operations(graph);
  const weights = new Map([...eegnetShapes(sizes)].map(([name, shape]) => [name, graph.input(name, shape)]));
  const statistics = new Map(
    [...startStatistics()].map(([name, { length }]) => [name, graph.input(name, [length])]),
  );
  const samples = graph.input("samples", [sizes.channels, batch * sizes.samples]);
  const logits = layers(op, {
    sizes,
    batch,
    weights,
    samples,
    statistics: (norm) => ({
      mean: column(op, statistics.get(`${norm}.mean`)!),
      variance: column(op, statistics.get(`${norm}.variance`)!),
    }),
    drop: (_, x) => x,
  });
  graph.output("logits", logits);
  return graph;
}

export interface EegnetTrainingGraph extends Graph {
  /** Shapes of the inputs `drop.PLACE`: what features are multiplied by. */
  readonly drops: ReadonlyMap<string, number>;
}

/**
 * A step of training. Inputs: the learned tensors by name, `samples` as above, `target` [batch, classes], a distribution
 * over the classes, and `drop.PLACE`. Outputs: `loss`, the mean cross-entropy; `logits`; `gradient.NAME` of every learned
 * tensor; and the batch's own statistics by name.
 */
export function eegnetTrainingGraph({ sizes, batch }: EegnetGraphOptions): EegnetTrainingGraph {
  const graph = createGraph();
  const op = operations(graph);
  const weights = new Map([...eegnetShapes(sizes)].map(([name, shape]) => [name, graph.input(name, shape)]));
  const samples = graph.input("samples", [sizes.channels, batch * sizes.samples]);
  const target = graph.input("target", [batch, sizes.classes]);
  const drops = new Map<string, number>();
  const found = new Map<string, Tensor>();
  const logits = layers(op, {
    sizes,
    batch,
    weights,
    samples,
    statistics(norm, x) {
      const mean = op.reduceMean(x, [1]);
      const centred = op.sub(x, mean);
      const variance = op.reduceMean(op.mul(centred, centred), [1]);
      found.set(`${norm}.mean`, mean);
      found.set(`${norm}.variance`, variance);
      return { mean, variance };
    },
    drop(place, x) {
      drops.set(
        place,
        x.shape.reduce((a, b) => a * b, 1),
      );
      return op.mul(x, graph.input(`drop.${place}`, x.shape));
    },
  });
  const agreement = op.reduceSum(op.mul(target, op.logSoftmax(logits)), [0, 1]);
  const loss = op.div(op.neg(op.reshape(agreement, [1])), op.scalar(batch));
  const gradients = differentiate(graph, loss, [...weights.values()]);
  graph.output("loss", loss);
  graph.output("logits", logits);
  [...weights.keys()].forEach((name, i) => graph.output(`gradient.${name}`, gradients[i]!));
  for (const [name, value] of found) graph.output(name, op.reshape(value, [maps]));
  return { ...graph, drops };
}

interface Statistics {
  /** [maps, 1] both. */
  readonly mean: Tensor;
  readonly variance: Tensor;
}

interface LayersOptions extends EegnetGraphOptions {
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly samples: Tensor;
  readonly statistics: (norm: string, x: Tensor) => Statistics;
  readonly drop: (place: string, x: Tensor) => Tensor;
}

/** From samples to logits. All between is [maps, batch · time]: what belongs to a map lies in one piece. */
function layers(op: Operations, options: LayersOptions): Tensor {
  const { sizes, batch, weights, samples, statistics, drop } = options;
  const weight = (name: string): Tensor => weights.get(name)!;
  const [first, second] = pooledLengths(sizes);

  function normalised(x: Tensor, norm: string): Tensor {
    const { mean, variance } = statistics(norm, x);
    const deviation = op.sqrt(op.add(variance, op.scalar(epsilon)));
    const scale = op.div(column(op, weight(`${norm}.weight`)), deviation);
    return op.add(op.mul(op.sub(x, mean), scale), column(op, weight(`${norm}.bias`)));
  }

  const mixed = op.gemm(weight("spatial.weight"), samples, {});
  // Each temporal filter meets its two spatial ones.
  const perFilter = (maps / temporalFilters) * batch;
  const mixes = op.reshape(mixed, [temporalFilters, perFilter, sizes.samples]);
  const filtered = op.reshape(convolution(op, mixes, weight("temporal.weight")), mixed.shape);
  const early = op.reshape(op.elu(normalised(filtered, "spatial.norm")), [maps, batch, sizes.samples]);
  const pooled = drop("spatial", pooling(op, early, pools[0]));

  const depth = convolution(op, pooled, weight("separable.depth.weight"));
  const point = op.gemm(weight("separable.point.weight"), op.reshape(depth, [maps, batch * first]), {});
  const late = op.reshape(op.elu(normalised(point, "separable.norm")), [maps, batch, first]);
  const features = drop("separable", pooling(op, late, pools[1]));

  const rows = op.reshape(op.transpose(features, [1, 0, 2]), [batch, maps * second]);
  return op.gemm(rows, weight("head.weight"), { transB: true, bias: weight("head.bias") });
}

function column(op: Operations, x: Tensor): Tensor {
  return op.reshape(x, [x.shape[0]!, 1]);
}

/** Means of so many neighbours along the last axis; what is left over at the end is dropped. */
function pooling(op: Operations, x: Tensor, width: number): Tensor {
  const [a, b, length] = x.shape as [number, number, number];
  const kept = Math.floor(length / width);
  const whole = kept * width === length ? x : op.slice(x, { axis: 2, start: 0, end: kept * width });
  return op.reshape(op.reduceMean(op.reshape(whole, [a, b, kept, width]), [3]), [a, b, kept]);
}

/**
 * Cross-correlation along the last axis with zeros around, as long as its input: `x` [groups, rows, time], `taps`
 * [groups, taps]. Time is cut into blocks no shorter than the taps, and each block with the one after it multiplied by
 * a Toeplitz matrix: twice the products of the direct way, but as one large matrix product. With it a whole step takes
 * less time than ONNX Runtime's grouped Conv alone, forward and backward.
 */
function convolution(op: Operations, x: Tensor, taps: Tensor): Tensor {
  const [groups, rows, time] = x.shape as [number, number, number];
  const n = taps.shape[1]!;
  let block = n;
  while (time % block !== 0) block++;
  const before = Math.floor((n - 1) / 2);
  const padded = op.pad(x, { axis: 2, before, after: block - before });
  const blocks = op.reshape(padded, [groups, rows, time / block + 1, block]);
  const frames = op.concat(
    [
      op.slice(blocks, { axis: 2, start: 0, end: time / block }),
      op.slice(blocks, { axis: 2, start: 1, end: time / block + 1 }),
    ],
    3,
  );
  const flat = op.reshape(frames, [groups, (rows * time) / block, 2 * block]);
  return op.reshape(op.matmul(flat, toeplitz(op, taps, block)), x.shape);
}

/** [groups, 2 · block, block]: entry (i, j) is tap i - j, or 0. */
function toeplitz(op: Operations, taps: Tensor, block: number): Tensor {
  const [groups, n] = taps.shape as [number, number];
  const wide = 2 * block;
  // Rows one longer than the matrix is wide, written one after another, move one to the right in each of its rows.
  const row = op.pad(taps, { axis: 1, before: 0, after: wide + 1 - n });
  const repeated = op.expand(op.reshape(row, [groups, 1, wide + 1]), [groups, block, wide + 1]);
  const line = op.reshape(repeated, [groups, block * (wide + 1)]);
  const cut = op.slice(line, { axis: 1, start: 0, end: block * wide });
  return op.transpose(op.reshape(cut, [groups, block, wide]), [0, 2, 1]);
}
