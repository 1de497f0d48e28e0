/** Evoked responses as a graph: the same numbers as `tokens/evoked.ts`, for many stretches at once and with gradients. */
import { waveLimit } from "../../tokens/evoked.ts";
import type { EncoderSizes } from "../encoder.ts";
import type { GraphBuilder, Tensor } from "./graph.ts";
import { agesOfLast, silu } from "./layer-graph.ts";
import { operations } from "./operations.ts";
import type { Parameters } from "./parameters.ts";

export interface EvokedInputs {
  readonly sizes: EncoderSizes;
  /** Slow waves of the components, µV; 0 of those that lack their channels: [batch, patches seen, components]. */
  readonly waves: Tensor;
  /** 0 where a patch is valid, `unseen` where it is masked: [batch, patches seen]. */
  readonly mask: Tensor;
  /** Wanted of the last so many patches; what is before them is looked back to. */
  readonly patches: number;
  /** Drop-out in training of [batch, patches seen, components]. @default none */
  readonly drop?: (x: Tensor) => Tensor;
}

/** [batch, patches, responses] */
export function evokedGraph(graph: GraphBuilder, parameters: Parameters, inputs: EvokedInputs): Tensor {
  const op = operations(graph);
  const { sizes, waves, mask, patches, drop = (x) => x } = inputs;
  const { responses, onsets, reach, window } = sizes.evoked!;
  const [batch, seen] = mask.shape as [number, number];
  const limit = op.scalar(waveLimit);
  const bent = op.mul(op.tanh(op.div(op.div(waves, parameters("evoked.deviation")), limit)), limit);
  const valid = op.where(op.greater(op.scalar(-1), mask), op.scalar(0), op.scalar(1));
  const known = op.mul(drop(bent), op.reshape(valid, [batch, seen, 1]));
  const before = op.pad(op.transpose(known, [0, 2, 1]), { axis: 2, before: reach - 1, after: 0 });
  const compare = (weight: Tensor): Tensor => op.conv(before, weight, { strides: [1] });

  const response = compare(parameters("evoked.response"));
  const bias = op.reshape(parameters("evoked.feature.bias"), [onsets, 1]);
  const told = silu({ op, parameters }, op.add(compare(parameters("evoked.feature.weight")), bias));
  const strength = op.reshape(parameters("evoked.strength"), [responses, 1]);
  const size = op.where(op.greater(response, op.scalar(0)), response, op.neg(response));
  const clear = op.add(op.matmul(parameters("evoked.onset"), told), op.mul(strength, size));

  const { age, band } = agesOfLast(graph, { seen, patches, window });
  const slope = op.reshape(op.softplus(parameters("evoked.slope")), [responses, 1, 1]);
  const aged = op.sub(op.reshape(clear, [batch, responses, 1, seen]), op.mul(slope, age));
  const share = op.softmax(op.add(op.add(aged, band), op.reshape(mask, [batch, 1, 1, seen])));
  const held = op.reduceSum(op.mul(share, op.reshape(response, [batch, responses, 1, seen])), [3]);
  return op.transpose(op.reshape(held, [batch, responses, patches]), [0, 2, 1]);
}
