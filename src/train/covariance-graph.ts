/** Graphs that begin with covariances of band signals: a step of training, and the logits of some patches. */
import { evokedPatches, harmonics, parameterShapes, type EncoderSizes } from "../model/encoder.ts";
import { encoderGraph } from "../model/graph/encoder-graph.ts";
import { evokedGraph } from "../model/graph/evoked-graph.ts";
import { createGraph, type Graph, type GraphBuilder, type Tensor } from "../model/graph/graph.ts";
import { operations } from "../model/graph/operations.ts";
import { type Parameters, parameterInputs } from "../model/graph/parameters.ts";
import { differentiate } from "./differentiate.ts";
import type { TrainingGraph } from "./training-graph.ts";

export interface CovarianceGraphOptions {
  readonly sizes: EncoderSizes;
  /** Patches at once, each by itself. */
  readonly batch: number;
  readonly epsilon: number;
}

interface NormalisedMix {
  readonly mix: Tensor;
  /** The squared norm of each of its rows at the electrodes: [components, 1]. */
  readonly norm: Tensor;
}

function mixOf(graph: GraphBuilder, parameters: Parameters): NormalisedMix {
  const op = operations(graph);
  const mix = parameters("mix.weight");
  const gram = graph.input("gram", [harmonics, harmonics]);
  return { mix, norm: op.reduceSum(op.mul(op.matmul(mix, gram), mix), [1]) };
}

/**
 * Log powers of all components: [batch, 1, components · bands]. Inputs: `covariance` [batch, bands, 36, 36]; `gram`
 * [36, 36], how the harmonics overlap at the electrodes, by which the rows of the mix are normalised.
 */
function powersOf(
  graph: GraphBuilder,
  { mix, norm }: NormalisedMix,
  { sizes, batch, epsilon }: CovarianceGraphOptions,
): Tensor {
  const op = operations(graph);
  const { components, bands } = sizes;
  const covariance = graph.input("covariance", [batch, bands, harmonics, harmonics]);
  const power = op.reduceSum(op.mul(op.matmul(mix, covariance), mix), [3]);
  const normalised = op.div(op.reshape(power, [batch, bands, components]), op.reshape(norm, [components]));
  const logarithm = op.log(op.add(normalised, op.scalar(epsilon)));
  return op.reshape(op.transpose(logarithm, [0, 2, 1]), [batch, 1, components * bands]);
}

interface TokenOptions extends CovarianceGraphOptions {
  /** Drop-out in training of [batch, patches, ...], by the name of the place. @default none */
  readonly drop?: (place: string, x: Tensor) => Tensor;
}

/** [batch, 1, numbers of a token]. Inputs: those of `powersOf`, and of `responsesOf` where the model has any. */
function tokensOf(graph: GraphBuilder, parameters: Parameters, options: TokenOptions): Tensor {
  const op = operations(graph);
  const mix = mixOf(graph, parameters);
  const powers = powersOf(graph, mix, options);
  const rhythms = op.div(op.sub(powers, parameters("token.mean")), parameters("token.deviation"));
  if (!options.sizes.evoked) return rhythms;
  return op.concat([rhythms, responsesOf(graph, parameters, { ...options, ...mix })], 2);
}

/**
 * Evoked responses at the last of some patches: [batch, 1, responses]. Inputs: `waves` [batch, 36, patches seen], slow
 * waves of the harmonics, µV; `mask` [batch, patches seen], 0 or `unseen`.
 */
function responsesOf(
  graph: GraphBuilder,
  parameters: Parameters,
  options: TokenOptions & NormalisedMix,
): Tensor {
  const op = operations(graph);
  const { sizes, batch, drop, mix, norm } = options;
  const seen = evokedPatches(sizes.evoked!);
  const waves = graph.input("waves", [batch, harmonics, seen]);
  const mask = graph.input("mask", [batch, seen]);
  const mixed = op.div(op.matmul(mix, waves), op.sqrt(norm));
  return evokedGraph(graph, parameters, {
    sizes,
    waves: op.transpose(mixed, [0, 2, 1]),
    mask,
    patches: 1,
    ...(drop && { drop: (x) => drop("waves", x) }),
  });
}

/** Output: `powers`, before their mean is taken off. */
export function powersGraph(options: CovarianceGraphOptions): Graph {
  const graph = createGraph();
  graph.output("powers", powersOf(graph, mixOf(graph, parameterInputs(graph, options.sizes)), options));
  return graph;
}

/** Output: `logits` [batch, classes]. */
export function logitsGraph(options: CovarianceGraphOptions): Graph {
  const graph = createGraph();
  const { sizes, batch } = options;
  const parameters = parameterInputs(graph, sizes);
  const tokens = tokensOf(graph, parameters, options);
  const mask = graph.constant(new Float32Array(batch), [batch, 1]);
  const { logits } = encoderGraph(graph, parameters, { sizes, tokens, mask });
  graph.output("logits", operations(graph).reshape(logits, [batch, sizes.classes]));
  return graph;
}

/**
 * One step of training. More inputs: `target` [batch, classes], a distribution over the classes; `drop.PLACE`, what
 * features are multiplied by. Outputs: `loss`, and `gradient.NAME` for each of `learned`.
 */
export function covarianceTrainingGraph(
  options: CovarianceGraphOptions & { readonly frozen: ReadonlySet<string> },
): TrainingGraph {
  const { sizes, batch, frozen } = options;
  const graph = createGraph();
  const op = operations(graph);
  const parameters = parameterInputs(graph, sizes);
  const drops = new Map<string, number>();
  function drop(place: string, x: Tensor): Tensor {
    const features = x.shape[2]!;
    drops.set(place, features);
    return op.mul(x, graph.input(`drop.${place}`, [batch, 1, features]));
  }
  const tokens = tokensOf(graph, parameters, { ...options, drop });
  const mask = graph.constant(new Float32Array(batch), [batch, 1]);
  const { logits } = encoderGraph(graph, parameters, { sizes, tokens, mask, drop });
  const target = graph.input("target", [batch, sizes.classes]);
  const agreement = op.mul(target, op.reshape(op.logSoftmax(logits), [batch, sizes.classes]));
  const loss = op.div(op.neg(op.reshape(op.reduceSum(agreement, [0, 1]), [1])), op.scalar(batch));
  const learned = [...parameterShapes(sizes).keys()].filter((name) => !frozen.has(name));
  const gradients = differentiate(graph, loss, learned.map(parameters));
  graph.output("loss", loss);
  learned.forEach((name, i) => graph.output(`gradient.${name}`, gradients[i]!));
  return { ...graph, learned, drops };
}
