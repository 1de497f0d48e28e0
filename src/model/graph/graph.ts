/**
 * A graph of tensor operations with static shapes, as ONNX has it: what is built here becomes bytes in `onnx.ts`
 * and gets its derivatives in `train/differentiate.ts`. The operations themselves stand in `operations.ts`.
 */
import type { Shape } from "../encoder.ts";

export type Dtype = "float32" | "int64" | "bool";

/** A value that flows through the graph. Its name is unique within it. */
export interface Tensor {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: Dtype;
}

export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: Shape };

/** One ONNX operator of the default domain. */
export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A tensor whose numbers are part of the graph. */
export interface Initializer {
  readonly tensor: Tensor;
  readonly data: Float32Array | BigInt64Array;
}

export interface Graph {
  readonly inputs: readonly Tensor[];
  readonly initializers: readonly Initializer[];
  /** In an order in which they can be run. */
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly Tensor[];
}

interface NodeOptions {
  /** Shapes of the outputs, in ONNX's order. */
  readonly shapes: readonly Shape[];
  /** Of the outputs. @default "float32" */
  readonly dtype?: Dtype;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface GraphBuilder extends Graph {
  /** A value given at every run. */
  input(name: string, shape: Shape, dtype?: Dtype): Tensor;
  /** Numbers that are part of the graph. Small equal constants are held once. */
  constant(data: Float32Array | BigInt64Array, shape: Shape): Tensor;
  /** Numbers under a name of their own, such as a trained weight. */
  initializer(name: string, shape: Shape, data: Float32Array): Tensor;
  node(op: string, inputs: readonly Tensor[], options: NodeOptions): readonly Tensor[];
  /** Names a tensor as a result of the graph. */
  output(name: string, tensor: Tensor): void;
}

/** An empty graph to build in. */
export function createGraph(): GraphBuilder {
  const inputs: Tensor[] = [];
  const initializers: Initializer[] = [];
  const nodes: GraphNode[] = [];
  const outputs: Tensor[] = [];
  const names = new Set<string>();
  const constants = new Map<string, Tensor>();

  function tensor(name: string, shape: Shape, dtype: Dtype): Tensor {
    if (names.has(name)) throw new RangeError(`graph: a second tensor named '${name}'`);
    names.add(name);
    return { name, shape, dtype };
  }
  function hold(made: Tensor, data: Float32Array | BigInt64Array): Tensor {
    if (data.length !== sizeOf(made.shape))
      throw new RangeError(
        `graph, '${made.name}': expected ${sizeOf(made.shape)} numbers for [${made.shape.join(", ")}], got ${data.length}`,
      );
    initializers.push({ tensor: made, data });
    return made;
  }

  return {
    inputs,
    initializers,
    nodes,
    outputs,
    input(name, shape, dtype = "float32") {
      const made = tensor(name, shape, dtype);
      inputs.push(made);
      return made;
    },
    constant(data, shape) {
      const dtype = data instanceof Float32Array ? "float32" : "int64";
      const key = data.length <= 16 ? `${dtype} ${shape.join(",")} ${data.join(",")}` : null;
      const known = key === null ? undefined : constants.get(key);
      if (known) return known;
      const made = hold(tensor(`constant.${initializers.length}`, shape, dtype), data);
      if (key !== null) constants.set(key, made);
      return made;
    },
    initializer: (name, shape, data) => hold(tensor(name, shape, "float32"), data),
    node(op, from, { shapes, dtype = "float32", attributes = {} }) {
      const to = shapes.map((shape, i) =>
        tensor(`${op}.${nodes.length}${i > 0 ? `.${i}` : ""}`, shape, dtype),
      );
      nodes.push({ op, inputs: from, outputs: to, attributes });
      return to;
    },
    output(name, from) {
      const made = tensor(name, from.shape, from.dtype);
      nodes.push({ op: "Identity", inputs: [from], outputs: [made], attributes: {} });
      outputs.push(made);
    },
  };
}

/** Numbers in a tensor of this shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** The shape of an element-wise operation on two tensors (ONNX's multidirectional broadcasting). */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const m = a[i - rank + a.length] ?? 1;
    const n = b[i - rank + b.length] ?? 1;
    if (m !== n && m !== 1 && n !== 1)
      throw new RangeError(`graph: shapes [${a.join(", ")}] and [${b.join(", ")}] do not go together`);
    return m === 1 ? n : m;
  });
}
