/** Stored samples of any type as physical numbers. All the time that reading takes is spent here. */

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

/** One signal's samples in memory, and where its numbers go. */
export interface SignalRun {
  readonly bytes: DataView;
  /** Where the first sample stands. */
  readonly at: number;
  readonly type: GdfType;
  /** Samples that stand side by side, and the bytes from the first of them to the first of the next record. */
  readonly samplesPerRecord: number;
  readonly recordBytes: number;
  readonly gain: number;
  readonly offset: number;
}

/** Physical numbers, `stored * gain + offset`, from sample `from` of the run on. Rounded once. */
export function physicalSamples(run: SignalRun, from: number, into: Float32Array): void {
  const { samplesPerRecord, recordBytes, type } = run;
  const convert = conversions[`${type.kind}${type.bytes}`] ?? convertAny;
  for (let done = 0, record = Math.floor(from / samplesPerRecord); done < into.length; record++) {
    const skip = done === 0 ? from - record * samplesPerRecord : 0;
    const count = Math.min(samplesPerRecord - skip, into.length - done);
    const at = run.at + record * recordBytes + skip * type.bytes;
    convert(run, at, samplesPerRecord === 1 ? into.subarray(done) : into.subarray(done, done + count));
    if (samplesPerRecord === 1) return;
    done += count;
  }
}

/** Converts samples from a byte on: side by side, or, one in each record, a record apart. */
type Convert = (run: SignalRun, at: number, into: Float32Array) => void;

function stepOf({ samplesPerRecord, recordBytes, type }: SignalRun): number {
  return samplesPerRecord === 1 ? recordBytes : type.bytes;
}

// One loop for each of the usual types: a loop that asks for the type at every sample is several times slower.
const conversions: Readonly<Record<string, Convert>> = {
  int2: (run, at, into) => {
    const { bytes, gain, offset } = run;
    const step = stepOf(run);
    for (let i = 0; i < into.length; i++, at += step) into[i] = bytes.getInt16(at, true) * gain + offset;
  },
  int4: (run, at, into) => {
    const { bytes, gain, offset } = run;
    const step = stepOf(run);
    for (let i = 0; i < into.length; i++, at += step) into[i] = bytes.getInt32(at, true) * gain + offset;
  },
  float4: (run, at, into) => {
    const { bytes, gain, offset } = run;
    const step = stepOf(run);
    for (let i = 0; i < into.length; i++, at += step) into[i] = bytes.getFloat32(at, true) * gain + offset;
  },
  float8: (run, at, into) => {
    const { bytes, gain, offset } = run;
    const step = stepOf(run);
    for (let i = 0; i < into.length; i++, at += step) into[i] = bytes.getFloat64(at, true) * gain + offset;
  },
};

const convertAny: Convert = (run, at, into) => {
  const { bytes, type, gain, offset } = run;
  const step = stepOf(run);
  for (let i = 0; i < into.length; i++, at += step) into[i] = storedNumber(bytes, at, type) * gain + offset;
};

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
