/** Stored binary samples as physical numbers. All the time that reading takes is spent here. */
import { fromStrided, type StoredNumbers } from "../strided.ts";
import type { BinaryEncoding } from "./header.ts";

/** Bytes of one stored number. */
export function bytesOf({ type }: BinaryEncoding): 2 | 4 {
  return type === "INT_16" || type === "UINT_16" ? 2 : 4;
}

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The stored numbers of some bytes: a view where alignment and byte order allow it, else a copy. */
export function storedNumbers(bytes: Uint8Array, encoding: BinaryEncoding): StoredNumbers {
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

/** Samples of all channels side by side become channel after channel, each times its gain. */
export function fromMultiplexed(stored: StoredNumbers, gains: readonly number[]): Float32Array {
  const nChannels = gains.length;
  const nSamples = Math.floor(stored.length / nChannels);
  const data = new Float32Array(nSamples * nChannels);
  for (const [at, gain] of gains.entries())
    fromStrided(
      { stored, at, step: nChannels, gain, offset: 0 },
      data.subarray(at * nSamples, (at + 1) * nSamples),
    );
  return data;
}

function swapBytes(bytes: Uint8Array, width: 2 | 4): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (width === 2) for (let i = 0; i + 2 <= bytes.length; i += 2) view.setUint16(i, view.getUint16(i), true);
  else for (let i = 0; i + 4 <= bytes.length; i += 4) view.setUint32(i, view.getUint32(i), true);
}
