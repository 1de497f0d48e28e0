/** What a training is at a step, and its bytes: with them it goes on as if it had never stopped. */
import { EegError } from "../eeg/errors.ts";
import type { AdamWState, Tensors } from "./adamw.ts";

export interface TrainingState {
  /** Steps done. */
  step: number;
  readonly optimiser: AdamWState;
  /** Running means of the weights. */
  readonly means: Tensors;
  /** The weights that did best on the subjects who choose, if anybody was asked. */
  best: BestWeights | null;
}

interface BestWeights {
  readonly weights: Tensors;
  /** Mean log loss over the choosing subjects' decisions: what is made least. */
  readonly logLoss: number;
  /** Checks since then. */
  readonly misses: number;
}

interface Header {
  readonly format: "brainwire-checkpoint/1";
  /** Names the training: its configuration, subjects and seed. */
  readonly key: string;
  readonly step: number;
  readonly best: { readonly logLoss: number; readonly misses: number } | null;
  /** Groups of tensors, in the order of the bytes that follow. */
  readonly tensors: readonly (readonly [group: string, name: string, length: number])[];
}

/** A header in JSON, its length before it (32 bits, little-endian), then all numbers as float32. */
export function formatCheckpoint(state: TrainingState, key: string): Uint8Array {
  const { optimiser, means, best } = state;
  const groups: Record<string, Tensors> = {
    weights: optimiser.weights,
    first: optimiser.first,
    second: optimiser.second,
    means,
  };
  if (best) groups["best"] = best.weights;
  const tensors = Object.entries(groups).flatMap(([group, byName]) =>
    [...byName].map(([name, data]) => ({ group, name, data })),
  );
  const header: Header = {
    format: "brainwire-checkpoint/1",
    key,
    step: state.step,
    best: best && { logLoss: best.logLoss, misses: best.misses },
    tensors: tensors.map(({ group, name, data }) => [group, name, data.length] as const),
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const size = tensors.reduce((total, { data }) => total + data.byteLength, 4 + text.length);
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  let at = 4 + text.length;
  for (const { data } of tensors) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/** @throws EegError TRAINING_DATA if the bytes are no checkpoint, or one of another training */
export function parseCheckpoint(bytes: Uint8Array, key: string): TrainingState {
  const refuse = (why: string, cause?: unknown) =>
    new EegError("TRAINING_DATA", `the checkpoint ${why}; delete it to train from the start`, { cause });
  let header: Header;
  const length = bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))) as Header;
  } catch (cause) {
    throw refuse("cannot be read", cause);
  }
  if (header.format !== "brainwire-checkpoint/1") throw refuse("is of another format");
  if (header.key !== key) throw refuse("belongs to another configuration, split or seed");
  const groups: Record<string, Map<string, Float32Array>> = {};
  let at = 4 + length;
  for (const [group, name, count] of header.tensors) {
    if (at + count * 4 > bytes.length) throw refuse("is cut short");
    (groups[group] ??= new Map()).set(
      name,
      new Float32Array(new Uint8Array(bytes.subarray(at, at + count * 4)).buffer),
    );
    at += count * 4;
  }
  const { weights, first, second, means, best } = groups;
  if (!weights || !first || !second || !means) throw refuse("lacks tensors");
  return {
    step: header.step,
    optimiser: { weights, first, second },
    means,
    best: header.best && best ? { ...header.best, weights: best } : null,
  };
}

export function copyTensors(tensors: Tensors): Map<string, Float32Array> {
  return new Map([...tensors].map(([name, data]) => [name, data.slice()]));
}
