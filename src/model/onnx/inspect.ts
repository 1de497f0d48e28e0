/**
 * Looks into the bytes of an ONNX file before a runtime is given them: what the graph takes and gives, which
 * operators it is made of, and that it keeps to itself. Field numbers: onnx.proto3 (ONNX 1.15).
 */
import { EegError } from "../../eeg/errors.ts";
import { ProtobufError, protobufFields, type Field } from "./protobuf.ts";

export interface OnnxFile {
  /** What must be given at every run; numbers of free axes are names, or null where they have none. */
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** `Conv`, or `domain.Name` where the domain is not ONNX's own; sorted. */
  readonly operators: readonly string[];
  /** Real numbers in its tensors. */
  readonly nParameters: number;
}

interface OnnxPort {
  readonly name: string;
  /** `float32`, or what ONNX calls it; null where it is no tensor. */
  readonly dtype: string | null;
  readonly shape: readonly (number | string | null)[] | null;
}

/** TensorProto.DataType, from 1 on. */
const dtypes =
  "float32 uint8 int8 uint16 int16 int32 int64 string bool float16 float64 uint32 uint64 complex64 complex128 bfloat16".split(
    " ",
  );

/** Of these, the real numbers: float32, float16, float64, bfloat16. */
const floats = new Set([1, 10, 11, 16]);

/** Whose operators ONNX Runtime has. */
const domains = new Set(["", "ai.onnx", "ai.onnx.ml", "com.microsoft"]);

/** Graphs within graphs, as `If` and `Loop` have them. */
const deepest = 16;

interface Gathered {
  readonly place: string;
  readonly operators: Map<string, { domain: string; name: string }>;
  /** Of functions that the file itself defines, by `domain.name`. */
  readonly functions: Set<string>;
  nParameters: number;
}

/**
 * @param place names the file in errors
 * @throws EegError MODEL_WEIGHTS for what is no ONNX file, keeps tensors outside of itself (as an absolute path or
 * `..` would reach anything), or has operators of nobody's
 */
export function inspectOnnx(bytes: Uint8Array, place: string): OnnxFile {
  const gathered: Gathered = { place, operators: new Map(), functions: new Set(), nParameters: 0 };
  let found: { inputs: OnnxPort[]; outputs: OnnxPort[] } | undefined;
  try {
    for (const field of protobufFields(bytes)) {
      if (field.number === 7) found = readGraph(field, gathered, 0);
      else if (field.number === 25) readFunction(field, gathered);
      else if (field.number === 20)
        for (const training of protobufFields(field.bytes, field.at))
          if (training.number <= 2) readGraph(training, gathered, 1);
    }
  } catch (cause) {
    if (!(cause instanceof ProtobufError)) throw cause;
    throw new EegError("MODEL_WEIGHTS", `${place}: no ONNX file: ${cause.message}`, { cause });
  }
  if (!found) throw new EegError("MODEL_WEIGHTS", `${place}: no ONNX file: it holds no graph`);
  const { operators, functions, nParameters } = gathered;
  const foreign = [...operators].filter(([full, { domain }]) => !domains.has(domain) && !functions.has(full));
  if (foreign.length > 0)
    throw new EegError(
      "MODEL_WEIGHTS",
      `${place}: nobody defines the operators ${foreign.map(([full]) => full).join(", ")}; export the model with standard ONNX operators`,
    );
  return { ...found, operators: [...operators.keys()].sort(), nParameters };
}

function readGraph(
  graph: Field,
  gathered: Gathered,
  depth: number,
): { inputs: OnnxPort[]; outputs: OnnxPort[] } {
  if (depth > deepest)
    throw new EegError("MODEL_WEIGHTS", `${gathered.place}: graphs are nested more than ${deepest} deep`);
  const inputs: OnnxPort[] = [];
  const outputs: OnnxPort[] = [];
  const initial = new Set<string>();
  for (const field of protobufFields(graph.bytes, graph.at))
    switch (field.number) {
      case 1:
        readNode(field, gathered, depth);
        break;
      case 5:
        initial.add(readTensor(field, gathered));
        break;
      case 11:
        inputs.push(readPort(field));
        break;
      case 12:
        outputs.push(readPort(field));
        break;
      case 15:
        initial.add(readSparse(field, gathered));
    }
  // Old files list initializers among the inputs.
  return { inputs: inputs.filter(({ name }) => !initial.has(name)), outputs };
}

