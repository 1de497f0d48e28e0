import { EegError } from "../../eeg/errors.ts";
import type { ByteSource } from "../byte-source.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { parseAnnotations, type TimedText } from "./annotations.ts";
import type { EdfHeader, EdfSignal } from "./header.ts";
import { missingText, segmentText } from "./missing.ts";

/** The data records of a file: the whole ones, whatever the header declares. */
export interface EdfRecords {
  readonly source: ByteSource;
  readonly header: EdfHeader;
  readonly count: number;
  /** Of a file that grows: waits until there are more than `known`, and says how many; `known` if there will not be. */
  readonly more?: (known: number) => Promise<number>;
}

/** Whole records in memory. */
export interface RecordBlock {
  /** Index of its first record. */
  readonly first: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** What the annotation signals of one data record say. */
export interface RecordAnnotations {
  /** When the record begins, in seconds from the header's start time, or null if it does not say. */
  readonly onset: number | null;
  /** Without those that keep the file's own books, which follow. */
  readonly texts: readonly TimedText[];
  /** Whether it says that a segment begins with it. */
  readonly beginsSegment: boolean;
  /** Stretches without samples. */
  readonly missing: readonly TimedText[];
}

/** Bytes asked for at a time: enough for the disk, few enough to stay in the processor's cache. */
export const blockBytes = 1 << 18;

/** From this size on the annotations of a record are read alone if only they are wanted. */
export const sparseRecordBytes = 1 << 16;

/**
 * Successive blocks of all records; the next is being read while one is worked on. A block's bytes are its own only
 * until the next is asked for.
 */
export async function* readRecords(records: EdfRecords): AsyncGenerator<RecordBlock, void, undefined> {
  const { header, more } = records;
  let { count } = records;
  const perBlock = Math.max(1, Math.floor(blockBytes / header.recordBytes));
  const most = more ? perBlock : Math.min(perBlock, count);
  const memory = [0, 1].map(() => new Uint8Array(most * header.recordBytes));
  let turn = 0;
  const read = async (first: number): Promise<RecordBlock> => {
    const n = Math.min(perBlock, count - first);
    const bytes = await readBytes(records, {
      offset: header.dataOffset + first * header.recordBytes,
      length: n * header.recordBytes,
      scratch: memory[(turn ^= 1)]!,
    });
    return { first, count: n, bytes };
  };
  let ahead: Promise<RecordBlock> | null = count > 0 ? read(0) : null;
  try {
    while (ahead) {
      const block: RecordBlock = await ahead;
      const next = block.first + block.count;
      ahead = next < count ? read(next) : null;
      ahead?.catch(() => undefined); // it is thrown where it is awaited; unless nobody asks for it any more
      yield block;
      if (ahead || !more) continue;
      count = await more(next);
      if (next < count) ahead = read(next);
    }
  } finally {
    await ahead?.catch(() => undefined); // no read outlives its reader, who may close the source now
  }
}

interface ByteRange {
  readonly offset: number;
  readonly length: number;
  readonly scratch?: Uint8Array | undefined;
}

/**
 * Exactly the bytes asked for.
 * @throws EegError EDF_TRUNCATED if the file has become shorter since it was opened
 */
export async function readBytes(
  { source }: EdfRecords,
  { offset, length, scratch }: ByteRange,
): Promise<Uint8Array> {
  const bytes = await source.read(offset, length, scratch);
  if (bytes.length < length)
    throw new EegError(
      "EDF_TRUNCATED",
      `${source.name}: the file became shorter while it was read: ${length} bytes expected at byte ${offset}, got ${bytes.length}`,
    );
  return bytes;
}

/** What the annotation signals of every record say, a block of records at a time. */
export async function* readAnnotations(
  records: EdfRecords,
  diagnostics: Diagnostics,
): AsyncGenerator<RecordAnnotations[], void, undefined> {
  if (records.header.recordBytes < sparseRecordBytes)
    for await (const block of readRecords(records))
      yield blockAnnotations(block, records.header, diagnostics);
  else
    for (let record = 0; record < records.count; record++)
      yield [await readRecordAnnotations(records, record, diagnostics)];
}

/** What the annotation signals of one record say, reading nothing else of it. */
export async function readRecordAnnotations(
  records: EdfRecords,
  record: number,
  diagnostics: Diagnostics,
): Promise<RecordAnnotations> {
  const { header } = records;
  const start = header.dataOffset + record * header.recordBytes;
  const signals = header.signals.filter((signal) => signal.annotations);
  const parts: AnnotationPart[] = [];
  for (let i = 0; i < signals.length;) {
    // those that stand together are read together
    const from = signals[i]!.byteOffset;
    let to = from;
    const together: EdfSignal[] = [];
    for (; i < signals.length && signals[i]!.byteOffset === to; i++) {
      together.push(signals[i]!);
      to += signals[i]!.samplesPerRecord * header.bytesPerSample;
    }
    const bytes = await readBytes(records, { offset: start + from, length: to - from });
    for (const { byteOffset, samplesPerRecord } of together) {
      const at = byteOffset - from;
      parts.push({
        record,
        byte: start + byteOffset,
        bytes: bytes.subarray(at, at + samplesPerRecord * header.bytesPerSample),
      });
    }
  }
  return joinParts(parts, header, diagnostics);
}

/** What the annotation signals of a block's records say, record by record. */
export function blockAnnotations(
  { first, count, bytes }: RecordBlock,
  header: EdfHeader,
  diagnostics: Diagnostics,
): RecordAnnotations[] {
  const signals = header.signals.filter((signal) => signal.annotations);
  return Array.from({ length: count }, (_, i) =>
    joinParts(
      signals.map((signal) => {
        const at = i * header.recordBytes + signal.byteOffset;
        return {
          record: first + i,
          byte: header.dataOffset + first * header.recordBytes + at,
          bytes: bytes.subarray(at, at + signal.samplesPerRecord * header.bytesPerSample),
        };
      }),
      header,
      diagnostics,
    ),
  );
}

interface AnnotationPart {
  readonly record: number;
  /** Where it begins in the file. */
  readonly byte: number;
  readonly bytes: Uint8Array;
}

/** Only the first annotation signal of a record keeps its time (EDF+ 2.2.4). */
function joinParts(
  parts: readonly AnnotationPart[],
  header: EdfHeader,
  diagnostics: Diagnostics,
): RecordAnnotations {
  const lists = parts.map(({ record, byte, bytes }) => {
    const list = parseAnnotations(bytes);
    for (const fault of list.faults)
      diagnostics.add({
        code: "EDF_TAL",
        message: `record ${record + 1}, byte ${byte + fault.byte}: ${fault.message}`,
        place: { record, byte: byte + fault.byte },
      });
    return list;
  });
  const onset = lists[0]?.recordOnset ?? null;
  const all = lists.length === 1 ? lists[0]!.texts : lists.flatMap((list) => list.texts);
  if (!header.segmentsMarked) return { onset, texts: all, beginsSegment: false, missing: [] };
  return {
    onset,
    texts: all.filter(({ text }) => text !== segmentText && text !== missingText),
    beginsSegment: all.some(({ text }) => text === segmentText),
    missing: all.filter(({ text }) => text === missingText),
  };
}
