import type { ByteSource } from "../byte-source.ts";

/** Bytes of a file that is read forward in small steps. They hold until the next are asked for. */
export type Window = (offset: number, length: number) => Promise<Uint8Array>;

/** Bytes read at a time: enough for the disk, few enough to stay in the processor's cache. */
export const windowBytes = 1 << 19;

/** A window of its own for each pass over a file. It gives fewer bytes only where the file ends. */
export function createWindow(source: ByteSource): Window {
  const scratch = new Uint8Array(Math.min(windowBytes, source.size));
  let start = 0;
  let bytes = scratch.subarray(0, 0);
  return async (offset, length) => {
    if (offset < start || offset + length > start + bytes.length) {
      const wanted = Math.min(Math.max(length, windowBytes), Math.max(0, source.size - offset));
      bytes = scratch.subarray(0, 0); // if reading fails, nothing is known
      const read = await source.read(offset, wanted, wanted > scratch.length ? undefined : scratch);
      [start, bytes] = [offset, new Uint8Array(read.buffer as ArrayBuffer, read.byteOffset, read.length)];
    }
    return bytes.subarray(offset - start, offset - start + length);
  };
}
