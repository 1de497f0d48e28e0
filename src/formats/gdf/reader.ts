import { EegError } from "../../eeg/errors.ts";
import { hertz } from "../../eeg/sfreq.ts";
import type { StreamInfo } from "../../eeg/stream-info.ts";
import type { ByteSource } from "../byte-source.ts";
import { defaultStream } from "../../eeg/channels.ts";
import { createDiagnostics, type Diagnostics } from "../diagnostics.ts";
import { formatLocalTime } from "../local-time.ts";
import type { RecordingFile } from "../recording.ts";
import { runItems, type SampleReader } from "../runs.ts";
import { createTimeline } from "../segments.ts";
import { createStretchReader, stretchBytes } from "../stretch.ts";
import { newSegment, readEvents } from "./annotations.ts";
import { readHeader, type GdfHeader } from "./header.ts";
import { placeEvents } from "./markers.ts";
import { createSampleReader } from "./records.ts";
import { createStreams, type GdfStream } from "./streams.ts";
import { createSummary } from "./summary.ts";

/**
 * Opens a GDF file, version 1 or 2. Reads its header and its event table; the records are read as the items are
 * asked for, a block at a time and one ahead.
 * @throws EegError GDF_HEADER, GDF_TRUNCATED
 */
export async function openGdf(source: ByteSource): Promise<RecordingFile> {
  const diagnostics = createDiagnostics();
  const header = await readHeader(source, diagnostics);
  const nRecords = countRecords(source, header, diagnostics);
  const name = source.name.split(/[\\/]/).at(-1)!;
  const { streams, all } = createStreams(header, name, diagnostics);
  const at = header.dataOffset + nRecords * header.recordBytes;
  const cut = header.nRecordsDeclared === null || nRecords < header.nRecordsDeclared;
  const table = cut ? { rate: null, events: [] } : await readEvents(source, { header, at }, diagnostics);
  // Positions count samples of the fastest signal where the table does not say.
  const rate = table.rate ?? Math.max(1, ...streams.map(({ info }) => hertz(info.sfreq)));
  const usual = defaultStream(streams.map(({ info }) => info));
  const starts = table.events.filter(({ type }) => type === newSegment);
  const laid = streams.map((stream, i) => {
    const { sfreq } = stream.info;
    const timeline = createTimeline(
      [
        { sample: 0, time: header.startTime },
        ...starts.map(({ position, time }) => ({
          sample: Math.round((position / rate) * hertz(sfreq)),
          time,
        })),
      ],
      { nSamples: nRecords * stream.samplesPerRecord, sfreq, format: "GDF" },
      i === usual ? diagnostics : createDiagnostics(),
    );
    const info = (segment: number): StreamInfo => {
      const time = timeline.times[segment];
      return { ...stream.info, sourceId: source.name, segment, t0: time ? formatLocalTime(time) : null };
    };
    const events = { events: table.events, rate, texts: header.eventTexts };
    return { stream, timeline, info, markers: placeEvents(events, timeline.runs, { sfreq, signals: all }) };
  });
  const chosen = (index = usual): (typeof laid)[number] => {
    const found = laid[index];
    if (found) return found;
    if (laid.length > 0) throw new RangeError(`stream: expected 0 to ${laid.length - 1}, got ${index}`);
    throw new EegError("CHANNEL_MISSING", `${source.name}: no signal in it can be read as a stream`);
  };
  const open = (stream: GdfStream, most?: number): SampleReader =>
    createSampleReader(source, { header, count: nRecords, most }, stream);
  const stretches = laid.map(({ stream, timeline: { runs } }) =>
    createStretchReader(async () => ({
      runs,
      nChannels: stream.signals.length,
      open: () => open(stream, stretchBytes),
    })),
  );
  return {
    streams: laid.map(({ info }) => info(0)),
    defaultStream: usual,
    diagnostics: diagnostics.list,
    summary: async () =>
      createSummary({ header, nRecords, all, streams: laid, usual, events: table.events, rate, diagnostics }),
    items(options) {
      const { stream, timeline, info, markers } = chosen(options?.stream);
      return runItems({ runs: timeline.runs, info, markers, samples: open(stream) });
    },
    async readStretch(options) {
      return stretches[laid.indexOf(chosen(options.stream))]!(options);
    },
    close: () => source.close(),
  };
}

/** How many whole records there are, and a word where that is not what the header says. */
function countRecords(source: ByteSource, header: GdfHeader, diagnostics: Diagnostics): number {
  const declared = header.nRecordsDeclared;
  const available = source.size - header.dataOffset;
  if (header.recordBytes === 0) return 0;
  const whole = Math.floor(available / header.recordBytes);
  if (whole === 0 && declared !== 0)
    throw new EegError(
      "GDF_TRUNCATED",
      `${source.name}: the file ends before its first whole data record: ${header.recordBytes} bytes expected after the header, got ${available}; copy it again`,
    );
  if (declared !== null && declared <= whole) return declared;
  const rest = available - whole * header.recordBytes;
  if (declared !== null)
    diagnostics.add({
      code: "GDF_TRUNCATED",
      message: `the header declares ${declared} data records, the file holds ${whole} whole ones${rest > 0 ? ` and ${rest} bytes of the next` : ""}; the whole ones were read, and no events, which stood behind them`,
      place: { record: whole, byte: source.size },
    });
  else if (rest > 0)
    diagnostics.add({
      code: "GDF_TRUNCATED",
      message: `the header does not say how many data records there are; ${whole} whole ones were read, and ${rest} bytes after them left out`,
      place: { byte: source.size - rest },
    });
  return whole;
}
