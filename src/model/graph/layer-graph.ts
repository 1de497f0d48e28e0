/** The parts of a transformer layer that the whole-sequence form and the hop form share. Rows are patches. */
import { normEpsilon, type EncoderSizes } from "../encoder.ts";
import type { Tensor } from "./graph.ts";
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
