/** Stored samples as numbers. All the time that reading takes is spent here. */
import { fromStrided, type StoredNumbers } from "../strided.ts";
import { numberBytes, type NumberFormat } from "../../eeg/lsl-header.ts";

/** Samples in memory, each with or without a time stamp, and where their numbers go. */
export interface SampleRun {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly nSamples: number;
  readonly format: NumberFormat;
  /** For each channel, from the stored number to its channel's unit. */
  readonly gains: readonly number[];
  /** Channel after channel, `stride` numbers each; the first sample goes to `to`. */
  readonly into: Float32Array;
  readonly to: number;
  readonly stride: number;
}

/** Bytes of a sample without its time stamp, the byte that says whether there is one included. */
export function bareBytes(format: NumberFormat, nChannels: number): number {
  return 1 + nChannels * numberBytes[format];
}

/** Samples whose values are put side by side, without stamps, before they are turned. */
const tile = 128;

/**
 * Reads samples as far as the bytes go.
 * @returns how many were whole, and where the next begins
 */
export function readNumbers(run: SampleRun): { nSamples: number; end: number } {
  const { bytes, gains, format, stride } = run;
  const bare = bareBytes(format, gains.length);
  const body = bare - 1;
  const values = new Uint8Array(Math.min(tile, run.nSamples) * body);
  const stored = storedNumbers(values, format);
  let at = run.at;
  let done = 0;
  for (let found = tile; found === tile && done < run.nSamples; done += found) {
    for (found = 0; found < tile && done + found < run.nSamples && at < bytes.length; found++) {
      const stamp = bytes[at]!;
      if (at + bare + stamp > bytes.length) break;
      values.set(bytes.subarray(at + 1 + stamp, at + bare + stamp), found * body);
      at += bare + stamp;
    }
    const numbers = stored();
    for (const [c, gain] of gains.entries()) {
      const first = c * stride + run.to + done;
      const one = { stored: numbers, at: c, step: gains.length, gain, offset: 0 };
      fromStrided(one, run.into.subarray(first, first + found));
    }
  }
  return { nSamples: done, end: at };
}

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

const views = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
  double64: Float64Array,
} as const;

/** What some bytes hold, whenever it is asked for: a view where the machine has such numbers, else converted. */
function storedNumbers(bytes: Uint8Array<ArrayBuffer>, format: NumberFormat): () => StoredNumbers {
  if (littleEndian && format !== "int64") {
    const view = new views[format](bytes.buffer);
    return () => view;
  }
  const width = numberBytes[format];
  const view = new DataView(bytes.buffer);
  return () =>
    Float64Array.from({ length: bytes.length / width }, (_, i) => storedNumber(view, i * width, format));
}

/** One stored number. */
export function storedNumber(bytes: DataView, at: number, format: NumberFormat): number {
  switch (format) {
    case "int8":
      return bytes.getInt8(at);
    case "int16":
      return bytes.getInt16(at, true);
    case "int32":
      return bytes.getInt32(at, true);
    case "int64":
      return Number(bytes.getBigInt64(at, true));
    case "float32":
      return bytes.getFloat32(at, true);
    case "double64":
      return bytes.getFloat64(at, true);
  }
}
