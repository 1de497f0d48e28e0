import type { ByteSource } from "../../../src/formats/byte-source.ts";

/** Bytes in memory, handed out at an odd `byteOffset` where `shift` is odd, as some sources would. */
export function memorySource(bytes: Uint8Array, shift = 0): ByteSource & { readonly reads: number[] } {
  const reads: number[] = [];
  return {
    name: "memory.edf",
    size: bytes.length,
    reads,
    async read(offset, length) {
      reads.push(length);
      const part = bytes.subarray(offset, offset + length);
      const shifted = new Uint8Array(part.length + shift);
      shifted.set(part, shift);
      return shifted.subarray(shift);
    },
    close: async () => undefined,
  };
}
