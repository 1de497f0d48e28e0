import type { Memory } from "../../eeg/web-assembly.ts";
import { tokenNumbers } from "../../tokens/token.ts";
import { type Model, tensor } from "../model.ts";
import { softplus } from "../plain.ts";

/** Where things lie in the kernel's memory, in bytes, and the slots' sizes. */
export interface Plan {
  readonly pointer: number;
  readonly token: number;
  readonly logits: number;
  /** Patches that attention looks at: the window, rounded up to a multiple of 4. */
  readonly lanes: number;
  /** Patches that a slot has room for before its cache is shifted. */
  readonly columns: number;
  readonly slotBytes: number;
}

/** Lays out and fills the kernel's plan, its buffers and the packed weights, as kernel.as.ts reads them. */
export function planMemory(model: Model, memory: Memory, reserve: (bytes: number) => number): Plan {
  const { width, heads, feedForward, layers, window, classes } = model.manifest.architecture.sizes;
  const headWidth = width / heads;
  const valueHead = up(headWidth, 4);
  const valueWidth = heads * valueHead;
  const lanes = up(window, 4);
  const columns = 4 * lanes;
  const features = tokenNumbers(model.manifest.architecture.sizes);

  const place = (data: Float32Array): number => {
    const pointer = reserve(data.byteLength);
    new Float32Array(memory.buffer).set(data, pointer / 4);
    return pointer;
  };
  const buffer = (n: number): number => reserve(up(n, 16) * 4);
  /** Rows [outputs, inputs] of the linear layer `name`, row after row; a head's values are padded to `valueHead`. */
  const rows = (name: string, n: number): Row[] => {
    const weight = tensor(model, `${name}.weight`);
    const bias = tensor(model, `${name}.bias`);
    return Array.from(bias, (b, o) => ({ weights: weight.subarray(o * n, (o + 1) * n), bias: b }));
  };
  const padHeads = <T>(values: readonly T[], padding: T): T[] =>
    Array.from({ length: valueWidth }, (_, i) =>
      i % valueHead < headWidth ? values[Math.floor(i / valueHead) * headWidth + (i % valueHead)]! : padding,
    );
  const dense = (name: string, n: number): number => place(packPanels(rows(name, n), n));
  const norm = (name: string): number => {
    const packed = new Float32Array(up(width, 4) * 2);
    packed.set(tensor(model, `${name}.weight`));
    packed.set(tensor(model, `${name}.bias`), up(width, 4));
    return place(packed);
  };

  const token = buffer(features);
  const logits = buffer(classes);
  const header = [layers, heads, width, headWidth, valueHead, lanes, columns, features, feedForward, classes];
  const pointers = [
    token,
    buffer(width),
    buffer(width),
    buffer(2 * width + valueWidth),
    buffer(valueWidth),
    buffer(feedForward),
    buffer(lanes),
    logits,
    dense("embed", features),
    norm("norm"),
    dense("head", width),
  ];
  for (let l = 0; l < layers; l++) {
    const layer = `layers.${l}`;
    const attention = `${layer}.attention`;
    const none = { weights: new Float32Array(width), bias: 0 };
    const projections = [
      ...rows(`${attention}.query`, width),
      ...rows(`${attention}.key`, width),
      ...padHeads(rows(`${attention}.value`, width), none),
    ];
    const output = rows(`${attention}.output`, width).map(({ weights, bias }) => ({
      weights: Float32Array.from(padHeads([...weights], 0)),
      bias,
    }));
    pointers.push(
      norm(`${layer}.norm1`),
      place(packPanels(projections, width)),
      place(ageBiases(tensor(model, `${attention}.slope`), lanes)),
      place(packPanels(output, valueWidth)),
      norm(`${layer}.norm2`),
      dense(`${layer}.feedforward.up`, width),
      dense(`${layer}.feedforward.down`, feedForward),
    );
  }
  const pointer = reserve((header.length + 1 + pointers.length) * 4);
  const words = new Int32Array(memory.buffer);
  words.set(header, pointer / 4);
  new Float32Array(memory.buffer)[pointer / 4 + header.length] = 1 / Math.sqrt(headWidth);
  words.set(pointers, pointer / 4 + header.length + 1);
  const slotBytes = 4 * (columns + layers * columns * (width + valueWidth));
  return { pointer, token, logits, lanes, columns, slotBytes };
}

interface Row {
  readonly weights: Float32Array;
  readonly bias: number;
}

/** Panels of 16 outputs: 16 biases, then for each input 16 weights; inputs padded to an even number. */
function packPanels(rows: readonly Row[], inputs: number): Float32Array {
  const panelSize = 16 * (1 + up(inputs, 2));
  const packed = new Float32Array(Math.ceil(rows.length / 16) * panelSize);
  rows.forEach(({ weights, bias }, o) => {
    const panel = Math.floor(o / 16) * panelSize + (o % 16);
    packed[panel] = bias;
    for (let i = 0; i < inputs; i++) packed[panel + 16 * (1 + i)] = weights[i]!;
  });
  return packed;
}

/** [heads, lanes]: -softplus(slope) times the lane's age; the last lane is the newest patch. */
function ageBiases(slope: Float32Array, lanes: number): Float32Array {
  const biases = new Float32Array(slope.length * lanes);
  slope.forEach((value, head) => {
    for (let t = 0; t < lanes; t++) biases[head * lanes + t] = -softplus(value) * (lanes - 1 - t);
  });
  return biases;
}

function up(n: number, multiple: number): number {
  return Math.ceil(n / multiple) * multiple;
}
