/**
 * A graph as the bytes of an ONNX file: `ModelProto` of onnx.proto3 (ONNX 1.15: IR version 9, operator set 20), written
 * in the wire format of Protocol Buffers (varints, and fields that begin with their length). Only what the graph
 * builder makes can be written; nothing is read.
 */
import type { Attribute, Dtype, Graph, GraphNode, Initializer, Tensor } from "./graph.ts";

const irVersion = 9;
const opset = 20;

/** TensorProto.DataType */
const dataTypes: Record<Dtype, number> = { float32: 1, int64: 7, bool: 9 };

/** The bytes of `model.onnx`. */
export function onnxBytes(graph: Graph): Uint8Array<ArrayBuffer> {
  const model = message();
  model.int(1, irVersion);
  model.text(2, "brainwire");
  model.nested(7, graphProto(graph));
  model.nested(8, operatorSet());
  return model.bytes();
}

function operatorSet(): Message {
  const set = message();
  set.text(1, ""); // the default domain
  set.int(2, opset);
  return set;
}

function graphProto(graph: Graph): Message {
  const proto = message();
  for (const node of graph.nodes) proto.nested(1, nodeProto(node));
  proto.text(2, "brainwire");
  for (const initializer of graph.initializers) proto.nested(5, tensorProto(initializer));
  for (const input of graph.inputs) proto.nested(11, valueInfo(input));
  for (const output of graph.outputs) proto.nested(12, valueInfo(output));
  return proto;
}

function nodeProto({ op, inputs, outputs, attributes }: GraphNode): Message {
  const proto = message();
  for (const { name } of inputs) proto.text(1, name);
  for (const { name } of outputs) proto.text(2, name);
  proto.text(3, outputs[0]!.name);
  proto.text(4, op);
  for (const [name, value] of Object.entries(attributes)) proto.nested(5, attributeProto(name, value));
  return proto;
}

function attributeProto(name: string, value: Attribute): Message {
  const proto = message();
  proto.text(1, name);
  if ("float" in value) proto.float(2, value.float);
  else if ("int" in value) proto.int(3, value.int);
  else if ("text" in value) proto.text(4, value.text);
  else for (const n of value.ints) proto.int(8, n);
  proto.int(20, "float" in value ? 1 : "int" in value ? 2 : "text" in value ? 3 : 7); // FLOAT, INT, STRING, INTS
  return proto;
}

function tensorProto({ tensor, data }: Initializer): Message {
  const proto = message();
  for (const n of tensor.shape) proto.int(1, n);
  proto.int(2, dataTypes[tensor.dtype]);
  proto.text(8, tensor.name);
  proto.raw(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)); // little-endian, as all our machines are
  return proto;
}

function valueInfo({ name, shape, dtype }: Tensor): Message {
  const dimensions = message();
  for (const n of shape) {
    const dimension = message();
    dimension.int(1, n);
    dimensions.nested(1, dimension);
  }
  const tensorType = message();
  tensorType.int(1, dataTypes[dtype]);
  tensorType.nested(2, dimensions);
  const type = message();
  type.nested(1, tensorType);
  const proto = message();
  proto.text(1, name);
  proto.nested(2, type);
  return proto;
}

/** A message being written. Every method appends one field. */
interface Message {
  int(field: number, value: number): void;
  float(field: number, value: number): void;
  text(field: number, value: string): void;
  raw(field: number, value: Uint8Array): void;
  nested(field: number, value: Message): void;
  bytes(): Uint8Array<ArrayBuffer>;
}

function message(): Message {
  const parts: Uint8Array[] = [];
  const encoder = new TextEncoder();
  // Wire types: 0 varint, 2 length and bytes, 5 four bytes.
  const tag = (field: number, wireType: number) => parts.push(varint(field * 8 + wireType));
  function raw(field: number, value: Uint8Array): void {
    tag(field, 2);
    parts.push(varint(value.length), value);
  }
  return {
    int(field, value) {
      tag(field, 0);
      parts.push(varint(value));
    },
    float(field, value) {
      tag(field, 5);
      const four = new Uint8Array(4);
      new DataView(four.buffer).setFloat32(0, value, true);
      parts.push(four);
    },
    text: (field, value) => raw(field, encoder.encode(value)),
    raw,
    nested: (field, value) => raw(field, value.bytes()),
    bytes() {
      const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
      let at = 0;
      for (const part of parts) {
        whole.set(part, at);
        at += part.length;
      }
      return whole;
    },
  };
}

/** An integer in base 128, least significant group first; negative ones as 64-bit two's complement. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest >= 128n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
