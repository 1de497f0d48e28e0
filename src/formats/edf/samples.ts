/** The stored integers of data records as physical numbers. All the time that reading takes is spent here. */
import { markMissing } from "./missing.ts";
import type { StoredRun } from "./stored-run.ts";

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * Physical numbers of a run of records, channel after channel. Calculated in double precision, rounded once.
 * @param bytesPerSample 2 (EDF) or 3 (BDF), two's complement, least significant byte first
 */
export function physicalSamples(run: StoredRun, bytesPerSample: 2 | 3): Float32Array {
  const length = run.nRecords * run.signals[0]!.samplesPerRecord - run.skip - run.drop;
  const data = new Float32Array(length * run.signals.length);
  if (bytesPerSample === 3) from24(run, data);
  else if (littleEndian && (run.bytes.byteOffset + run.at) % 2 === 0) from16(run, data);
  else from16Unaligned(run, data);
  if (run.signals.some(({ missing }) => missing !== null)) markMissing(run, data, bytesPerSample);
  return data;
}

function from16(
  { bytes, at, recordBytes, nRecords, skip, drop, signals }: StoredRun,
  data: Float32Array,
): void {
  const source = new Int16Array(bytes.buffer, bytes.byteOffset + at, (nRecords * recordBytes) >> 1);
  let to = 0;
  for (const { byteOffset, samplesPerRecord, gain, offset } of signals) {
    let start = byteOffset >> 1;
    let from = start + skip;
    for (let r = 0; r < nRecords; r++) {
      const end = start + samplesPerRecord - (r === nRecords - 1 ? drop : 0);
      // four at a time: a third faster than one, in V8 11
      for (; from + 3 < end; from += 4, to += 4) {
        data[to] = source[from]! * gain + offset;
        data[to + 1] = source[from + 1]! * gain + offset;
        data[to + 2] = source[from + 2]! * gain + offset;
        data[to + 3] = source[from + 3]! * gain + offset;
      }
      while (from < end) data[to++] = source[from++]! * gain + offset;
      start += recordBytes >> 1;
      from = start;
    }
  }
}

function from16Unaligned(
  { bytes, at, recordBytes, nRecords, skip, drop, signals }: StoredRun,
  data: Float32Array,
): void {
  let to = 0;
  for (const { byteOffset, samplesPerRecord, gain, offset } of signals) {
    for (let r = 0; r < nRecords; r++) {
      const start = at + r * recordBytes + byteOffset;
      const end = start + 2 * (samplesPerRecord - (r === nRecords - 1 ? drop : 0));
      for (let i = start + (r === 0 ? 2 * skip : 0); i < end; i += 2)
        data[to++] = (((bytes[i]! | (bytes[i + 1]! << 8)) << 16) >> 16) * gain + offset;
    }
  }
}

function from24(
  { bytes, at, recordBytes, nRecords, skip, drop, signals }: StoredRun,
  data: Float32Array,
): void {
  const aligned = littleEndian && bytes.byteOffset % 4 === 0;
  const words = aligned
    ? new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
    : new Int32Array(0);
  let to = 0;
  for (const { byteOffset, samplesPerRecord, gain, offset } of signals) {
    for (let r = 0; r < nRecords; r++) {
      const start = at + r * recordBytes + byteOffset;
      const end = start + 3 * (samplesPerRecord - (r === nRecords - 1 ? drop : 0));
      let i = start + (r === 0 ? 3 * skip : 0);
      for (; i < end && (!aligned || i % 4 !== 0); i += 3) data[to++] = integer24(bytes, i) * gain + offset;
      // four samples out of three words: more than twice as fast as byte by byte
      for (; i + 12 <= end; i += 12, to += 4) {
        const a = words[i >> 2]!;
        const b = words[(i >> 2) + 1]!;
        const c = words[(i >> 2) + 2]!;
        data[to] = ((a << 8) >> 8) * gain + offset;
        data[to + 1] = (((b << 16) | ((a >>> 24) << 8)) >> 8) * gain + offset;
        data[to + 2] = (((c << 24) | ((b >>> 16) << 8)) >> 8) * gain + offset;
        data[to + 3] = (c >> 8) * gain + offset;
      }
      for (; i < end; i += 3) data[to++] = integer24(bytes, i) * gain + offset;
    }
  }
}

function integer24(bytes: Uint8Array, i: number): number {
  return ((bytes[i]! << 8) | (bytes[i + 1]! << 16) | (bytes[i + 2]! << 24)) >> 8;
}
