/** Stored samples as numbers. All the time that reading takes is spent here. */
import { numberBytes, type NumberFormat } from "./header.ts";

/** Samples in memory, each with or without a time stamp, and where their numbers go. */
export interface SampleRun {
  readonly bytes: DataView;
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

/**
 * Reads samples as far as the bytes go.
 * @returns how many were whole, and where the next begins
 */
export function readNumbers(run: SampleRun): { nSamples: number; end: number } {
  const { bytes, gains, into, stride, format } = run;
  const nChannels = gains.length;
  const bare = bareBytes(format, nChannels);
  let at = run.at;
  let done = 0;
  for (; done < run.nSamples; done++) {
    if (at >= bytes.byteLength) break;
    const stamp = bytes.getUint8(at);
    if (at + bare + stamp > bytes.byteLength) break;
    at += 1 + stamp;
    let to = run.to + done;
    // The usual formats first: a switch within the loop over channels would cost more than the conversion.
    if (format === "float32")
      for (let c = 0; c < nChannels; c++, to += stride, at += 4)
        into[to] = bytes.getFloat32(at, true) * gains[c]!;
    else if (format === "double64")
      for (let c = 0; c < nChannels; c++, to += stride, at += 8)
        into[to] = bytes.getFloat64(at, true) * gains[c]!;
    else if (format === "int16")
      for (let c = 0; c < nChannels; c++, to += stride, at += 2)
        into[to] = bytes.getInt16(at, true) * gains[c]!;
    else if (format === "int32")
      for (let c = 0; c < nChannels; c++, to += stride, at += 4)
        into[to] = bytes.getInt32(at, true) * gains[c]!;
    else
      for (let c = 0; c < nChannels; c++, to += stride, at += numberBytes[format])
        into[to] = storedNumber(bytes, at, format) * gains[c]!;
  }
  return { nSamples: done, end: at };
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
