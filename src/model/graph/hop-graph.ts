/**
 * The streaming form of the encoder as a graph: one patch of each of several streams in, logits out, with the keys
 * and values of the patches before it given. The lean form: keys are kept transposed, and the patch's own score is
 * computed apart, so that nothing is copied but what is new; the caller puts that into its ring.
 */
import { tokenNumbers } from "../../tokens/token.ts";
import type { EncoderSizes } from "../encoder.ts";
import { createGraph, type Graph, type Tensor } from "./graph.ts";
import { ageBias, attentionScale, layerNorm, linear, silu, type Parts } from "./layer-graph.ts";
import { operations } from "./operations.ts";
import { parameterInitializers } from "./parameters.ts";

export interface HopGraphOptions {
  readonly sizes: EncoderSizes;
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** Streams in one run. */
  readonly batch: number;
}

/**
 * Inputs: `token` [batch, numbers of a token]; `age` [batch, window - 1], patches since the key in each place of
 * the ring, in any order; `mask` of the same shape, 0 or `unseen` (an empty place, or one that has left the
 * window); for each layer `l`: `keys.l` [batch, heads, d / heads, window - 1] and `values.l` [batch, heads,
 * window - 1, d / heads]. Outputs: `logits` [batch, classes], `embedding` [batch, d], and `key.l`, `value.l`
 * [batch, d], the new patch's own.
 */
export function hopGraph({ sizes, weights, batch }: HopGraphOptions): Graph {
  const graph = createGraph();
  const op = operations(graph);
  const { width, layers, heads, window } = sizes;
  const parts: Parts = { op, parameters: parameterInitializers(graph, sizes, weights) };
  const places = window - 1;
  const each = width / heads;
  const scale = op.scalar(attentionScale(sizes));

  const token = graph.input("token", [batch, tokenNumbers(sizes)]);
  const age = op.reshape(graph.input("age", [batch, places]), [batch, 1, 1, places]);
  const mask = op.reshape(graph.input("mask", [batch, places]), [batch, 1, 1, places]);

  function attention(l: number, h: Tensor): Tensor {
    const layer = `layers.${l}`;
    const keys = graph.input(`keys.${l}`, [batch, heads, each, places]);
    const values = graph.input(`values.${l}`, [batch, heads, places, each]);
    const query = op.mul(linear(parts, `${layer}.attention.query`, h), scale);
    const key = linear(parts, `${layer}.attention.key`, h);
    const value = linear(parts, `${layer}.attention.value`, h);
    graph.output(`key.${l}`, key);
    graph.output(`value.${l}`, value);

    const perHead = [batch, heads, 1, each];
    const own = op.reduceSum(op.reshape(op.mul(query, key), perHead), [3]);
    const old = op.matmul(op.reshape(query, perHead), keys);
    const biased = op.add(op.add(old, ageBias(parts, layer, age)), mask);
    const weight = op.softmax(op.concat([biased, own], 3));
    const fromOld = op.matmul(op.slice(weight, { axis: 3, start: 0, end: places }), values);
    const ownWeight = op.slice(weight, { axis: 3, start: places, end: window });
    const seen = op.add(fromOld, op.mul(ownWeight, op.reshape(value, perHead)));
    return linear(parts, `${layer}.attention.output`, op.reshape(seen, [batch, width]));
  }

  let x = linear(parts, "embed", token);
  for (let l = 0; l < layers; l++) {
    const layer = `layers.${l}`;
    x = op.add(x, attention(l, layerNorm(parts, `${layer}.norm1`, x)));
    const up = silu(parts, linear(parts, `${layer}.feedforward.up`, layerNorm(parts, `${layer}.norm2`, x)));
    x = op.add(x, linear(parts, `${layer}.feedforward.down`, up));
  }
  const embedding = layerNorm(parts, "norm", x);
  graph.output("embedding", embedding);
  graph.output("logits", linear(parts, "head", embedding));
  return graph;
}
