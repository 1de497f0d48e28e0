import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** An array of NumPy's, little-endian and in C order. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array;
}

/** Reads a `.npy` file (NEP 1, version 1.0) below `test/golden/`. */
export function golden(path: string): NpyArray {
  const bytes = readFileSync(fileURLToPath(new URL(`golden/${path}`, import.meta.url)));
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString("latin1", 10, start);
  const shape = [...header.matchAll(/\d+(?=,|\))/g)].map(Number);
  const body = bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length);
  if (header.includes("'<f8'")) return { shape, data: new Float64Array(body) };
  if (header.includes("'<f4'")) return { shape, data: new Float32Array(body) };
  throw new TypeError(`${path}: expected little-endian float64 or float32, got ${header}`);
}
