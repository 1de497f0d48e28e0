/** Stored samples of any type as physical numbers. All the time that reading takes is spent here. */

import { fromStrided, type StoredNumbers } from "../strided.ts";

/** How samples are stored; least significant byte first. */
export interface GdfType {
  readonly kind: "int" | "uint" | "float";
  readonly bytes: number;
}

/** The type of a code of the header (table 7 of the specification), or null for those of no whole bytes. */
export function typeOfCode(code: number): GdfType | null {
  const known = types[code];
  if (known) return known;
  // 255 + n and 511 + n: signed and unsigned integers of n bits
  const bits = code > 511 ? code - 511 : code - 255;
  if (bits % 8 !== 0 || bits < 8 || bits > 64 || code > 575) return null;
  return { kind: code > 511 ? "uint" : "int", bytes: bits / 8 };
}

const types: Readonly<Record<number, GdfType>> = {
  0: { kind: "uint", bytes: 1 }, // characters
  1: { kind: "int", bytes: 1 },
  2: { kind: "uint", bytes: 1 },
  3: { kind: "int", bytes: 2 },
  4: { kind: "uint", bytes: 2 },
  5: { kind: "int", bytes: 4 },
  6: { kind: "uint", bytes: 4 },
  7: { kind: "int", bytes: 8 },
  8: { kind: "uint", bytes: 8 },
  16: { kind: "float", bytes: 4 },
  17: { kind: "float", bytes: 8 },
  18: { kind: "float", bytes: 16 },
};

/** Whether the numbers of a type can be read; those of quadruple precision cannot. */
export function isReadable({ kind, bytes }: GdfType): boolean {
  return kind !== "float" || bytes <= 8;
}

/** One signal's samples in memory, and how they become numbers. */
export interface SignalRun {
  readonly bytes: Uint8Array;
  /** Where the first sample stands. */
  readonly at: number;
  readonly type: GdfType;
  /** Samples that stand side by side, and the bytes from the first of them to the first of the next record. */
  readonly samplesPerRecord: number;
  readonly recordBytes: number;
  readonly gain: number;
  readonly offset: number;
}

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Arrays in which numbers of the usual types can be read where they lie, if they lie at multiples of their size. */
const views = {
  int2: Int16Array,
  int4: Int32Array,
  float4: Float32Array,
  float8: Float64Array,
} as const;

/** Physical numbers, `stored * gain + offset`, from sample `from` of the run on. Rounded once. */
export function physicalSamples(run: SignalRun, from: number, into: Float32Array): void {
  const { bytes, type, recordBytes } = run;
  const name = `${type.kind}${type.bytes}`;
  const first = bytes.byteOffset + run.at;
  const aligned = littleEndian && first % type.bytes === 0 && recordBytes % type.bytes === 0;
  if (aligned && name in views) {
    const view = new views[name as keyof typeof views](
      bytes.buffer as ArrayBuffer,
      first,
      Math.floor((bytes.length - run.at) / type.bytes),
    );
    fromView(run, view, { from, into });
  } else fromBytes(run, from, into);
}

/** The usual case: a view of the stored numbers. */
function fromView(
  { type, samplesPerRecord, recordBytes, gain, offset }: SignalRun,
  stored: StoredNumbers,
  { from, into }: { readonly from: number; readonly into: Float32Array },
): void {
  const recordLength = recordBytes / type.bytes;
  let record = Math.floor(from / samplesPerRecord);
  let at = record * recordLength + (from - record * samplesPerRecord);
  if (samplesPerRecord === 1) return fromStrided({ stored, at, step: recordLength, gain, offset }, into);
  for (let to = 0; to < into.length; at = ++record * recordLength) {
    const count = Math.min(record * recordLength + samplesPerRecord - at, into.length - to);
    fromStrided({ stored, at, step: 1, gain, offset }, into.subarray(to, to + count));
    to += count;
  }
}

function fromBytes(run: SignalRun, from: number, into: Float32Array): void {
  const { samplesPerRecord, recordBytes, type, gain, offset } = run;
  const view = new DataView(run.bytes.buffer, run.bytes.byteOffset, run.bytes.byteLength);
  for (let to = 0; to < into.length; to++) {
    const record = Math.floor((from + to) / samplesPerRecord);
    const at = run.at + record * recordBytes + (from + to - record * samplesPerRecord) * type.bytes;
    into[to] = storedNumber(view, at, type) * gain + offset;
  }
}

/** One stored number. Integers of more than 53 bits are rounded to the nearest double. */
export function storedNumber(bytes: DataView, at: number, { kind, bytes: width }: GdfType): number {
  if (kind === "float") return width === 4 ? bytes.getFloat32(at, true) : bytes.getFloat64(at, true);
  // Both halves are exact, so that their sum is rounded once.
  const low = Math.min(width, 4);
  const lower = integer(bytes, at, { width: low, signed: kind === "int" && width <= 4 });
  if (width <= 4) return lower;
  return integer(bytes, at + 4, { width: width - 4, signed: kind === "int" }) * 4294967296 + lower;
}

function integer(
  bytes: DataView,
  at: number,
  { width, signed }: { readonly width: number; readonly signed: boolean },
): number {
  let value = 0;
  for (let i = 0, scale = 1; i < width - 1; i++, scale *= 256) value += bytes.getUint8(at + i) * scale;
  const top = signed ? bytes.getInt8(at + width - 1) : bytes.getUint8(at + width - 1);
  return value + top * 256 ** (width - 1);
}
