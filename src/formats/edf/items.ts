import type { Gap, Item, Marker, Samples } from "../../eeg/item.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { TimedText } from "./annotations.ts";
import { createRecordGrid, samplesIn, secondsBetween, type RecordGrid } from "./grid.ts";
import {
  blockAnnotations,
  blockBytes,
  readBytes,
  readRecordAnnotations,
  readRecords,
  type EdfRecords,
} from "./records.ts";
import { physicalSamples } from "./samples.ts";
import { formatLocalTime } from "./start-time.ts";
import type { EdfStream } from "./streams.ts";
import { createTimeline, type RecordPlace } from "./timeline.ts";

/** Records larger than this are read a slice at a time, so that memory does not depend on them. */
const largeRecordBytes = 1 << 22;

/** What the items of a stream are made from. */
export interface ItemSource {
  readonly records: EdfRecords;
  readonly stream: EdfStream;
  readonly diagnostics: Diagnostics;
}

/** The items of one stream from its start. Markers are stored in records, and come before their record's samples. */
export function readItems(from: ItemSource): AsyncGenerator<Item, void, undefined> {
  return from.records.header.recordBytes > largeRecordBytes ? largeRecordItems(from) : blockItems(from);
}

async function* blockItems({
  records,
  stream,
  diagnostics,
}: ItemSource): AsyncGenerator<Item, void, undefined> {
  const { header } = records;
  const { samplesPerRecord } = stream;
  const timeline = createTimeline(header, diagnostics);
  const segments = createSegments({ records, stream, diagnostics });
  const signals = stream.signals.map((signal) => signal.stored);
  for await (const block of readRecords(records)) {
    const annotations = blockAnnotations(block, header, diagnostics);
    const places = annotations.map(({ onset }, i) => timeline.place(onset, block.first + i));
    for (let from = 0; from < block.count;) {
      // a stretch of the block within one segment: what it is, its markers, then its samples and gaps
      let to = from + 1;
      while (to < block.count && places[to]!.kind !== "segment") to++;
      const run = { first: from, count: 0, skip: 0, start: segments.end };
      const samples = (): Samples => ({
        kind: "samples",
        start: run.start,
        nSamples: run.count * samplesPerRecord - run.skip,
        data: physicalSamples(
          {
            bytes: block.bytes,
            at: run.first * header.recordBytes,
            recordBytes: header.recordBytes,
            nRecords: run.count,
            skip: run.skip,
            signals,
          },
          header.bytesPerSample,
        ),
      });
      if (places[from]!.kind === "segment") {
        yield segments.begin(places[from]!);
        run.start = 0;
        run.count = 1;
      }
      for (let i = from; i < to; i++) for (const text of annotations[i]!.texts) yield segments.marker(text);
      for (let i = from + run.count; i < to; i++) {
        const start = segments.end;
        const { gap, skip } = segments.put(places[i]!);
        if (gap > 0 || skip > 0) {
          if (run.count > 0) yield samples();
          if (gap > 0) yield { kind: "gap", start, nSamples: gap, reason: "discontinuity" } satisfies Gap;
          Object.assign(run, { first: i, count: 0, skip, start: start + gap });
          if (skip === samplesPerRecord) {
            Object.assign(run, { first: i + 1, skip: 0 });
            continue;
          }
        }
        run.count++;
      }
      if (run.count > 0) yield samples();
      from = to;
    }
  }
}

/** The same for records too large for memory: the signals of a slice of a record are read one by one. */
async function* largeRecordItems({
  records,
  stream,
  diagnostics,
}: ItemSource): AsyncGenerator<Item, void, undefined> {
  const { header } = records;
  const { bytesPerSample } = header;
  const timeline = createTimeline(header, diagnostics);
  const segments = createSegments({ records, stream, diagnostics });
  const most = Math.max(1, Math.floor(blockBytes / (bytesPerSample * stream.signals.length)));
  for (let record = 0; record < records.count; record++) {
    const { onset, texts } = await readRecordAnnotations(records, record, diagnostics);
    const place = timeline.place(onset, record);
    let start = segments.end;
    let skip = 0;
    if (place.kind === "segment") {
      yield segments.begin(place);
      start = 0;
    }
    for (const text of texts) yield segments.marker(text);
    if (place.kind !== "segment") {
      const step = segments.put(place);
      if (step.gap > 0) yield { kind: "gap", start, nSamples: step.gap, reason: "discontinuity" };
      start += step.gap;
      skip = step.skip;
    }
    for (let sample = skip; sample < stream.samplesPerRecord; sample += most) {
      const nSamples = Math.min(most, stream.samplesPerRecord - sample);
      const bytes = new Uint8Array(nSamples * bytesPerSample * stream.signals.length);
      const signals = [];
      for (const [i, { stored }] of stream.signals.entries()) {
        const byteOffset = i * nSamples * bytesPerSample;
        const at = header.dataOffset + record * header.recordBytes + stored.byteOffset;
        bytes.set(
          await readBytes(records, at + sample * bytesPerSample, nSamples * bytesPerSample),
          byteOffset,
        );
        signals.push({ ...stored, byteOffset, samplesPerRecord: nSamples });
      }
      const run = { bytes, at: 0, recordBytes: bytes.length, nRecords: 1, skip: 0, signals };
      yield { kind: "samples", start, nSamples, data: physicalSamples(run, bytesPerSample) };
      start += nSamples;
    }
  }
}

/** A stream's grid through all segments. */
interface Segments extends RecordGrid {
  /** Begins a segment with the record at this place, and says so. */
  begin(place: RecordPlace): Item;
  /** A text on the grid of the present segment. */
  marker(text: TimedText): Marker;
}

function createSegments({ records, stream }: ItemSource): Segments {
  const { startTime } = records.header;
  const rate = stream.info.sfreq;
  const grid = createRecordGrid(rate, stream.samplesPerRecord);
  const labels = new Set(stream.info.channels.map((channel) => channel.label));
  let segment = -1;
  let onset = 0;
  return {
    get end() {
      return grid.end;
    },
    put: (place) => grid.put(place),
    begin(place) {
      onset = grid.put(place).segmentOnset ?? 0;
      segment++;
      const t0 = startTime && formatLocalTime(startTime, onset);
      return { kind: "info", stream: { ...stream.info, segment, t0 } };
    },
    marker: ({ onset: seconds, duration, text }) => ({
      kind: "marker",
      onset: samplesIn(secondsBetween(onset, seconds), rate),
      duration: samplesIn(duration ?? 0, rate),
      ...split(text, labels),
    }),
  };
}

/** `Limb movement@@EMG RAT` is a text about one channel (EDF+ standard texts). */
function split(text: string, labels: ReadonlySet<string>): { text: string; channel?: string } {
  const at = text.lastIndexOf("@@");
  const channel = text.slice(at + 2);
  return at >= 0 && labels.has(channel) ? { text: text.slice(0, at), channel } : { text };
}
