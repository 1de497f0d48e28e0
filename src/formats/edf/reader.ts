import { EegError } from "../../eeg/errors.ts";
import type { ByteSource } from "../byte-source.ts";
import { defaultStream } from "../../eeg/channels.ts";
import { createDiagnostics, type Diagnostics } from "../diagnostics.ts";
import { formatLocalTime, movedTime } from "../local-time.ts";
import type { RecordingFile } from "../recording.ts";
import { createStretchReader } from "../stretch.ts";
import { readHeader, type EdfHeader } from "./header.ts";
import { readItems } from "./items.ts";
import { readRecordAnnotations, type EdfRecords } from "./records.ts";
import { createStreams, type EdfStream } from "./streams.ts";
import { createStretches } from "./stretches.ts";
import { readSummary } from "./summary.ts";
import { createTimeline } from "./timeline.ts";
import { checkTransfer } from "./transfer.ts";

/**
 * Opens an EDF, EDF+C, EDF+D, BDF, BDF+C or BDF+D file. Reads its header and the first record's annotations;
 * the records are read as the items are asked for, about 1 MB at a time and one ahead.
 * @throws EegError EDF_HEADER, EDF_TRUNCATED
 */
export async function openEdf(source: ByteSource): Promise<RecordingFile> {
  const diagnostics = createDiagnostics();
  const header = await readHeader(source, diagnostics);
  await checkTransfer(source, header, diagnostics);
  const records = { source, header, count: countRecords(source, header, diagnostics) };
  const streams = createStreams(header, source.name, diagnostics);
  const usual = defaultStream(streams.map((stream) => stream.info));
  const t0 = await startTime(records, diagnostics);
  const chosen = (index = usual): EdfStream => {
    const stream = streams[index];
    if (stream) return stream;
    if (streams.length > 0) throw new RangeError(`stream: expected 0 to ${streams.length - 1}, got ${index}`);
    throw new EegError(
      "CHANNEL_MISSING",
      `${source.name}: no signal in it can be read${header.signals.every((signal) => signal.annotations) ? ": it holds annotations only" : ""}`,
    );
  };
  const stretches = streams.map((stream) =>
    createStretchReader(() => createStretches(records, stream, diagnostics)),
  );
  return {
    streams: streams.map(({ info }) => ({ ...info, t0 })),
    defaultStream: usual,
    diagnostics: diagnostics.list,
    summary: () => readSummary(records, streams, { defaultStream: usual, diagnostics }),
    items: (options) =>
      readItems({ records: growing(records), stream: chosen(options?.stream), diagnostics }),
    async readStretch(options) {
      return stretches[streams.indexOf(chosen(options.stream))]!(options);
    },
    close: () => source.close(),
  };
}

/** The records of a source that grows, with those that are still to come. */
function growing(records: EdfRecords): EdfRecords {
  const { source, header } = records;
  if (!source.grown) return records;
  const whole = (): number => Math.floor((source.size - header.dataOffset) / header.recordBytes);
  return {
    ...records,
    async more(known) {
      while (whole() <= known) if (!(await source.grown!())) return known;
      return whole();
    },
  };
}

/** How many whole records there are to read, and a word where that is not what the header says. */
function countRecords(source: ByteSource, header: EdfHeader, diagnostics: Diagnostics): number {
  const available = source.size - header.dataOffset;
  const whole = Math.floor(available / header.recordBytes);
  const declared = header.nRecordsDeclared;
  if (whole === 0) {
    const largest = header.signals.reduce((a, b) => (b.samplesPerRecord > a.samplesPerRecord ? b : a));
    throw new EegError(
      "EDF_TRUNCATED",
      `${source.name}: the file ends before its first whole data record: ${header.recordBytes} bytes expected after the header (signal ${largest.number}, '${largest.label}', has ${largest.samplesPerRecord} samples in each), got ${available}; copy it again in binary mode`,
    );
  }
  if (source.grown) return whole; // what the header declares is of an earlier moment
  const count = Math.min(whole, declared ?? whole);
  const rest = available - count * header.recordBytes;
  if (declared !== null && whole < declared)
    diagnostics.add({
      code: "EDF_TRUNCATED",
      message: `the header declares ${declared} data records, the file holds ${whole} whole ones${rest > 0 ? ` and ${rest} byte${rest > 1 ? "s" : ""} of the next` : ""}; the whole ones were read`,
      place: { record: whole, byte: source.size },
    });
  else if (rest > 0)
    diagnostics.add({
      code: declared === null ? "EDF_TRUNCATED" : "EDF_TRAILING_BYTES",
      message: `${rest} byte${rest > 1 ? "s" : ""} after the last of ${count} data records ${rest > 1 ? "were" : "was"} left out`,
      place: { byte: source.size - rest },
    });
  return count;
}

/** When the first record begins: the header's start time and the fraction that EDF+ keeps in the record itself. */
async function startTime(records: EdfRecords, diagnostics: Diagnostics): Promise<string | null> {
  const { header } = records;
  if (!header.startTime) return null;
  const { onset } = await readRecordAnnotations(records, 0, diagnostics);
  const place = createTimeline(header, diagnostics).place(onset, 0);
  return formatLocalTime(movedTime(header.startTime, place.kind === "segment" ? place.onset : 0));
}
