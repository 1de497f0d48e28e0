import type { Attribute, Tensor } from "../model/graph/graph.ts";
import type { Operations } from "../model/graph/operations.ts";
import type { Backward } from "./gradient-rule.ts";

/**
 * The gradients of a convolution are convolutions: the transposed one for the input; for the weight, one of the input
 * by the output's gradient, with batch and channels changed over, and strides and dilations too.
 */
export function convolutionRule(backward: Backward): readonly (() => Tensor)[] {
  const { node, gradient, op } = backward;
  const [x, weight] = node.inputs as [Tensor, Tensor];
  const options = {
    strides: ints(node.attributes["strides"]),
    dilations: ints(node.attributes["dilations"]),
    pads: ints(node.attributes["pads"]),
    group: (node.attributes["group"] as { int: number }).int,
  };
  return [
    () => op.convTranspose(gradient, weight, { ...options, lengths: x.shape.slice(2) }),
    () => weightGradient(op, { x, weight, gradient, ...options }),
  ];
}

interface WeightGradient {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly gradient: Tensor;
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly group: number;
}

function weightGradient(op: Operations, options: WeightGradient): Tensor {
  const { x, weight, gradient, strides, dilations, pads, group } = options;
  const batch = x.shape[0]!;
  const [out, inGroup] = weight.shape as [number, number];
  // [batch, group, in / group, ...] -> [in / group, group · batch, ...]: each group meets its own gradients only.
  const byGroup = op.reshape(x, [batch, group, inGroup, ...x.shape.slice(2)]);
  const rest = x.shape.slice(2).map((_, i) => i + 3);
  const turned = op.transpose(byGroup, [2, 1, 0, ...rest]);
  const input = op.reshape(turned, [inGroup, group * batch, ...x.shape.slice(2)]);
  const kernel = op.transpose(gradient, [1, 0, ...gradient.shape.slice(2).map((_, i) => i + 2)]); // [out, batch, ...]
  let product = op.conv(input, kernel, { strides: dilations, dilations: strides, pads, group }); // [in / group, out, ...]
  // Samples that no stride reached make it longer than the weight.
  weight.shape.slice(2).forEach((length, i) => {
    if (product.shape[i + 2] !== length) product = op.slice(product, { axis: i + 2, start: 0, end: length });
  });
  const result = op.transpose(product, [1, 0, ...weight.shape.slice(2).map((_, i) => i + 2)]);
  return op.reshape(result, [out, ...weight.shape.slice(1)]);
}

function ints(attribute: Attribute | undefined): readonly number[] {
  if (!attribute || !("ints" in attribute)) throw new TypeError("a convolution without its sizes");
  return attribute.ints;
}
