/**
 * Reverse-mode differentiation of a graph (Linnainmaa 1976): the nodes that compute the gradients are added to the graph
 * that computes the value, so that one run yields both. The rule of each operation stands in `gradient-rules.ts`.
 */
import type { GraphBuilder, GraphNode, Tensor } from "../model/graph/graph.ts";
import { operations } from "../model/graph/operations.ts";
import { gradientRules } from "./gradient-rules.ts";

/**
 * Adds to the graph what computes the gradients of `value`, a single number, with respect to some of its tensors.
 * @returns a tensor of the same shape for each of `wanted`
 * @throws RangeError if `value` holds more than one number, does not depend on one of `wanted`, or passes through
 * an operation that has no rule
 */
export function differentiate(
  graph: GraphBuilder,
  value: Tensor,
  wanted: readonly Tensor[],
): readonly Tensor[] {
  if (value.shape.some((n) => n !== 1))
    throw new RangeError(`differentiate: '${value.name}' is no single number: [${value.shape.join(", ")}]`);
  const op = operations(graph);
  const forward = [...graph.nodes];
  const needed = dependents(forward, wanted);
  const parts = new Map<string, Tensor[]>();
  const one = graph.constant(
    Float32Array.of(1),
    value.shape.map(() => 1),
  );
  parts.set(value.name, [one]);

  /** The gradient of a tensor once all that use it have given their part. */
  function total(tensor: Tensor): Tensor | null {
    const given = parts.get(tensor.name);
    if (!given) return null;
    const sum = given.reduce((a, b) => op.add(a, b));
    parts.set(tensor.name, [sum]);
    return sum;
  }

  function integers(constant: Tensor): readonly number[] {
    const held = graph.initializers.find(({ tensor }) => tensor === constant);
    if (!held) throw new RangeError(`differentiate: '${constant.name}' is no constant`);
    return Array.from(held.data, Number);
  }

  for (const node of forward.toReversed()) {
    if (!node.inputs.some(({ name }) => needed.has(name))) continue;
    const gradient = total(node.outputs[0]!);
    if (!gradient) continue;
    if (node.outputs.slice(1).some(({ name }) => parts.has(name)))
      throw new RangeError(`differentiate: '${node.op}' has a gradient for its first output only`);
    const rule = gradientRules[node.op];
    if (!rule) throw new RangeError(`differentiate: no rule for the operation '${node.op}'`);
    rule({ node, gradient, op, integers }).forEach((part, i) => {
      const input = node.inputs[i]!;
      if (part === null || !needed.has(input.name)) return;
      const given = parts.get(input.name);
      if (given) given.push(part());
      else parts.set(input.name, [part()]);
    });
  }
  return wanted.map((tensor) => {
    const gradient = total(tensor);
    if (!gradient) throw new RangeError(`differentiate: '${value.name}' does not depend on '${tensor.name}'`);
    return gradient;
  });
}

/** Names of all tensors that some of `wanted` can change, these included. */
function dependents(nodes: readonly GraphNode[], wanted: readonly Tensor[]): ReadonlySet<string> {
  const names = new Set(wanted.map(({ name }) => name));
  for (const { inputs, outputs } of nodes)
    if (inputs.some(({ name }) => names.has(name))) for (const { name } of outputs) names.add(name);
  return names;
}
