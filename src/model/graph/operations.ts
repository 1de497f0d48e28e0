/**
 * The operations of a graph, each with the shape it yields, by ONNX's own rules (operator set 20). Sizes, axes and
 * permutations are plain numbers here, where ONNX wants some of them as tensors.
 */
import type { Shape } from "../encoder.ts";
import { broadcast, sizeOf, type Attribute, type GraphBuilder, type Tensor } from "./graph.ts";

export interface ConvolutionOptions {
  readonly strides: Shape;
  /** @default 1 along each axis */
  readonly dilations?: Shape;
  /** Zeros before every axis, then after every axis. @default none */
  readonly pads?: Shape;
  /** @default 1 */
  readonly group?: number;
}

export interface SliceOptions {
  readonly axis: number;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export interface PadOptions {
  readonly axis: number;
  readonly before: number;
  readonly after: number;
}

export interface GemmOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  /** Added to every row: `[n]`. */
  readonly bias?: Tensor;
}

export type Operations = ReturnType<typeof operations>;

/** The operations on one graph. */
export function operations(graph: GraphBuilder) {
  type Attributes = Readonly<Record<string, Attribute>>;
  const make =
    (op: string, inputs: readonly Tensor[], shape: Shape) =>
    (attributes: Attributes = {}, dtype = inputs[0]!.dtype): Tensor =>
      graph.node(op, inputs, { shapes: [shape], dtype, attributes })[0]!;

  const ints = (values: Shape) => graph.constant(BigInt64Array.from(values, BigInt), [values.length]);
  const scalar = (value: number) => graph.constant(Float32Array.of(value), []);
  const unary = (op: string) => (x: Tensor) => make(op, [x], x.shape)();
  const binary = (op: string) => (a: Tensor, b: Tensor) => make(op, [a, b], broadcast(a.shape, b.shape))();
  const compare = (op: string) => (a: Tensor, b: Tensor) =>
    make(op, [a, b], broadcast(a.shape, b.shape))({}, "bool");
  const alongLast = (op: string) => (x: Tensor) => make(op, [x], x.shape)({ axis: { int: -1 } });
  /** Over some axes, which stay with length 1. */
  const reduce = (op: string) => (x: Tensor, axes: Shape) => {
    const shape = x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
    return make(op, [x, ints(axes)], shape)({ keepdims: { int: 1 } });
  };

  const reshape = (x: Tensor, shape: Shape) => {
    if (sizeOf(shape) !== sizeOf(x.shape))
      throw new RangeError(`graph: [${x.shape.join(", ")}] cannot become [${shape.join(", ")}]`);
    return make("Reshape", [x, ints(shape)], shape)();
  };

  return {
    scalar,
    add: binary("Add"),
    sub: binary("Sub"),
    mul: binary("Mul"),
    div: binary("Div"),
    neg: unary("Neg"),
    exp: unary("Exp"),
    log: unary("Log"),
    sqrt: unary("Sqrt"),
    sin: unary("Sin"),
    cos: unary("Cos"),
    erf: unary("Erf"),
    tanh: unary("Tanh"),
    sigmoid: unary("Sigmoid"),
    softplus: unary("Softplus"),
    /** exp(x) - 1 below zero, x above. */
    elu: unary("Elu"),
    /** Along the last axis. */
    softmax: alongLast("Softmax"),
    /** Along the last axis. */
    logSoftmax: alongLast("LogSoftmax"),
    greater: compare("Greater"),
    equal: compare("Equal"),
    reduceSum: reduce("ReduceSum"),
    reduceMean: reduce("ReduceMean"),
    reduceMax: reduce("ReduceMax"),
    reshape,
    where: (condition: Tensor, a: Tensor, b: Tensor) =>
      make("Where", [condition, a, b], broadcast(condition.shape, broadcast(a.shape, b.shape)))({}, a.dtype),
    /** Repeats along axes of length 1, or new axes in front. */
    expand: (x: Tensor, shape: Shape) => make("Expand", [x, ints(shape)], broadcast(x.shape, shape))(),
    transpose: (x: Tensor, permutation: Shape) =>
      make(
        "Transpose",
        [x],
        permutation.map((axis) => x.shape[axis]!),
      )({ perm: { ints: permutation } }),
    slice(x: Tensor, { axis, start, end }: SliceOptions) {
      const shape = x.shape.with(axis, end - start);
      return make("Slice", [x, ints([start]), ints([end]), ints([axis])], shape)();
    },
    concat(parts: readonly Tensor[], axis: number) {
      const length = parts.reduce((total, part) => total + part.shape[axis]!, 0);
      return make("Concat", parts, parts[0]!.shape.with(axis, length))({ axis: { int: axis } });
    },
    /** Zeros along one axis. */
    pad(x: Tensor, { axis, before, after }: PadOptions) {
      const none = x.shape.map(() => 0);
      const pads = ints([...none.with(axis, before), ...none.with(axis, after)]);
      return make("Pad", [x, pads], x.shape.with(axis, x.shape[axis]! + before + after))();
    },
    /** Rows of `x` (axis 0) by a tensor of int64 indices. */
    gather: (x: Tensor, indices: Tensor) =>
      make("Gather", [x, indices], [...indices.shape, ...x.shape.slice(1)])({ axis: { int: 0 } }),
    /** Adds rows to a copy of `x` (axis 0) at int64 indices, each as often as it is named. */
    scatterAdd(x: Tensor, indices: Tensor, rows: Tensor) {
      const index = reshape(indices, [...indices.shape, 1]);
      return make("ScatterND", [x, index, rows], x.shape)({ reduction: { text: "add" } });
    },
    /** Over the last two axes; those before broadcast. */
    matmul(a: Tensor, b: Tensor) {
      const [m, k] = a.shape.slice(-2);
      const [k2, n] = b.shape.slice(-2);
      if (k !== k2 || a.shape.length < 2 || b.shape.length < 2)
        throw new RangeError(`graph: cannot multiply [${a.shape.join(", ")}] by [${b.shape.join(", ")}]`);
      return make("MatMul", [a, b], [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), m!, n!])();
    },
    /** Two matrices, either of them turned over, plus a bias. */
    gemm(a: Tensor, b: Tensor, { transA = false, transB = false, bias }: GemmOptions) {
      const [m, k] = transA ? a.shape.toReversed() : a.shape;
      const [k2, n] = transB ? b.shape.toReversed() : b.shape;
      if (k !== k2 || a.shape.length !== 2 || b.shape.length !== 2)
        throw new RangeError(`graph: cannot multiply [${a.shape.join(", ")}] by [${b.shape.join(", ")}]`);
      const inputs = bias ? [a, b, bias] : [a, b];
      return make("Gemm", inputs, [m!, n!])({ transA: { int: +transA }, transB: { int: +transB } });
    },
    /** Over the last axis: [normalised, mean, 1 / deviation]. */
    layerNorm(x: Tensor, scale: Tensor, { bias, epsilon }: { bias: Tensor; epsilon: number }) {
      const kept = x.shape.with(-1, 1);
      const attributes = { axis: { int: -1 }, epsilon: { float: epsilon } };
      return graph.node("LayerNormalization", [x, scale, bias], {
        shapes: [x.shape, kept, kept],
        attributes,
      });
    },
    /** `x` [batch, in, ...], `weight` [out, in / group, ...]. */
    conv(x: Tensor, weight: Tensor, options: ConvolutionOptions) {
      const {
        strides,
        dilations = strides.map(() => 1),
        pads = [...strides, ...strides].map(() => 0),
        group = 1,
      } = options;
      const rank = strides.length;
      const spatial = strides.map((stride, i) => {
        const extent = (weight.shape[i + 2]! - 1) * dilations[i]! + 1;
        return Math.floor((x.shape[i + 2]! + pads[i]! + pads[i + rank]! - extent) / stride) + 1;
      });
      if (x.shape[1] !== weight.shape[1]! * group)
        throw new RangeError(
          `graph: ${x.shape[1]} channels into a convolution of ${weight.shape[1]} x ${group}`,
        );
      const attributes = {
        strides: { ints: strides },
        dilations: { ints: dilations },
        pads: { ints: pads },
        group: { int: group },
      };
      return make("Conv", [x, weight], [x.shape[0]!, weight.shape[0]!, ...spatial])(attributes);
    },
    /** The gradient of `conv` with respect to its input, which had the spatial lengths `lengths`. */
    convTranspose(y: Tensor, weight: Tensor, options: ConvolutionOptions & { readonly lengths: Shape }) {
      const {
        strides,
        dilations = strides.map(() => 1),
        pads = [...strides, ...strides].map(() => 0),
        group = 1,
        lengths,
      } = options;
      const rank = strides.length;
      const rest = lengths.map((length, i) => {
        const extent = (weight.shape[i + 2]! - 1) * dilations[i]! + 1;
        return length - ((y.shape[i + 2]! - 1) * strides[i]! + extent - pads[i]! - pads[i + rank]!);
      });
      const attributes = {
        strides: { ints: strides },
        dilations: { ints: dilations },
        pads: { ints: pads },
        group: { int: group },
        output_padding: { ints: rest },
      };
      return make(
        "ConvTranspose",
        [y, weight],
        [y.shape[0]!, weight.shape[1]! * group, ...lengths],
      )(attributes);
    },
  };
}
