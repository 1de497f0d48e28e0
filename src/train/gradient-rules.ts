/** How a gradient passes backward through each operation of `model/graph/operations.ts`. */
import type { Tensor } from "../model/graph/graph.ts";
import type { Operations } from "../model/graph/operations.ts";
import { convolutionRule } from "./convolution-rule.ts";
import type { GradientRule } from "./gradient-rule.ts";

/** y = f(x): the gradient times f'(x), given x and y. */
function elementwise(slope: (op: Operations, x: Tensor, y: Tensor) => Tensor): GradientRule {
  return ({ node, gradient, op }) => [() => op.mul(gradient, slope(op, node.inputs[0]!, node.outputs[0]!))];
}

/** Sums over the axes along which a tensor of this shape was repeated. */
function sumTo(op: Operations, gradient: Tensor, shape: readonly number[]): Tensor {
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < extra || (shape[axis - extra] === 1 && gradient.shape[axis] !== 1));
  const summed = axes.length > 0 ? op.reduceSum(gradient, axes) : gradient;
  return extra > 0 ? op.reshape(summed, shape) : summed;
}

/** The last two axes changed over. */
function turned(op: Operations, x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return op.transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

const twoOverRootPi = 2 / Math.sqrt(Math.PI);

export const gradientRules: Readonly<Record<string, GradientRule>> = {
  Identity: ({ gradient }) => [() => gradient],
  Add: ({ node: { inputs }, gradient, op }) =>
    inputs.map(
      ({ shape }) =>
        () =>
          sumTo(op, gradient, shape),
    ),
  Sub: ({ node: { inputs }, gradient, op }) => [
    () => sumTo(op, gradient, inputs[0]!.shape),
    () => op.neg(sumTo(op, gradient, inputs[1]!.shape)),
  ],
  Mul: ({ node: { inputs }, gradient, op }) => [
    () => sumTo(op, op.mul(gradient, inputs[1]!), inputs[0]!.shape),
    () => sumTo(op, op.mul(gradient, inputs[0]!), inputs[1]!.shape),
  ],
  Div: ({ node: { inputs, outputs }, gradient, op }) => [
    () => sumTo(op, op.div(gradient, inputs[1]!), inputs[0]!.shape),
    () => op.neg(sumTo(op, op.div(op.mul(gradient, outputs[0]!), inputs[1]!), inputs[1]!.shape)),
  ],
  Neg: ({ gradient, op }) => [() => op.neg(gradient)],
  Exp: elementwise((_, __, y) => y),
  Log: ({ node, gradient, op }) => [() => op.div(gradient, node.inputs[0]!)],
  Sqrt: ({ node, gradient, op }) => [() => op.div(gradient, op.add(node.outputs[0]!, node.outputs[0]!))],
  Sin: elementwise((op, x) => op.cos(x)),
  Cos: elementwise((op, x) => op.neg(op.sin(x))),
  Erf: elementwise((op, x) => op.mul(op.scalar(twoOverRootPi), op.exp(op.neg(op.mul(x, x))))),
  Tanh: elementwise((op, _, y) => op.sub(op.scalar(1), op.mul(y, y))),
  Sigmoid: elementwise((op, _, y) => op.mul(y, op.sub(op.scalar(1), y))),
  Softplus: elementwise((op, x) => op.sigmoid(x)),
  Elu: elementwise((op, x, y) =>
    op.where(op.greater(x, op.scalar(0)), op.scalar(1), op.add(y, op.scalar(1))),
  ),
  Softmax: ({ node: { outputs }, gradient, op }) => [
    () => {
      const y = outputs[0]!;
      const product = op.mul(gradient, y);
      return op.sub(product, op.mul(y, op.reduceSum(product, [y.shape.length - 1])));
    },
  ],
  LogSoftmax: ({ node: { outputs }, gradient, op }) => [
    () => {
      const y = outputs[0]!;
      return op.sub(gradient, op.mul(op.exp(y), op.reduceSum(gradient, [y.shape.length - 1])));
    },
  ],
  ReduceSum: ({ node: { inputs }, gradient, op }) => [() => op.expand(gradient, inputs[0]!.shape), null],
  ReduceMean: ({ node: { inputs, outputs }, gradient, op }) => [
    () => {
      const { shape } = inputs[0]!;
      const n = shape.reduce((count, length, axis) => count * (length / outputs[0]!.shape[axis]!), 1);
      return op.expand(op.div(gradient, op.scalar(n)), shape);
    },
    null,
  ],
  // Equal maxima share the gradient, as in TensorFlow.
  ReduceMax: ({ node: { inputs, outputs }, gradient, op }) => [
    () => {
      const isMax = op.where(op.equal(inputs[0]!, outputs[0]!), op.scalar(1), op.scalar(0));
      const axes = inputs[0]!.shape.flatMap((n, axis) => (n === outputs[0]!.shape[axis] ? [] : [axis]));
      return op.mul(isMax, op.div(gradient, axes.length > 0 ? op.reduceSum(isMax, axes) : isMax));
    },
    null,
  ],
  Reshape: ({ node: { inputs }, gradient, op }) => [() => op.reshape(gradient, inputs[0]!.shape), null],
  Expand: ({ node: { inputs }, gradient, op }) => [() => sumTo(op, gradient, inputs[0]!.shape), null],
  Transpose: ({ node: { attributes }, gradient, op }) => [
    () => {
      const { perm } = attributes;
      const axes = perm && "ints" in perm ? perm.ints : [];
      return op.transpose(
        gradient,
        axes.map((_, axis) => axes.indexOf(axis)),
      );
    },
  ],
  Where: ({ node: { inputs }, gradient, op }) => [
    null,
    () => sumTo(op, op.where(inputs[0]!, gradient, op.scalar(0)), inputs[1]!.shape),
    () => sumTo(op, op.where(inputs[0]!, op.scalar(0), gradient), inputs[2]!.shape),
  ],
  MatMul: ({ node: { inputs }, gradient, op }) => [
    () => sumTo(op, op.matmul(gradient, turned(op, inputs[1]!)), inputs[0]!.shape),
    () => sumTo(op, op.matmul(turned(op, inputs[0]!), gradient), inputs[1]!.shape),
  ],
  Gemm: ({ node: { inputs, attributes }, gradient, op }) => {
    const [a, b, bias] = inputs as [Tensor, Tensor, Tensor?];
    const set = (name: string) => JSON.stringify(attributes[name]) === '{"int":1}';
    const transA = set("transA");
    const transB = set("transB");
    return [
      () =>
        transA
          ? op.gemm(b, gradient, { transA: transB, transB: true })
          : op.gemm(gradient, b, { transB: !transB }),
      () =>
        transB
          ? op.gemm(gradient, a, { transA: true, transB: transA })
          : op.gemm(a, gradient, { transA: !transA }),
      bias ? () => sumTo(op, gradient, bias.shape) : null,
    ];
  },
  LayerNormalization: ({ node: { inputs, outputs }, gradient, op }) => {
    const [x, scale, bias] = inputs as [Tensor, Tensor, Tensor];
    const [, mean, inverse] = outputs as [Tensor, Tensor, Tensor];
    const last = [x.shape.length - 1];
    const normalised = () => op.mul(op.sub(x, mean), inverse);
    return [
      () => {
        const n = normalised();
        const scaled = op.mul(gradient, scale);
        const along = op.mul(n, op.reduceMean(op.mul(scaled, n), last));
        return op.mul(op.sub(op.sub(scaled, op.reduceMean(scaled, last)), along), inverse);
      },
      () => sumTo(op, op.mul(gradient, normalised()), scale.shape),
      () => sumTo(op, gradient, bias.shape),
    ];
  },
  Slice: ({ node: { inputs, outputs }, gradient, op, integers }) => {
    const [start] = integers(inputs[1]!) as [number];
    const [axis] = integers(inputs[3]!) as [number];
    const after = inputs[0]!.shape[axis]! - start - outputs[0]!.shape[axis]!;
    return [() => op.pad(gradient, { axis, before: start, after }), null, null, null];
  },
  Pad: ({ node: { inputs }, gradient, op, integers }) => {
    const { shape } = inputs[0]!;
    const before = integers(inputs[1]!).slice(0, shape.length);
    const axis = shape.findIndex((n, i) => n !== gradient.shape[i]);
    if (axis < 0) return [() => gradient, null];
    return [
      () => op.slice(gradient, { axis, start: before[axis]!, end: before[axis]! + shape[axis]! }),
      null,
    ];
  },
  Concat: ({ node: { inputs, attributes }, gradient, op }) => {
    const axis = (attributes["axis"] as { int: number }).int;
    let end = 0;
    return inputs.map(({ shape }) => {
      const start = end;
      end += shape[axis]!;
      const range = { axis, start, end };
      return () => op.slice(gradient, range);
    });
  },
  Gather: ({ node: { inputs }, gradient, op }) => [
    () => op.scatterAdd(op.expand(op.scalar(0), inputs[0]!.shape), inputs[1]!, gradient),
    null,
  ],
  Conv: convolutionRule,
};
