import type { ByteSource } from "../byte-source.ts";

/** Bytes of a file that is read forward in small steps: fetched about 1 MB at a time. */
export type Window = (offset: number, length: number) => Promise<Uint8Array>;

const windowBytes = 1 << 20;

/** A window of its own for each pass over a file. It gives fewer bytes only where the file ends. */
export function createWindow(source: ByteSource): Window {
  let start = 0;
  let bytes: Uint8Array = new Uint8Array(0);
  return async (offset, length) => {
    if (offset < start || offset + length > start + bytes.length) {
      const wanted = Math.min(Math.max(length, windowBytes), Math.max(0, source.size - offset));
      bytes = await source.read(offset, wanted);
      start = offset;
    }
    return bytes.subarray(offset - start, offset - start + length);
  };
}
