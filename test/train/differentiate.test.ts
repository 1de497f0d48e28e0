import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers"; // registers the gradients, which the Node bundle of tfjs-core leaves out
import { beforeAll, describe, expect, test } from "@jest/globals";
import { createRandom } from "../../src/eeg/random.ts";
import { createGraph, sizeOf, type GraphBuilder, type Tensor } from "../../src/model/graph/graph.ts";
import { operations, type Operations } from "../../src/model/graph/operations.ts";
import { differentiate } from "../../src/train/differentiate.ts";
import { createSession } from "../../src/train/session.node.ts";

interface Case {
  readonly shapes: readonly (readonly number[])[];
  readonly graph: (op: Operations, x: readonly Tensor[], g: GraphBuilder) => Tensor;
  /** The same in TensorFlow.js; null where it has no gradient for it, or another meaning. */
  readonly tf: ((x: readonly tf.Tensor[]) => tf.Tensor) | null;
  /** Inputs are positive. */
  readonly positive?: boolean;
}

const condition = (op: Operations, x: Tensor) => op.greater(x, op.scalar(0));
const unary = (
  name: "exp" | "sin" | "cos" | "erf" | "tanh" | "sigmoid" | "softplus" | "elu",
  peer: (x: tf.Tensor) => tf.Tensor,
): Case => ({
  shapes: [[3, 4]],
  graph: (op, [x]) => op[name](x!),
  tf: ([x]) => peer(x!),
});
const positive = (name: "log" | "sqrt", peer: (x: tf.Tensor) => tf.Tensor): Case => ({
  shapes: [[5]],
  graph: (op, [x]) => op[name](x!),
  tf: ([x]) => peer(x!),
  positive: true,
});
const binary = (name: "add" | "sub" | "mul", peer: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Case => ({
  shapes: [
    [2, 3, 4],
    [3, 1],
  ],
  graph: (op, [a, b]) => op[name](a!, b!),
  tf: ([a, b]) => peer(a!, b!),
});

const cases: Readonly<Record<string, Case>> = {
  add: binary("add", tf.add),
  sub: binary("sub", tf.sub),
  mul: binary("mul", tf.mul),
  "mul of a tensor by itself": {
    shapes: [[4]],
    graph: (op, [x]) => op.mul(x!, x!),
    tf: ([x]) => tf.mul(x!, x!),
  },
  div: {
    shapes: [[2, 3], [3]],
    graph: (op, [a, b]) => op.div(a!, b!),
    tf: ([a, b]) => tf.div(a!, b!),
    positive: true,
  },
  neg: { shapes: [[4]], graph: (op, [x]) => op.neg(x!), tf: ([x]) => tf.neg(x!) },
  exp: unary("exp", tf.exp),
  log: positive("log", tf.log),
  sqrt: positive("sqrt", tf.sqrt),
  sin: unary("sin", tf.sin),
  cos: unary("cos", tf.cos),
  erf: unary("erf", tf.erf),
  tanh: unary("tanh", tf.tanh),
  sigmoid: unary("sigmoid", tf.sigmoid),
  softplus: unary("softplus", tf.softplus),
  elu: unary("elu", tf.elu),
  softmax: { shapes: [[2, 3, 5]], graph: (op, [x]) => op.softmax(x!), tf: ([x]) => tf.softmax(x!) },
  logSoftmax: { shapes: [[3, 5]], graph: (op, [x]) => op.logSoftmax(x!), tf: ([x]) => tf.logSoftmax(x!) },
  reduceSum: {
    shapes: [[2, 3, 4]],
    graph: (op, [x]) => op.reduceSum(x!, [0, 2]),
    tf: ([x]) => tf.sum(x!, [0, 2], true),
  },
  reduceMean: {
    shapes: [[2, 3, 4]],
    graph: (op, [x]) => op.reduceMean(x!, [1]),
    tf: ([x]) => tf.mean(x!, [1], true),
  },
  reduceMax: {
    shapes: [[2, 3, 4]],
    graph: (op, [x]) => op.reduceMax(x!, [2]),
    tf: ([x]) => tf.max(x!, [2], true),
  },
  reshape: {
    shapes: [[2, 6]],
    graph: (op, [x]) => op.reshape(x!, [3, 4]),
    tf: ([x]) => tf.reshape(x!, [3, 4]),
  },
  expand: {
    shapes: [[3, 1]],
    graph: (op, [x]) => op.expand(x!, [2, 3, 4]),
    tf: ([x]) => tf.broadcastTo(tf.reshape(x!, [1, 3, 1]), [2, 3, 4]),
  },
  transpose: {
    shapes: [[2, 3, 4]],
    graph: (op, [x]) => op.transpose(x!, [2, 0, 1]),
    tf: ([x]) => tf.transpose(x!, [2, 0, 1]),
  },
  slice: {
    shapes: [[2, 5]],
    graph: (op, [x]) => op.slice(x!, { axis: 1, start: 1, end: 4 }),
    tf: ([x]) => tf.slice(x!, [0, 1], [2, 3]),
  },
  concat: {
    shapes: [
      [2, 3],
      [2, 1],
    ],
    graph: (op, x) => op.concat(x, 1),
    tf: (x) => tf.concat([...x], 1),
  },
  pad: {
    shapes: [[2, 3]],
    graph: (op, [x]) => op.pad(x!, { axis: 1, before: 1, after: 2 }),
    tf: ([x]) =>
      tf.pad(x!, [
        [0, 0],
        [1, 2],
      ]),
  },
  gather: {
    shapes: [[4, 2]],
    graph: (op, [x], g) => op.gather(x!, g.constant(BigInt64Array.of(3n, 0n, 3n), [3])),
    tf: ([x]) => tf.gather(x!, [3, 0, 3]),
  },
  where: {
    shapes: [[3, 4], [4], [3, 1]],
    graph: (op, [x, a, b]) => op.where(condition(op, x!), a!, b!),
    tf: null,
  },
  matmul: {
    shapes: [
      [2, 3, 4],
      [4, 5],
    ],
    graph: (op, [a, b]) => op.matmul(a!, b!),
    tf: null, // its matMul does not sum the gradient of a repeated matrix
  },
  "matmul of batches": {
    shapes: [
      [2, 3, 4],
      [2, 4, 5],
    ],
    graph: (op, [a, b]) => op.matmul(a!, b!),
    tf: ([a, b]) => tf.matMul(a!, b!),
  },
  gemm: {
    shapes: [[3, 4], [4, 2], [2]],
    graph: (op, [a, b, bias]) => op.gemm(a!, b!, { bias: bias! }),
    tf: ([a, b, bias]) => tf.add(tf.matMul(a!, b!), bias!),
  },
  "gemm, first transposed": {
    shapes: [
      [4, 3],
      [4, 2],
    ],
    graph: (op, [a, b]) => op.gemm(a!, b!, { transA: true }),
    tf: ([a, b]) => tf.matMul(a!, b!, true),
  },
  "gemm, second transposed": {
    shapes: [
      [3, 4],
      [2, 4],
    ],
    graph: (op, [a, b]) => op.gemm(a!, b!, { transB: true }),
    tf: ([a, b]) => tf.matMul(a!, b!, false, true),
  },
  "gemm, both transposed": {
    shapes: [
      [4, 3],
      [2, 4],
    ],
    graph: (op, [a, b]) => op.gemm(a!, b!, { transA: true, transB: true }),
    tf: ([a, b]) => tf.matMul(a!, b!, true, true),
  },
  layerNorm: {
    shapes: [[3, 6], [6], [6]],
    graph: (op, [x, scale, bias]) => op.layerNorm(x!, scale!, { bias: bias!, epsilon: 1e-5 })[0]!,
    tf: ([x, scale, bias]) => {
      const { mean, variance } = tf.moments(x!, 1, true);
      const normalised = tf.div(tf.sub(x!, mean), tf.sqrt(tf.add(variance, 1e-5)));
      return tf.add(tf.mul(normalised, scale!), bias!);
    },
  },
  "conv with strides": {
    shapes: [
      [2, 3, 12],
      [4, 3, 5],
    ],
    graph: (op, [x, w]) => op.conv(x!, w!, { strides: [2] }),
    tf: ([x, w]) =>
      tf.transpose(
        tf.conv1d(
          tf.transpose(x as tf.Tensor3D, [0, 2, 1]),
          tf.transpose(w as tf.Tensor3D, [2, 1, 0]),
          2,
          "valid",
        ),
        [0, 2, 1],
      ),
  },
  "conv with padding and dilation, in two dimensions": {
    shapes: [
      [2, 2, 5, 7],
      [3, 2, 2, 3],
    ],
    graph: (op, [x, w]) => op.conv(x!, w!, { strides: [1, 1], dilations: [1, 2], pads: [1, 2, 0, 2] }),
    tf: null,
  },
  "depth-wise conv": {
    shapes: [
      [2, 3, 9],
      [6, 1, 4],
    ],
    graph: (op, [x, w]) => op.conv(x!, w!, { strides: [2], group: 3 }),
    tf: null,
  },
};

interface Run {
  readonly value: number;
  readonly gradients: readonly Float32Array[];
}

/** A weighted sum of the operation's output, and its gradients, for given inputs. */
async function session({ shapes, graph: build }: Case) {
  const graph = createGraph();
  const op = operations(graph);
  const inputs = shapes.map((shape, i) => graph.input(`x${i}`, shape));
  const y = build(op, inputs, graph);
  const weight = graph.constant(numbers(99, sizeOf(y.shape)), y.shape);
  const value = op.reduceSum(
    op.mul(y, weight),
    y.shape.map((_, axis) => axis),
  );
  const wanted = inputs.filter(
    (_, i) => !(i === 0 && graph.nodes.some((node) => node.op === "Greater" && shapes.length === 3)),
  );
  const gradients = differentiate(graph, value, wanted);
  graph.output("value", value);
  gradients.forEach((gradient, i) => graph.output(`gradient${i}`, gradient));
  const runner = await createSession(graph);
  return {
    weight: Float32Array.from(
      graph.initializers.find(({ tensor }) => tensor === weight)!.data as Float32Array,
    ),
    outputShape: y.shape,
    wanted: wanted.map((tensor) => inputs.indexOf(tensor)),
    release: () => runner.release(),
    async run(x: readonly Float32Array[]): Promise<Run> {
      const outputs = await runner.run(Object.fromEntries(x.map((data, i) => [`x${i}`, data])));
      return {
        value: outputs["value"]![0]!,
        gradients: gradients.map((_, i) => outputs[`gradient${i}`]!.slice()),
      };
    },
  };
}

function numbers(seed: number, n: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: n }, () => random.normal());
}