function readFunction(definition: Field, gathered: Gathered): void {
  let name = "";
  let domain = "";
  for (const field of protobufFields(definition.bytes, definition.at)) {
    if (field.number === 1) name = text(field);
    else if (field.number === 7) readNode(field, gathered, 0);
    else if (field.number === 10) domain = text(field);
    else if (field.number === 11) readAttribute(field, gathered, 0);
  }
  gathered.functions.add(fullName(domain, name));
}

function readNode(node: Field, gathered: Gathered, depth: number): void {
  let name = "";
  let domain = "";
  for (const field of protobufFields(node.bytes, node.at)) {
    if (field.number === 4) name = text(field);
    else if (field.number === 7) domain = text(field);
    else if (field.number === 5) readAttribute(field, gathered, depth);
  }
  gathered.operators.set(fullName(domain, name), { domain, name });
}

function readAttribute(attribute: Field, gathered: Gathered, depth: number): void {
  for (const field of protobufFields(attribute.bytes, attribute.at)) {
    if (field.number === 5 || field.number === 10) readTensor(field, gathered);
    else if (field.number === 6 || field.number === 11) readGraph(field, gathered, depth + 1);
    else if (field.number === 22 || field.number === 23) readSparse(field, gathered);
  }
}

/** @returns the tensor's name */
function readTensor(tensor: Field, gathered: Gathered): string {
  let name = "";
  let location: string | undefined;
  let size = 1;
  let isFloat = false;
  for (const field of protobufFields(tensor.bytes, tensor.at)) {
    if (field.number === 1) for (const n of integers(field)) size *= Number(n);
    else if (field.number === 2) isFloat = floats.has(Number(field.value));
    else if (field.number === 8) name = text(field);
    else if (field.number === 13) location = readLocation(field) ?? location ?? "";
    else if (field.number === 14 && field.value === 1n) location ??= "";
  }
  if (location !== undefined)
    throw new EegError(
      "MODEL_WEIGHTS",
      `${gathered.place}: tensor '${name}' is kept in another file${location ? ` ('${location}')` : ""}; only a file that holds all of its tensors is taken: export the model without external data`,
    );
  if (isFloat) gathered.nParameters += size;
  return name;
}

function readSparse(sparse: Field, gathered: Gathered): string {
  let name = "";
  for (const field of protobufFields(sparse.bytes, sparse.at)) {
    if (field.number === 1) name = readTensor(field, gathered);
    else if (field.number === 2) readTensor(field, gathered);
  }
  return name;
}

/** The path in an entry of a tensor's external data, or undefined if the entry says something else. */
function readLocation(entry: Field): string | undefined {
  const [key, value] = [1, 2].map((number) => {
    for (const field of protobufFields(entry.bytes, entry.at))
      if (field.number === number) return text(field);
    return "";
  });
  return key === "location" ? value : undefined;
}

function readPort(info: Field): OnnxPort {
  let name = "";
  let dtype: string | null = null;
  let shape: OnnxPort["shape"] = null;
  for (const field of protobufFields(info.bytes, info.at)) {
    if (field.number === 1) name = text(field);
    else if (field.number === 2)
      for (const type of protobufFields(field.bytes, field.at))
        if (type.number === 1)
          for (const part of protobufFields(type.bytes, type.at))
            if (part.number === 1) dtype = dtypes[Number(part.value) - 1] ?? `type ${part.value}`;
            else if (part.number === 2) shape = readShape(part);
  }
  return { name, dtype, shape };
}

function readShape(shape: Field): (number | string | null)[] {
  const axes: (number | string | null)[] = [];
  for (const field of protobufFields(shape.bytes, shape.at)) {
    if (field.number !== 1) continue;
    let axis: number | string | null = null;
    for (const part of protobufFields(field.bytes, field.at))
      if (part.number === 1 && part.value > 0n) axis = Number(part.value);
      else if (part.number === 2) axis = text(part) || null;
    axes.push(axis);
  }
  return axes;
}

/** Repeated integers: each in a field of its own, or all packed into one. */
function* integers({ value, bytes, at }: Field): Generator<bigint> {
  if (bytes.length === 0) return yield value;
  let integer = 0n;
  let shift = 0n;
  for (const byte of bytes) {
    integer |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (shift > 70n) throw new ProtobufError(`an integer is longer than 10 bytes (byte ${at})`);
    if (byte >= 128) continue;
    yield integer;
    integer = shift = 0n;
  }
}

function text({ bytes }: Field): string {
  return new TextDecoder().decode(bytes);
}

function fullName(domain: string, name: string): string {
  return domain === "" || domain === "ai.onnx" ? name : `${domain}.${name}`;
}
