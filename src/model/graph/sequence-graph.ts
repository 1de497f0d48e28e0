import { tokenNumbers } from "../../tokens/token.ts";
import { harmonics } from "../encoder.ts";
import type { Model } from "../model.ts";
import { encoderGraph } from "./encoder-graph.ts";
import { evokedGraph } from "./evoked-graph.ts";
import { createGraph, type Graph, type GraphBuilder, type Tensor } from "./graph.ts";
import { operations } from "./operations.ts";
import { parameterInitializers, type Parameters } from "./parameters.ts";
import { mixGraph, normaliseGraph, powerGraph, samplesOf, waveGraph } from "./token-graph.ts";

export interface SequenceGraphOptions {
  /** Stretches in one run. */
  readonly batch: number;
  /** Patches in each stretch. */
  readonly patches: number;
}

/**
 * A model's whole-sequence form, its weights included: what to run large batches with. Inputs: `tokens` [batch, patches,
 * numbers of a token]; `mask` [batch, patches], 0 for a valid patch and `unseen` for a masked one. Outputs:
 * `embedding` [batch, patches, width] and `logits` [batch, patches, classes].
 */
export function sequenceGraph(model: Model, { batch, patches }: SequenceGraphOptions): Graph {
  const { graph, parameters, sizes } = start(model);
  const tokens = graph.input("tokens", [batch, patches, tokenNumbers(sizes)]);
  finish(graph, parameters, { model, tokens, mask: graph.input("mask", [batch, patches]) });
  return graph;
}

export interface SamplesGraphOptions extends SequenceGraphOptions {
  readonly channels: number;
}

/**
 * The same from samples that went through the model's input stages: `samples` [batch, channels, samples], µV, 0 where
 * a channel is missing; `phi` [channels, 36], the electrodes' spherical harmonics; `known` and `present` [batch,
 * channels], 1 for channels that a recording has, and that are there in this stretch. Outputs `tokens` besides.
 */
export function samplesGraph(model: Model, { batch, patches, channels }: SamplesGraphOptions): Graph {
  const { graph, parameters, sizes } = start(model);
  const { epsilon } = model.manifest.architecture;
  const mix = mixGraph(graph, parameters, {
    phi: graph.input("phi", [channels, harmonics]),
    known: graph.input("known", [batch, channels]),
    present: graph.input("present", [batch, channels]),
    samples: graph.input("samples", [batch, channels, samplesOf(patches)]),
  });
  const mask = graph.input("mask", [batch, patches]);
  const powers = powerGraph(graph, parameters, { sizes, mix, mask, epsilon, patches });
  const rhythms = normaliseGraph(graph, parameters, { powers, mix });
  const waves = sizes.evoked && waveGraph(graph, mix);
  const tokens = waves
    ? operations(graph).concat([rhythms, evokedGraph(graph, parameters, { sizes, waves, mask, patches })], 2)
    : rhythms;
  graph.output("tokens", tokens);
  finish(graph, parameters, { model, tokens, mask });
  return graph;
}

function start(model: Model) {
  const { sizes } = model.manifest.architecture;
  const graph = createGraph();
  return { graph, sizes, parameters: parameterInitializers(graph, sizes, model.weights) };
}

function finish(
  graph: GraphBuilder,
  parameters: Parameters,
  { model, tokens, mask }: { model: Model; tokens: Tensor; mask: Tensor },
): void {
  const { sizes } = model.manifest.architecture;
  const { embedding, logits } = encoderGraph(graph, parameters, { sizes, tokens, mask });
  graph.output("embedding", embedding);
  graph.output("logits", logits);
}
