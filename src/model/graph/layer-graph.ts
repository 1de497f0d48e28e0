/** The parts of a transformer layer that the whole-sequence form and the hop form share. Rows are patches. */
import { normEpsilon, type EncoderSizes } from "../encoder.ts";
import type { GraphBuilder, Tensor } from "./graph.ts";
import type { Operations } from "./operations.ts";
import type { Parameters } from "./parameters.ts";

/** Added to the score of a key that may not be seen: its weight becomes exactly 0. */
export const unseen = -1e30;

/** The graph's operations and the model's tensors. */
export interface Parts {
  readonly op: Operations;
  readonly parameters: Parameters;
}

/** weight · x + bias, of the tensors `name.weight` and `name.bias`: [rows, in] to [rows, out]. */
export function linear({ op, parameters }: Parts, name: string, x: Tensor): Tensor {
  return op.gemm(x, parameters(`${name}.weight`), { transB: true, bias: parameters(`${name}.bias`) });
}

export function layerNorm({ op, parameters }: Parts, name: string, x: Tensor): Tensor {
  const bias = parameters(`${name}.bias`);
  return op.layerNorm(x, parameters(`${name}.weight`), { bias, epsilon: normEpsilon })[0]!;
}

/** x · sigmoid(x) */
export function silu({ op }: Parts, x: Tensor): Tensor {
  return op.mul(x, op.sigmoid(x));
}

/** What age takes off a key's score in each head: [heads, 1, 1] times ages that broadcast with it. */
export function ageBias({ op, parameters }: Parts, layer: string, age: Tensor): Tensor {
  const slope = op.softplus(parameters(`${layer}.attention.slope`));
  return op.neg(op.mul(op.reshape(slope, [slope.shape[0]!, 1, 1]), age));
}

/** 1 / √(d / heads) */
export function attentionScale({ width, heads }: EncoderSizes): number {
  return 1 / Math.sqrt(width / heads);
}

interface LastPatches {
  readonly seen: number;
  readonly patches: number;
  readonly window: number;
}

/** For each of the last patches (row) and each one seen: how many patches ago, and `unseen` outside the window. */
export function agesOfLast(graph: GraphBuilder, { seen, patches, window }: LastPatches) {
  const age = new Float32Array(patches * seen);
  const band = new Float32Array(patches * seen).fill(unseen);
  for (let row = 0; row < patches; row++) {
    const p = seen - patches + row;
    for (let j = Math.max(0, p - window + 1); j <= p; j++) {
      age[row * seen + j] = p - j;
      band[row * seen + j] = 0;
    }
  }
  const shape = [patches, seen];
  return { age: graph.constant(age, shape), band: graph.constant(band, shape) };
}
