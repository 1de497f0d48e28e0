import { EegError } from "../eeg/errors.ts";
import type { Shape } from "./encoder.ts";

/** A float32 tensor of a weights' file. */
export interface StoredTensor {
  readonly shape: Shape;
  /** Row-major; owns its data. */
  readonly data: Float32Array;
}

/** Enough for the header of every model of ours, by far. */
const maxHeaderBytes = 16 * 1024 * 1024;

/**
 * Reads a safetensors file: 8 bytes little-endian length of a JSON header, the header, then the tensors' bytes
 * without holes or overlaps (https://github.com/huggingface/safetensors, format). Float32 only.
 * @param place names the file in errors
 * @throws EegError MODEL_WEIGHTS
 */
export function parseSafetensors(bytes: Uint8Array, place: string): ReadonlyMap<string, StoredTensor> {
  const fault = (what: string): EegError => new EegError("MODEL_WEIGHTS", `${place}: ${what}`);
  if (bytes.length < 8) throw fault(`expected at least 8 bytes of safetensors, got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (headerBytes > maxHeaderBytes || headerBytes > bytes.length - 8)
    throw fault(
      `no safetensors file: a header of ${headerBytes} bytes in a file of ${bytes.length} (byte 0)`,
    );
  const start = 8 + headerBytes;
  const entries = Object.entries(parseHeader(bytes.subarray(8, start), fault)).filter(
    ([name]) => name !== "__metadata__",
  );
  const tensors = new Map<string, StoredTensor>();
  let expected = 0;
  const placed = entries.map(([name, entry]) => parseEntry(name, entry, fault));
  placed.sort((a, b) => a.begin - b.begin);
  for (const { name, shape, begin, end } of placed) {
    if (begin !== expected)
      throw fault(`tensor '${name}' begins at byte ${start + begin}, expected ${start + expected}`);
    if (start + end > bytes.length)
      throw fault(
        `tensor '${name}' ends at byte ${start + end}, the file at ${bytes.length}: it is truncated`,
      );
    const raw = new Uint8Array(bytes.subarray(start + begin, start + end)); // a Buffer's slice would be no copy
    tensors.set(name, { shape, data: new Float32Array(raw.buffer) });
    expected = end;
  }
  if (start + expected !== bytes.length)
    throw fault(`${bytes.length - start - expected} bytes after the last tensor (byte ${start + expected})`);
  return tensors;
}

/** Writes a safetensors file; tensors lie in the order given, from a multiple of 8 bytes on. */
export function formatSafetensors(tensors: ReadonlyMap<string, StoredTensor>): Uint8Array {
  const header: Record<string, unknown> = {};
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    if (sizeOf(shape) !== data.length)
      throw new RangeError(`tensor '${name}': shape [${shape.join(", ")}] with ${data.length} numbers`);
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerBytes + offset);
  new DataView(bytes.buffer).setUint32(0, headerBytes, true);
  bytes.fill(0x20, 8, 8 + headerBytes);
  bytes.set(text, 8);
  let at = 8 + headerBytes;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

function parseHeader(bytes: Uint8Array, fault: (what: string) => EegError): object {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw fault("no safetensors file: its header is not JSON (byte 8)");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header))
    throw fault("no safetensors file: its header is no JSON object (byte 8)");
  return header;
}

interface PlacedTensor {
  readonly name: string;
  readonly shape: Shape;
  /** In bytes from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

function parseEntry(name: string, entry: unknown, fault: (what: string) => EegError): PlacedTensor {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (dtype !== "F32") throw fault(`tensor '${name}': expected dtype F32, got ${JSON.stringify(dtype)}`);
  if (!isSizes(shape)) throw fault(`tensor '${name}': its shape is no list of sizes`);
  if (!isSizes(offsets) || offsets.length !== 2)
    throw fault(`tensor '${name}': its data_offsets are not two byte offsets`);
  const [begin, end] = offsets as [number, number];
  if (end - begin !== 4 * sizeOf(shape))
    throw fault(
      `tensor '${name}': shape [${shape.join(", ")}] takes ${4 * sizeOf(shape)} bytes, got ${end - begin}`,
    );
  return { name, shape, begin, end };
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}
