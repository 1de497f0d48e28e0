/**
 * The whole-sequence form of the encoder as a graph: all patches of many stretches at once, for training and for
 * large batches. The function is that of `model/encoder.ts`, equal to the streaming form at every patch.
 */
import type { EncoderSizes } from "../encoder.ts";
import type { GraphBuilder, Tensor } from "./graph.ts";
import { ageBias, agesOfLast, attentionScale, layerNorm, linear, silu, type Parts } from "./layer-graph.ts";
import { operations } from "./operations.ts";
import type { Parameters } from "./parameters.ts";

export interface EncoderInputs {
  readonly sizes: EncoderSizes;
  /** [batch, patches, components · bands] */
  readonly tokens: Tensor;
  /** 0 where a patch is valid, `unseen` where it is masked: [batch, patches]. */
  readonly mask: Tensor;
  /** Drop-out in training of [batch, patches, ...], by the name of the place. @default none */
  readonly drop?: (place: string, x: Tensor) => Tensor;
}

export interface EncoderOutputs {
  /** [batch, patches, width] */
  readonly embedding: Tensor;
  /** [batch, patches, classes]; those of masked patches mean nothing. */
  readonly logits: Tensor;
}

/** Tokens to logits. */
export function encoderGraph(
  graph: GraphBuilder,
  parameters: Parameters,
  inputs: EncoderInputs,
): EncoderOutputs {
  const op = operations(graph);
  const parts: Parts = { op, parameters };
  const { sizes, tokens, mask, drop } = inputs;
  const { width, layers, heads } = sizes;
  const [batch, patches, features] = tokens.shape as [number, number, number];
  const rows = batch * patches;

  function dropped(place: string, x: Tensor): Tensor {
    if (!drop) return x;
    return op.reshape(drop(place, op.reshape(x, [batch, patches, x.shape[1]!])), x.shape);
  }
  const split = (x: Tensor) =>
    op.transpose(op.reshape(x, [batch, patches, heads, width / heads]), [0, 2, 1, 3]);

  const { age, band } = agesOfLast(graph, { seen: patches, patches, window: sizes.window });
  const visible = op.add(band, op.reshape(mask, [batch, 1, 1, patches]));
  const scale = op.scalar(attentionScale(sizes));

  function attention(layer: string, h: Tensor): Tensor {
    const query = op.mul(split(linear(parts, `${layer}.attention.query`, h)), scale);
    const key = split(linear(parts, `${layer}.attention.key`, h));
    const value = split(linear(parts, `${layer}.attention.value`, h));
    const scores = op.matmul(query, op.transpose(key, [0, 1, 3, 2]));
    const weights = op.softmax(op.add(op.add(scores, ageBias(parts, layer, age)), visible));
    const joined = op.transpose(op.matmul(weights, value), [0, 2, 1, 3]);
    return linear(parts, `${layer}.attention.output`, op.reshape(joined, [rows, width]));
  }
  function feedForward(name: string, h: Tensor): Tensor {
    const up = silu(parts, linear(parts, `${name}.up`, h));
    return linear(parts, `${name}.down`, dropped(`${name}.inner`, up));
  }

  let x = linear(parts, "embed", dropped("token", op.reshape(tokens, [rows, features])));
  x = dropped("embed", x);
  for (let l = 0; l < layers; l++) {
    const layer = `layers.${l}`;
    const seen = attention(layer, layerNorm(parts, `${layer}.norm1`, x));
    x = op.add(x, dropped(`${layer}.attention`, seen));
    const thought = feedForward(`${layer}.feedforward`, layerNorm(parts, `${layer}.norm2`, x));
    x = op.add(x, dropped(`${layer}.feedforward`, thought));
  }
  const embedding = layerNorm(parts, "norm", x);
  return {
    embedding: op.reshape(embedding, [batch, patches, width]),
    logits: op.reshape(linear(parts, "head", embedding), [batch, patches, sizes.classes]),
  };
}
