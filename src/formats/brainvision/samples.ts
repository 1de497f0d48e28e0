/** Stored binary samples as physical numbers. All the time that reading takes is spent here. */
import type { BinaryEncoding } from "./header.ts";

/** Bytes of one stored number. */
export function bytesOf({ type }: BinaryEncoding): 2 | 4 {
  return type === "INT_16" || type === "UINT_16" ? 2 : 4;
}

type Stored = Int16Array | Uint16Array | Int32Array | Float32Array;

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The stored numbers of some bytes: a view where alignment and byte order allow it, else a copy. */
export function storedNumbers(bytes: Uint8Array, encoding: BinaryEncoding): Stored {
  const width = bytesOf(encoding);
  const swap = encoding.bigEndian === littleEndian;
  const own = swap || bytes.byteOffset % width !== 0 ? new Uint8Array(bytes) : bytes;
  if (swap) swapBytes(own, width);
  const at = [own.buffer, own.byteOffset, Math.floor(own.length / width)] as const;
  switch (encoding.type) {
    case "INT_16":
      return new Int16Array(...at);
    case "UINT_16":
      return new Uint16Array(...at);
    case "INT_32":
      return new Int32Array(...at);
    case "IEEE_FLOAT_32":
      return new Float32Array(...at);
  }
}

/**
 * Samples of all channels side by side become channel after channel, each times its gain; calculated in double
 * precision and rounded once.
 */
export function fromMultiplexed(stored: Stored, gains: readonly number[]): Float32Array {
  const nChannels = gains.length;
  const nSamples = Math.floor(stored.length / nChannels);
  const data = new Float32Array(nSamples * nChannels);
  for (let from = 0; from < nSamples; from += tile) {
    const end = Math.min(from + tile, nSamples);
    for (let c = 0; c < nChannels; c++) {
      const gain = gains[c]!;
      let i = from * nChannels + c;
      for (let to = c * nSamples + from, last = c * nSamples + end; to < last; to++, i += nChannels)
        data[to] = stored[i]! * gain;
    }
  }
  return data;
}

/** Samples of all channels that are turned at a time: so many stay in the first-level cache. */
const tile = 128;

/** Samples of one channel, into their place. */
export function fromVectorized(stored: Stored, gain: number, into: Float32Array): void {
  for (let i = 0; i < into.length; i++) into[i] = stored[i]! * gain;
}

function swapBytes(bytes: Uint8Array, width: 2 | 4): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (width === 2) for (let i = 0; i + 2 <= bytes.length; i += 2) view.setUint16(i, view.getUint16(i), true);
  else for (let i = 0; i + 4 <= bytes.length; i += 4) view.setUint32(i, view.getUint32(i), true);
}