describe("gradients", () => {
  beforeAll(() => {
    tf.env().set("IS_NODE", false); // no advertisement
    return tf.setBackend("cpu");
  });

  test.each(Object.keys(cases))("of %s", async (name) => {
    const { shapes, tf: peer, positive: positiveOnly = false } = cases[name]!;
    const made = await session(cases[name]!);
    const { weight, outputShape, wanted } = made;
    const x = shapes.map((shape, i) =>
      numbers(i + 1, sizeOf(shape)).map((v) => (positiveOnly ? Math.abs(v) + 0.3 : v)),
    );
    const { value, gradients } = await made.run(x);
    expect(gradients.map((g) => g.length)).toEqual(wanted.map((i) => sizeOf(shapes[i]!)));

    if (peer) {
      const dot = (...inputs: tf.Tensor[]) =>
        tf.sum(tf.mul(peer(inputs), tf.tensor(weight, [...outputShape]))) as tf.Scalar;
      const result = tf.valueAndGrads(dot)(x.map((data, i) => tf.tensor(data, [...shapes[i]!])));
      expect(value).toBeCloseTo(result.value.dataSync()[0]!, 4);
      result.grads.forEach((grad, i) => expectClose(gradients[i]!, grad.dataSync(), 1e-4));
    }

    // Central differences; float32 leaves about three digits of them.
    const step = 1e-2;
    for (const [g, i] of wanted.entries()) {
      const numeric = new Float32Array(x[i]!.length);
      for (let k = 0; k < numeric.length; k++) {
        const at = (v: number) => x.map((data, j) => (j === i ? data.with(k, data[k]! + v) : data));
        numeric[k] = ((await made.run(at(step))).value - (await made.run(at(-step))).value) / (2 * step);
      }
      expectClose(gradients[g]!, numeric, 1e-2);
    }
    await made.release();
  });

  test("of a value that is no single number are refused", () => {
    const graph = createGraph();
    const x = graph.input("x", [2]);
    expect(() => differentiate(graph, x, [x])).toThrow("differentiate: 'x' is no single number: [2]");
  });

  test("with respect to what the value does not depend on are refused", () => {
    const graph = createGraph();
    const x = graph.input("x", [1]);
    const y = graph.input("y", [1]);
    expect(() => differentiate(graph, operations(graph).exp(x), [y])).toThrow("does not depend on 'y'");
  });

  test("through an operation without a rule are refused", () => {
    const graph = createGraph();
    const x = graph.input("x", [1]);
    const [y] = graph.node("Floor", [x], { shapes: [[1]] });
    expect(() => differentiate(graph, y!, [x])).toThrow("no rule for the operation 'Floor'");
  });
});

/** Within `tolerance` of the largest number. */
function expectClose(actual: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  const scale = Math.max(1, ...Array.from(wanted, Math.abs));
  const worst = Math.max(...Array.from(wanted, (v, i) => Math.abs(v - actual[i]!)));
  expect(worst / scale).toBeLessThan(tolerance);
}
