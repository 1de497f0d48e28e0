import type { Diagnostic } from "../../eeg/errors.ts";
import type { Gap, Item, Marker, Samples } from "../../eeg/item.ts";
import { equalSfreq } from "../../eeg/sfreq.ts";
import type { StreamInfo } from "../../eeg/stream-info.ts";
import { parseLocalTime, secondsBetween } from "../local-time.ts";
import { layOutFile, type EdfWriterOptions } from "./file-layout.ts";
import { formatAnnotation, formatRecordTime, longestTime } from "./format-annotations.ts";
import { missingText, segmentText, splitAtMissing } from "./missing.ts";
import { createRecordMemory } from "./pack.ts";

/**
 * Turns the items of a stream into the bytes of a file. EDF+C and BDF+C take one segment without gaps and NaN.
 * EDF+D and BDF+D take any stream: a record lies where its time says, missing samples are marked (`missing.ts`),
 * and a further segment goes on in the same file. What `openEdf` reads of it are the same items, but for gaps
 * behind the last samples of a segment.
 */
export interface EdfWriter {
  /** The file's first bytes, with -1 for the number of records, which EDF+ has for a file that is still written. */
  readonly header: Uint8Array;
  /** Data records handed out so far. */
  readonly nRecords: number;
  /**
   * The data records that the item completes, mostly none.
   * @throws RangeError in EDF+C and BDF+C at a gap, a NaN or a second segment; at an annotation too long for a
   * record; where a segment has other channels or another rate than the first
   */
  push(item: Item): Uint8Array;
  /**
   * The last data records and the header that takes the place of the first. A last record that the samples do not
   * fill is filled up, and annotations that found no room get records of their own; in EDF+C and BDF+C the
   * annotation `Recording ends` says from where on.
   */
  end(): { readonly records: Uint8Array; readonly header: Uint8Array };
  /** What does not fit as it is; complete after `end`. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A first record of a segment that would begin later than this (30 years) is no time. */
const plausibleSeconds = 1e9;

/** What the file's own annotations, one of each, take of a record's room in EDF+D and BDF+D. */
const ownAnnotations = 112;

/** @throws RangeError if the stream does not fit EDF: a range that is none */
export function createEdfWriter(stream: StreamInfo, options: EdfWriterOptions = {}): EdfWriter {
  const layout = layOutFile(stream, options);
  const { format, discontinuous, samplesPerRecord } = layout;
  const nChannels = stream.channels.length;
  const record = createRecordMemory(layout);
  const room = layout.annotationBytes - longestTime - (discontinuous ? ownAnnotations : 0);
  const started = parseLocalTime(stream.t0 ?? "");
  const seconds = (samples: number): number => (samples * stream.sfreq.den) / stream.sfreq.num;
  const diagnostics: Diagnostic[] = [...layout.diagnostics];

  /** Samples in the present record, and where it begins on the segment's grid. */
  let filled = 0;
  let recordStart = 0;
  let nRecords = 0;
  /** On the segment's grid. */
  let next = 0;
  /** Of the segment's sample 0, in seconds from the header's start time. */
  let origin = layout.fraction;
  let fresh = true;
  let begun = false;
  let waiting: Uint8Array[] = [];
  let own: Uint8Array[] = [];
  let out: Uint8Array[] = [];

  /** Puts the present record's annotations behind its samples and a copy of it to those handed out. */
  function complete(): void {
    const at = origin + seconds(recordStart);
    const lists = [formatRecordTime(at)];
    if (fresh && nRecords > 0) lists.push(formatAnnotation({ onset: at, duration: 0, text: segmentText }));
    const area = record.area.fill(0);
    let byte = 0;
    const put = (list: Uint8Array): boolean => {
      if (byte + list.length > area.length) return false;
      area.set(list, byte);
      byte += list.length;
      return true;
    };
    lists.forEach(put);
    const left = (queue: readonly Uint8Array[]): Uint8Array[] => {
      const stop = queue.findIndex((list) => !put(list));
      return stop < 0 ? [] : queue.slice(stop);
    };
    own = left(own);
    waiting = left(waiting);
    out.push(record.bytes.slice());
    filled = 0;
    fresh = false;
    nRecords++;
  }

  /** Makes room for some of the next samples in the present record. */
  function take(wanted: number): number {
    if (filled === 0) recordStart = next;
    return Math.min(samplesPerRecord - filled, wanted);
  }

  function pushSamples(item: Samples): void {
    if (item.start !== next) throw new RangeError(`samples: expected sample ${next}, got ${item.start}`);
    for (let from = 0; from < item.nSamples;) {
      const count = take(item.nSamples - from);
      record.put(item, { from, count, at: filled });
      filled += count;
      next += count;
      from += count;
      if (filled === samplesPerRecord) complete();
    }
  }

  function fillMissing(count: number): void {
    const onset = origin + seconds(next);
    own.push(formatAnnotation({ onset, duration: seconds(count), text: missingText }));
    record.fill(filled, count);
    filled += count;
    next += count;
    if (filled === samplesPerRecord) complete();
  }

  function pushGap({ start, nSamples }: Gap): void {
    if (start !== next) throw new RangeError(`gap: expected sample ${next}, got ${start}`);
    // the rest of a record cannot be left out, and a segment's first record says where its grid begins
    const within = filled > 0 || fresh ? take(nSamples) : 0;
    if (within > 0) fillMissing(within);
    next += nSamples - within;
  }

  function annotate({ onset, duration, text, channel }: Marker): void {
    const list = formatAnnotation({
      onset: origin + seconds(onset),
      duration: seconds(duration),
      text: channel === undefined ? text : `${text}@@${channel}`,
    });
    if (list.length > room)
      throw new RangeError(
        `annotation '${text}': ${list.length} bytes, but a data record has room for ${room}; raise annotationBytes`,
      );
    waiting.push(list);
  }

  /** Ends the records of a segment of EDF+D. Annotations that found no room get records without samples. */
  function endSegment(): void {
    if (filled > 0) fillMissing(samplesPerRecord - filled);
    own = [];
    while (waiting.length > 0) {
      take(samplesPerRecord);
      fillMissing(samplesPerRecord);
      own = [];
    }
  }

  function beginSegment(info: StreamInfo): void {
    if (!begun) return;
    if (!discontinuous && nRecords === 0 && filled === 0) return;
    if (!discontinuous) throw new RangeError(`${format} is continuous: it cannot hold a second segment`);
    const same = (a: StreamInfo, b: StreamInfo): boolean =>
      equalSfreq(a.sfreq, b.sfreq) &&
      a.channels.length === b.channels.length &&
      a.channels.every(({ label }, i) => label === b.channels[i]!.label);
    if (!same(info, stream))
      throw new RangeError("a file has one set of channels and one rate; this segment has others");
    endSegment();
    const end = origin + seconds(next);
    const at = parseLocalTime(info.t0 ?? "");
    const onset = started && at ? layout.fraction + secondsBetween(started, at) : end;
    origin = Math.abs(onset) <= plausibleSeconds ? onset : end;
    next = 0;
    fresh = true;
  }

  function handOut(): Uint8Array {
    if (out.length === 1) return out.pop()!;
    const records = new Uint8Array(out.length * layout.recordBytes);
    out.forEach((bytes, i) => records.set(bytes, i * layout.recordBytes));
    out = [];
    return records;
  }

  return {
    header: layout.header(-1),
    diagnostics,
    get nRecords() {
      return nRecords;
    },
    push(item) {
      if (item.kind === "info") beginSegment(item.stream);
      else if (item.kind === "marker") annotate(item);
      else if (item.kind === "samples" && discontinuous)
        for (const part of splitAtMissing(item, nChannels))
          if (part.kind === "gap") pushGap(part);
          else pushSamples(part);
      else if (item.kind === "samples") pushSamples(item);
      else if (discontinuous) pushGap(item);
      else
        throw new RangeError(
          `${format} is continuous: it cannot hold the gap at sample ${item.start}; ${format.slice(0, 3)}+D can`,
        );
      begun = true;
      return handOut();
    },
    end() {
      if (discontinuous) endSegment();
      else if (filled > 0 || waiting.length > 0) {
        annotate({ kind: "marker", onset: next, duration: 0, text: "Recording ends" });
        if (filled === 0) recordStart = next;
        for (; filled > 0 || waiting.length > 0; recordStart += samplesPerRecord) {
          record.fill(filled, samplesPerRecord - filled);
          complete();
        }
      }
      for (const [label, count] of record.clipped)
        diagnostics.push({
          code: "EDF_CLIPPED",
          message: `'${label}': ${count} samples lie beyond the range that was written; they are clipped`,
          place: { channel: label },
        });
      return { records: handOut(), header: layout.header(nRecords) };
    },
  };
}

/** The bytes of a file that holds all of a stream's items. For streams that fit memory. */
export async function formatEdf(
  items: AsyncIterable<Item> | Iterable<Item>,
  options: EdfWriterOptions = {},
): Promise<Uint8Array> {
  let writer: EdfWriter | undefined;
  const parts: Uint8Array[] = [];
  for await (const item of items) {
    if (!writer && item.kind !== "info")
      throw new TypeError(`a stream begins with its info, got ${item.kind}`);
    if (item.kind === "info") writer ??= createEdfWriter(item.stream, options);
    parts.push(writer!.push(item));
  }
  if (!writer) throw new TypeError("a stream begins with its info, got nothing");
  const { records, header } = writer.end();
  const file = new Uint8Array(header.length + parts.reduce((n, part) => n + part.length, 0) + records.length);
  let at = 0;
  for (const part of [header, ...parts, records]) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}
