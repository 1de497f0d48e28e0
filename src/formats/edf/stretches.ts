import type { Diagnostics } from "../diagnostics.ts";
import { createScratch, type Run, type SampleReader } from "../runs.ts";
import { stretchBytes, type StretchSource } from "../stretch.ts";
import { createRecordGrid } from "./grid.ts";
import { readAnnotations, readBytes, type EdfRecords } from "./records.ts";
import { physicalSamples } from "./samples.ts";
import type { EdfStream } from "./streams.ts";
import { createTimeline } from "./timeline.ts";

/** What random access to a stream needs: where its samples lie on the grid, and how they are fetched. */
export async function createStretches(
  records: EdfRecords,
  stream: EdfStream,
  diagnostics: Diagnostics,
): Promise<StretchSource> {
  return {
    runs: await findRuns(records, stream, diagnostics),
    nChannels: stream.signals.length,
    open: () =>
      records.header.recordBytes > stretchBytes
        ? createSliceReader(records, stream)
        : createRecordReader(records, stream),
  };
}

/** Runs of stored samples on the grid. Records that keep their time are all asked for it, once. */
async function findRuns(
  records: EdfRecords,
  stream: EdfStream,
  diagnostics: Diagnostics,
): Promise<readonly Run[]> {
  const { header, count } = records;
  const { samplesPerRecord } = stream;
  if (!header.signals.some((signal) => signal.annotations))
    return [{ from: 0, nSamples: count * samplesPerRecord, segment: 0, start: 0 }];
  const timeline = createTimeline(header, diagnostics);
  const grid = createRecordGrid(stream.info.sfreq, samplesPerRecord);
  const runs: { -readonly [key in keyof Run]: Run[key] }[] = [];
  let segment = -1;
  let record = 0;
  for await (const block of readAnnotations(records, diagnostics))
    for (const { onset, beginsSegment } of block) {
      const place = timeline.place(onset, record, beginsSegment);
      if (place.kind === "segment") segment++;
      const { start, skip } = grid.put(place);
      const nSamples = samplesPerRecord - skip;
      const before = runs.at(-1);
      const follows = before?.segment === segment && before.start + before.nSamples === start;
      if (follows && before.from + before.nSamples === record * samplesPerRecord && skip === 0)
        before.nSamples += nSamples;
      else if (nSamples > 0) runs.push({ from: record * samplesPerRecord + skip, nSamples, segment, start });
      record++;
    }
  return runs;
}

/** Whole records, of which the ends that are not wanted are left out. */
function createRecordReader(records: EdfRecords, { samplesPerRecord, signals }: EdfStream): SampleReader {
  const { header, count: nRecords } = records;
  const { recordBytes, dataOffset, bytesPerSample } = header;
  const most = Math.max(1, Math.floor(stretchBytes / recordBytes));
  const stored = signals.map((signal) => signal.stored);
  const scratch = createScratch(Math.min(most + 1, nRecords) * recordBytes); // a stretch begins and ends within records
  return {
    blockSamples: most * samplesPerRecord,
    async fetch(from, nSamples) {
      const first = Math.floor(from / samplesPerRecord);
      const count = Math.ceil((from + nSamples) / samplesPerRecord) - first;
      const range = { offset: dataOffset + first * recordBytes, length: count * recordBytes };
      const bytes = await readBytes(records, { ...range, scratch: scratch() });
      const skip = from - first * samplesPerRecord;
      const drop = count * samplesPerRecord - skip - nSamples;
      const run = { bytes, at: 0, recordBytes, nRecords: count, skip, drop, signals: stored };
      return () => physicalSamples(run, bytesPerSample);
    },
  };
}

/** Of records too large for memory, what is wanted of each signal. */
function createSliceReader(records: EdfRecords, { samplesPerRecord, signals }: EdfStream): SampleReader {
  const { recordBytes, dataOffset, bytesPerSample } = records.header;
  const blockSamples = Math.max(1, Math.floor(stretchBytes / (bytesPerSample * signals.length)));
  return {
    blockSamples,
    async fetch(from, nSamples) {
      const data = new Float32Array(nSamples * signals.length);
      for (let done = 0; done < nSamples;) {
        const record = Math.floor((from + done) / samplesPerRecord);
        const skip = from + done - record * samplesPerRecord;
        const length = Math.min(samplesPerRecord - skip, nSamples - done);
        const reads = signals.map(async ({ stored }, c) => {
          const offset = dataOffset + record * recordBytes + stored.byteOffset + skip * bytesPerSample;
          const bytes = await readBytes(records, { offset, length: length * bytesPerSample });
          const own = [{ ...stored, byteOffset: 0, samplesPerRecord: length }];
          const run = {
            bytes,
            at: 0,
            recordBytes: bytes.length,
            nRecords: 1,
            skip: 0,
            drop: 0,
            signals: own,
          };
          data.set(physicalSamples(run, bytesPerSample), c * nSamples + done);
        });
        await Promise.all(reads);
        done += length;
      }
      return () => data;
    },
  };
}
