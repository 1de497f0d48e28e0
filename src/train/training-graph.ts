/** One step of training as a graph: preprocessed samples in, the loss and the gradient of every learned tensor out. */
import { harmonics, parameterShapes, type EncoderSizes } from "../model/encoder.ts";
import { encoderGraph } from "../model/graph/encoder-graph.ts";
import { createGraph, type Graph, type GraphBuilder, type Tensor } from "../model/graph/graph.ts";
import { operations } from "../model/graph/operations.ts";
import { parameterInputs } from "../model/graph/parameters.ts";
import { mixGraph, type Mix, normaliseGraph, powerGraph, samplesOf } from "../model/graph/token-graph.ts";
import { centreGraph } from "./centring.ts";
import { differentiate } from "./differentiate.ts";

export interface TrainingGraphOptions {
  readonly sizes: EncoderSizes;
  readonly batch: number;
  readonly channels: number;
  readonly patches: number;
  readonly epsilon: number;
  /** Whether tokens are centred doubly (see `centring.ts`). */
  readonly centred: boolean;
  /** Whether each stretch has the mean token of its subject taken off: input `person` [batch, 1, features]. */
  readonly personal: boolean;
  /** Whether the rhythms of each stretch are shifted: input `shift` [batch, 1], Hz. */
  readonly shifted: boolean;
  /** Tensors that are not learned. */
  readonly frozen: ReadonlySet<string>;
}

export interface TrainingGraph extends Graph {
  /** Tensors that have a gradient, in the order of the model's files. */
  readonly learned: readonly string[];
  /** Where features are dropped, with how many there are: inputs `drop.PLACE` [batch, 1, features]. */
  readonly drops: ReadonlyMap<string, number>;
}

/**
 * Inputs: the model's tensors by name; `samples` [batch, channels, samples] of the patches
 * before a stretch and its own; `valid`, 1 or 0 for each of these patches; `phi` [channels, 36]; `known`, `present` and
 * `gain` [batch, channels] (see `MixInputs`); `target` [batch, patches, classes], a
 * distribution over the classes; `weight` [batch, patches], the share of each patch in the loss, in all 1;
 * `drop.PLACE`, what features are multiplied by. Outputs: `loss`, and `gradient.NAME` for each of `learned`.
 */
export function trainingGraph(options: TrainingGraphOptions): TrainingGraph {
  const { sizes, batch, channels, patches, epsilon, centred, personal, shifted, frozen } = options;
  const before = sizes.average - 1;
  const seen = before + patches;
  const graph = createGraph();
  const op = operations(graph);
  const parameters = parameterInputs(graph, sizes);
  const phi = graph.input("phi", [channels, harmonics]);
  const known = graph.input("known", [batch, channels]);
  const present = graph.input("present", [batch, channels]);
  const gain = graph.input("gain", [batch, channels]);
  const samples = graph.input("samples", [batch, channels, samplesOf(seen)]);
  const mask = graph.input("mask", [batch, seen]);

  const drops = new Map<string, number>();
  function drop(place: string, x: Tensor): Tensor {
    const features = x.shape[2]!;
    drops.set(place, features);
    return op.mul(x, graph.input(`drop.${place}`, [batch, 1, features]));
  }
  const mix = mixGraph(graph, parameters, { phi, known, present, gain, samples });
  const powers = powerGraph(graph, parameters, {
    sizes,
    mix,
    mask,
    epsilon,
    patches,
    ...(shifted && { shift: graph.input("shift", [batch, 1]) }),
  });
  const plain = normaliseGraph(graph, parameters, { powers, mix });
  const normalised = personal ? withoutPerson(graph, { sizes, tokens: plain, mix }) : plain;
  const tokens = centred ? centreGraph(graph, parameters, { sizes, tokens: normalised }) : normalised;
  const own = op.slice(mask, { axis: 1, start: before, end: seen });
  const { logits } = encoderGraph(graph, parameters, { sizes, tokens, mask: own, drop });

  const target = graph.input("target", [batch, patches, sizes.classes]);
  const weight = graph.input("weight", [batch, patches]);
  const agreement = op.reduceSum(op.mul(target, op.logSoftmax(logits)), [2]);
  const weighted = op.mul(op.reshape(agreement, [batch, patches]), weight);
  const loss = op.neg(op.reshape(op.reduceSum(weighted, [0, 1]), [1]));

  const learned = [...parameterShapes(sizes).keys()].filter((name) => !frozen.has(name));
  const gradients = differentiate(graph, loss, learned.map(parameters));
  graph.output("loss", loss);
  learned.forEach((name, i) => graph.output(`gradient.${name}`, gradients[i]!));
  return { ...graph, learned, drops };
}

interface PersonalTokens {
  readonly sizes: EncoderSizes;
  readonly tokens: Tensor;
  readonly mix: Mix;
}

/** Tokens less the subject's mean; components that lack their channels stay 0. */
function withoutPerson(graph: GraphBuilder, { sizes, tokens, mix }: PersonalTokens): Tensor {
  const op = operations(graph);
  const [batch, patches, features] = tokens.shape as [number, number, number];
  const { components, bands } = sizes;
  const less = op.sub(tokens, graph.input("person", [batch, 1, features]));
  const byComponent = op.reshape(less, [batch, patches, components, bands]);
  return op.reshape(op.mul(byComponent, op.reshape(mix.carried, [batch, 1, components, 1])), tokens.shape);
}
