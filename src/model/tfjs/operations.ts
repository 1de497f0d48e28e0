/**
 * The operations of the encoder's graphs (`graph/operations.ts`) in TensorFlow.js: ONNX's meaning, tfjs's words. Only
 * what its WebAssembly and WebGPU backends have kernels for is used, so that nothing falls back in silence.
 */
import type * as Tensorflow from "@tensorflow/tfjs-core";
import type { GraphNode } from "../graph/graph.ts";

export type Tf = typeof Tensorflow;
type Tensor = Tensorflow.Tensor;

/** What an operation is given beside its tensors. */
interface Given {
  readonly tf: Tf;
  readonly node: GraphNode;
  /** The integers of an input that is part of the graph, such as axes. */
  readonly ints: (input: number) => readonly number[];
}

type Operation = (inputs: readonly Tensor[], given: Given) => readonly Tensor[];

const operations: Readonly<Record<string, Operation>> = {
  Add: ([a, b], { tf }) => [tf.add(a!, b!)],
  Sub: ([a, b], { tf }) => [tf.sub(a!, b!)],
  Mul: ([a, b], { tf }) => [tf.mul(a!, b!)],
  Div: ([a, b], { tf }) => [tf.div(a!, b!)],
  Neg: ([x], { tf }) => [tf.neg(x!)],
  Sigmoid: ([x], { tf }) => [tf.sigmoid(x!)],
  Softplus: ([x], { tf }) => [tf.log(tf.add(tf.exp(x!), 1))],
  Identity: ([x], { tf }) => [tf.clone(x!)],
  MatMul: ([a, b], { tf }) => [tf.matMul(a!, b!)],
  Gemm([a, b, bias], { tf, node }) {
    const product = tf.matMul(a!, b!, integer(node, "transA") === 1, integer(node, "transB") === 1);
    return [bias ? tf.add(product, bias) : product];
  },
  Reshape: ([x], { tf, node }) => [tf.reshape(x!, [...node.outputs[0]!.shape])],
  Transpose: ([x], { tf, node }) => [tf.transpose(x!, integers(node, "perm"))],
  ReduceSum: ([x], { tf, ints }) => [tf.sum(x!, [...ints(1)], true)],
  /** Axes are slices of one: ONNX allows more, the graph builder makes no others. */
  Slice([x], { tf, node, ints }) {
    const begin = x!.shape.map(() => 0).with(ints(3)[0]!, ints(1)[0]!);
    return [tf.slice(x!, begin, [...node.outputs[0]!.shape])];
  },
  Concat: (inputs, { tf, node }) => [tf.concat([...inputs], integer(node, "axis"))],
  Softmax: ([x], { tf }) => [tf.softmax(x!)],
  LayerNormalization([x, scale, bias], { tf, node }) {
    const epsilon = float(node, "epsilon");
    const mean = tf.mean(x!, -1, true);
    const centred = tf.sub(x!, mean);
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
    return [tf.add(tf.mul(tf.mul(centred, inverse), scale!), bias!), mean, inverse];
  },
};

/** @throws RangeError for an operation that no graph of the encoder has had so far */
export function runOperation(inputs: readonly Tensor[], given: Given): readonly Tensor[] {
  const operation = operations[given.node.op];
  if (!operation) throw new RangeError(`TensorFlow.js form: no operation '${given.node.op}'`);
  return operation(inputs, given);
}

function integer(node: GraphNode, name: string): number {
  const found = node.attributes[name];
  if (!found || !("int" in found)) throw absent(node, name);
  return found.int;
}

function integers(node: GraphNode, name: string): number[] {
  const found = node.attributes[name];
  if (!found || !("ints" in found)) throw absent(node, name);
  return [...found.ints];
}

function float(node: GraphNode, name: string): number {
  const found = node.attributes[name];
  if (!found || !("float" in found)) throw absent(node, name);
  return found.float;
}

function absent({ op }: GraphNode, name: string): RangeError {
  return new RangeError(`${op}: expected the attribute '${name}'`);
}
