/**
 * One step of pre-training as a graph: masked-patch modelling. Some patches' tokens are replaced by a learned one, and
 * the encoder says from what came before them what they were (He et al. 2022 for images; here causal, as the encoder is).
 */
import { harmonics, parameterShapes, type EncoderSizes } from "../model/encoder.ts";
import { encoderGraph } from "../model/graph/encoder-graph.ts";
import { createGraph, type Graph, type GraphBuilder, type Tensor } from "../model/graph/graph.ts";
import { operations } from "../model/graph/operations.ts";
import { parameterInputs } from "../model/graph/parameters.ts";
import { mixGraph, normaliseGraph, powerGraph, samplesOf } from "../model/graph/token-graph.ts";
import { differentiate } from "./differentiate.ts";

export interface PretrainingGraphOptions {
  readonly sizes: EncoderSizes;
  readonly batch: number;
  readonly channels: number;
  readonly patches: number;
  readonly epsilon: number;
  readonly frozen: ReadonlySet<string>;
  /** Whether there are gradients, or the loss alone. */
  readonly learning: boolean;
}

export interface PretrainingGraph extends Graph {
  readonly learned: readonly string[];
  readonly drops: ReadonlyMap<string, number>;
}

/** Tensors that only pre-training has, with their shapes. */
export function predictorShapes({
  components,
  bands,
  width,
}: EncoderSizes): ReadonlyMap<string, readonly number[]> {
  const features = components * bands;
  return new Map([
    ["predict.mask", [features]],
    ["predict.weight", [features, width]],
    ["predict.bias", [features]],
  ]);
}

/**
 * Inputs as the training graph's, less its targets; `hidden` [batch, patches], 1 where a patch is hidden, and `share`
 * of the same shape, what each counts, in all 1; and the tensors of `predictorShapes`. Outputs: `loss`, the mean
 * squared error of the hidden tokens, and `gradient.NAME` for each of `learned`.
 */
export function pretrainingGraph(options: PretrainingGraphOptions): PretrainingGraph {
  const { sizes, batch, channels, patches, epsilon, frozen, learning } = options;
  const { components, bands, width } = sizes;
  const features = components * bands;
  const before = sizes.average - 1;
  const seen = before + patches;
  const graph = createGraph();
  const op = operations(graph);
  const parameters = parameterInputs(graph, sizes);
  const mask = graph.input("mask", [batch, seen]);
  const mix = mixGraph(graph, parameters, {
    phi: graph.input("phi", [channels, harmonics]),
    known: graph.input("known", [batch, channels]),
    present: graph.input("present", [batch, channels]),
    gain: graph.input("gain", [batch, channels]),
    samples: graph.input("samples", [batch, channels, samplesOf(seen)]),
  });
  const powers = powerGraph(graph, parameters, { sizes, mix, mask, epsilon, patches });
  const tokens = normaliseGraph(graph, parameters, { powers, mix });

  const predictor = new Map(
    [...predictorShapes(sizes)].map(([name, shape]) => [name, graph.input(name, shape)]),
  );
  const hidden = op.reshape(graph.input("hidden", [batch, patches]), [batch, patches, 1]);
  const shown = op.sub(op.scalar(1), hidden);
  const replaced = op.add(op.mul(tokens, shown), op.mul(predictor.get("predict.mask")!, hidden));
  const drops = new Map<string, number>();
  const drop = (place: string, x: Tensor): Tensor => {
    drops.set(place, x.shape[2]!);
    return op.mul(x, graph.input(`drop.${place}`, [batch, 1, x.shape[2]!]));
  };
  const own = op.slice(mask, { axis: 1, start: before, end: seen });
  const { embedding } = encoderGraph(graph, parameters, { sizes, tokens: replaced, mask: own, drop });
  const said = op.gemm(op.reshape(embedding, [batch * patches, width]), predictor.get("predict.weight")!, {
    transB: true,
    bias: predictor.get("predict.bias")!,
  });
  const loss = maskedError(graph, { said: op.reshape(said, [batch, patches, features]), tokens });
  const learned = learning
    ? [...parameterShapes(sizes).keys(), ...predictor.keys()].filter(
        (name) => !frozen.has(name) && !name.startsWith("head."),
      )
    : [];
  const gradients = learning
    ? differentiate(
        graph,
        loss,
        learned.map((name) => predictor.get(name) ?? parameters(name)),
      )
    : [];
  graph.output("loss", loss);
  learned.forEach((name, i) => graph.output(`gradient.${name}`, gradients[i]!));
  return { ...graph, learned, drops };
}

/** The mean over features, weighted over patches, of the squared difference. */
function maskedError(
  graph: GraphBuilder,
  { said, tokens }: { readonly said: Tensor; readonly tokens: Tensor },
): Tensor {
  const op = operations(graph);
  const [batch, patches] = tokens.shape as [number, number, number];
  const off = op.sub(said, tokens);
  const perPatch = op.reshape(op.reduceMean(op.mul(off, off), [2]), [batch, patches]);
  return op.reshape(op.reduceSum(op.mul(perPatch, graph.input("share", [batch, patches])), [0, 1]), [1]);
}
