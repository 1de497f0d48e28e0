import { EegError } from "../../eeg/errors.ts";
import type { ByteSource } from "../byte-source.ts";
import { createScratch, type SampleReader } from "../runs.ts";
import type { GdfHeader } from "./header.ts";
import { physicalSamples } from "./samples.ts";
import type { GdfStream } from "./streams.ts";

/** The data records of a file: the whole ones, whatever the header declares. */
interface GdfRecords {
  readonly header: GdfHeader;
  readonly count: number;
  /** Bytes read at a time. */
  readonly most?: number | undefined;
}

/** Bytes read at a time: enough for the disk, few enough to stay in the processor's cache. */
const blockBytes = 1 << 18;

/** Records larger than this are read a slice at a time, so that memory does not depend on them. */
const largeRecordBytes = 1 << 22;

/** Reads whole records where that is possible, else slices of the signals of one. */
export function createSampleReader(source: ByteSource, records: GdfRecords, stream: GdfStream): SampleReader {
  const { header, count: nRecords, most = blockBytes } = records;
  const { samplesPerRecord, signals } = stream;
  const { recordBytes, dataOffset } = header;
  if (recordBytes > largeRecordBytes) return createSliceReader(source, header, stream);
  const perBlock = Math.max(1, Math.floor(most / recordBytes));
  // A run may begin and end within records.
  const scratch = createScratch(Math.min(perBlock + 1, nRecords) * recordBytes);
  return {
    blockSamples: samplesPerRecord * perBlock,
    async fetch(from, nSamples) {
      const first = Math.floor(from / samplesPerRecord);
      const count = Math.ceil((from + nSamples) / samplesPerRecord) - first;
      const range = {
        offset: dataOffset + first * recordBytes,
        length: count * recordBytes,
        scratch: scratch(),
      };
      const bytes = await wholeRead(source, range);
      return () => {
        const data = new Float32Array(nSamples * signals.length);
        for (const [c, { byteOffset, stored, gain, offset }] of signals.entries())
          physicalSamples(
            { bytes, at: byteOffset, type: stored, samplesPerRecord, recordBytes, gain, offset },
            from - first * samplesPerRecord,
            data.subarray(c * nSamples, (c + 1) * nSamples),
          );
        return data;
      };
    },
  };
}

function createSliceReader(source: ByteSource, header: GdfHeader, stream: GdfStream): SampleReader {
  const { samplesPerRecord, signals } = stream;
  const frameBytes = signals.reduce((sum, { stored }) => sum + stored.bytes, 0);
  const blockSamples = Math.max(1, Math.floor(largeRecordBytes / frameBytes));
  const scratch = createScratch(8 * blockSamples);
  return {
    blockSamples,
    async fetch(from, nSamples) {
      const data = new Float32Array(nSamples * signals.length);
      for (let done = 0; done < nSamples;) {
        const record = Math.floor((from + done) / samplesPerRecord);
        const skip = from + done - record * samplesPerRecord;
        const count = Math.min(samplesPerRecord - skip, nSamples - done);
        for (const [c, { byteOffset, stored: type, gain, offset }] of signals.entries()) {
          const at = header.dataOffset + record * header.recordBytes + byteOffset + skip * type.bytes;
          const range = { offset: at, length: count * type.bytes, scratch: scratch() };
          const bytes = await wholeRead(source, range);
          const run = { bytes, at: 0, type, samplesPerRecord: count, recordBytes: 0, gain, offset };
          physicalSamples(run, 0, data.subarray(c * nSamples + done, c * nSamples + done + count));
        }
        done += count;
      }
      return () => data;
    },
  };
}

async function wholeRead(
  source: ByteSource,
  {
    offset,
    length,
    scratch,
  }: { readonly offset: number; readonly length: number; readonly scratch: Uint8Array },
): Promise<Uint8Array> {
  const bytes = await source.read(offset, length, scratch);
  if (bytes.length < length)
    throw new EegError(
      "GDF_TRUNCATED",
      `${source.name}: the file became shorter while it was read (byte ${offset + bytes.length})`,
    );
  return bytes;
}
