import { EegError } from "../../eeg/errors.ts";
import type { ByteSource } from "../byte-source.ts";
import type { GdfHeader } from "./header.ts";
import { physicalSamples } from "./samples.ts";
import type { GdfStream } from "./streams.ts";

const blockBytes = 1 << 20;

/** How the samples of a stream are read. */
export interface SampleReader {
  /** How many to read at a time. */
  readonly blockSamples: number;
  /** Channel after channel. */
  readonly read: (from: number, nSamples: number) => Promise<Float32Array>;
}

/** Reads whole records where some of them make a block, else slices of the signals of one. */
export function createSampleReader(source: ByteSource, header: GdfHeader, stream: GdfStream): SampleReader {
  const { samplesPerRecord, signals } = stream;
  const { recordBytes, dataOffset } = header;
  if (recordBytes > 4 * blockBytes) return createSliceReader(source, header, stream);
  return {
    blockSamples: samplesPerRecord * Math.max(1, Math.floor(blockBytes / recordBytes)),
    async read(from, nSamples) {
      const first = Math.floor(from / samplesPerRecord);
      const count = Math.ceil((from + nSamples) / samplesPerRecord) - first;
      const bytes = await wholeRead(source, dataOffset + first * recordBytes, count * recordBytes);
      const data = new Float32Array(nSamples * signals.length);
      for (const [c, { byteOffset, stored: type, gain, offset }] of signals.entries())
        physicalSamples(
          { bytes, at: byteOffset, type, samplesPerRecord, recordBytes, gain, offset },
          from - first * samplesPerRecord,
          data.subarray(c * nSamples, (c + 1) * nSamples),
        );
      return data;
    },
  };
}

function createSliceReader(source: ByteSource, header: GdfHeader, stream: GdfStream): SampleReader {
  const { samplesPerRecord, signals } = stream;
  const frameBytes = signals.reduce((sum, { stored }) => sum + stored.bytes, 0);
  return {
    blockSamples: Math.max(1, Math.floor(blockBytes / frameBytes)),
    async read(from, nSamples) {
      const data = new Float32Array(nSamples * signals.length);
      for (let done = 0; done < nSamples;) {
        const record = Math.floor((from + done) / samplesPerRecord);
        const skip = from + done - record * samplesPerRecord;
        const count = Math.min(samplesPerRecord - skip, nSamples - done);
        for (const [c, { byteOffset, stored: type, gain, offset }] of signals.entries()) {
          const at = header.dataOffset + record * header.recordBytes + byteOffset + skip * type.bytes;
          const bytes = await wholeRead(source, at, count * type.bytes);
          const run = { bytes, at: 0, type, samplesPerRecord: count, recordBytes: 0, gain, offset };
          physicalSamples(run, 0, data.subarray(c * nSamples + done, c * nSamples + done + count));
        }
        done += count;
      }
      return data;
    },
  };
}

async function wholeRead(source: ByteSource, offset: number, length: number): Promise<DataView> {
  const bytes = await source.read(offset, length);
  if (bytes.length < length)
    throw new EegError(
      "GDF_TRUNCATED",
      `${source.name}: the file became shorter while it was read (byte ${offset + bytes.length})`,
    );
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
