import type { Gap, Item, Marker } from "../../eeg/item.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { formatLocalTime, movedTime } from "../local-time.ts";
import type { TimedText } from "./annotations.ts";
import { createRecordGrid, layOut, samplesIn, type RecordGrid } from "./grid.ts";
import { secondsBetween } from "./fields.ts";
import { splitAtMissing } from "./missing.ts";
import {
  blockAnnotations,
  blockBytes,
  readBytes,
  readRecordAnnotations,
  readRecords,
  type EdfRecords,
} from "./records.ts";
import { physicalSamples } from "./samples.ts";
import { createStatusReader } from "./status.ts";
import type { EdfStream } from "./streams.ts";
import { createTimeline, type RecordPlace } from "./timeline.ts";

/** Records larger than this are read a slice at a time, so that memory does not depend on them. */
const largeRecordBytes = 1 << 22;

/** Numbers in an item, about: half a megabyte of them stays in the processor's cache for whoever works on them next. */
const itemLength = 1 << 17;

/** Two gaps that touch, as one. */
function joined(before: Gap | null, gap: Gap): Gap {
  return before ? { ...before, nSamples: before.nSamples + gap.nSamples } : gap;
}

/** What the items of a stream are made from. */
export interface ItemSource {
  readonly records: EdfRecords;
  readonly stream: EdfStream;
  readonly diagnostics: Diagnostics;
}

/** The items of one stream from its start. Markers are stored in records, and come before their record's samples. */
export function readItems(from: ItemSource): AsyncGenerator<Item, void, undefined> {
  const items =
    from.records.header.recordBytes > largeRecordBytes ? largeRecordItems(from) : blockItems(from);
  const marksMissing = from.stream.signals.every(({ missing }) => missing !== null);
  return marksMissing ? withGaps(items, from.stream.signals.length) : items;
}

/** Stretches in which every channel is missing as gaps; at the end of a segment they only fill a record up. */
async function* withGaps(
  items: AsyncGenerator<Item, void, undefined>,
  nChannels: number,
): AsyncGenerator<Item, void, undefined> {
  let held: Gap | null = null;
  for await (const item of items) {
    if (item.kind === "info") held = null;
    const parts = item.kind === "samples" ? splitAtMissing(item, nChannels) : [item];
    for (const part of parts) {
      if (part.kind === "gap") {
        held = joined(held, part);
        continue;
      }
      if (part.kind === "samples" && held) {
        yield held;
        held = null;
      }
      yield part;
    }
  }
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
  const status = createStatusReader(header, diagnostics);
  const mostRecords = Math.max(1, Math.floor(itemLength / (samplesPerRecord * signals.length)));
  for await (const block of readRecords(records)) {
    const annotations = blockAnnotations(block, header, diagnostics);
    const places = annotations.map(({ onset, beginsSegment }, i) =>
      timeline.place(onset, block.first + i, beginsSegment),
    );
    for (const { from, to } of stretches(places)) {
      if (places[from]!.kind === "segment") yield segments.begin(places[from]!);
      for (const { texts } of annotations.slice(from, to))
        for (const text of texts) yield segments.marker(text);
      for (let i = from; status && i < to; i++) {
        const at = i * header.recordBytes + status.byteOffset;
        const bytes = block.bytes.subarray(at, at + status.length);
        for (const text of status.texts(bytes, block.first + i)) yield segments.marker(text);
      }
      for (const step of layOut(segments.grid, places.slice(from, to), mostRecords)) {
        if (step.kind === "gap") yield step;
        else {
          const { start, first, count, skip } = step;
          const run = {
            bytes: block.bytes,
            at: (from + first) * header.recordBytes,
            recordBytes: header.recordBytes,
            nRecords: count,
            skip,
            drop: 0,
            signals,
          };
          const data = physicalSamples(run, header.bytesPerSample);
          yield { kind: "samples", start, nSamples: count * samplesPerRecord - skip, data };
        }
      }
    }
  }
}

/** Cuts records where a segment begins. */
function stretches(places: readonly RecordPlace[]): { from: number; to: number }[] {
  const cuts = places.flatMap(({ kind }, i) => (i === 0 || kind === "segment" ? [i] : []));
  return cuts.map((from, i) => ({ from, to: cuts[i + 1] ?? places.length }));
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
  const status = createStatusReader(header, diagnostics);
  let { count } = records;
  for (let record = 0; record < count; record++) {
    const annotations = await readRecordAnnotations(records, record, diagnostics);
    const { texts } = annotations;
    const place = timeline.place(annotations.onset, record, annotations.beginsSegment);
    if (place.kind === "segment") yield segments.begin(place);
    for (const text of texts) yield segments.marker(text);
    if (status) {
      const offset = header.dataOffset + record * header.recordBytes + status.byteOffset;
      const bytes = await readBytes(records, { offset, length: status.length });
      for (const text of status.texts(bytes, record)) yield segments.marker(text);
    }
    let { start, gap, skip } = segments.grid.put(place);
    if (gap > 0) yield { kind: "gap", start: start - gap, nSamples: gap, reason: "discontinuity" };
    for (let sample = skip; sample < stream.samplesPerRecord; sample += most) {
      const nSamples = Math.min(most, stream.samplesPerRecord - sample);
      const bytes = new Uint8Array(nSamples * bytesPerSample * stream.signals.length);
      const signals = stream.signals.map(({ stored }, i) => ({
        ...stored,
        byteOffset: i * nSamples * bytesPerSample,
        samplesPerRecord: nSamples,
      }));
      const reads = stream.signals.map(async ({ stored }, i) => {
        const at = header.dataOffset + record * header.recordBytes + stored.byteOffset;
        const range = { offset: at + sample * bytesPerSample, length: nSamples * bytesPerSample };
        bytes.set(await readBytes(records, range), signals[i]!.byteOffset);
      });
      await Promise.all(reads);
      const run = { bytes, at: 0, recordBytes: bytes.length, nRecords: 1, skip: 0, drop: 0, signals };
      yield { kind: "samples", start, nSamples, data: physicalSamples(run, bytesPerSample) };
      start += nSamples;
    }
    if (record + 1 === count && records.more) count = await records.more(count);
  }
}

/** A stream through all its segments. */
interface Segments {
  readonly grid: RecordGrid;
  /** What a segment says first; it begins with the record at this place. */
  begin(place: RecordPlace): Item;
  /** A text on the grid of the present segment. */
  marker(text: TimedText): Marker;
}

function createSegments({ records, stream }: ItemSource): Segments {
  const { startTime } = records.header;
  const rate = stream.info.sfreq;
  const labels = new Set(stream.info.channels.map((channel) => channel.label));
  let segment = -1;
  let onset = 0;
  return {
    grid: createRecordGrid(rate, stream.samplesPerRecord),
    begin(place) {
      onset = place.kind === "segment" ? place.onset : 0;
      segment++;
      const t0 = startTime && formatLocalTime(movedTime(startTime, onset));
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
