import type { ByteSource } from "../byte-source.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { decodeText } from "../edf/fields.ts";
import { readChunks, readLength, tags, type Chunk } from "./chunks.ts";
import type { ClockOffset } from "../../eeg/clock-offsets.ts";
import { parseLslHeader, type LslHeader, type NumberFormat } from "../../eeg/lsl-header.ts";
import { bareBytes, storedNumber } from "./samples.ts";
import { createStretches, type Stretch, type Stretches } from "./stretches.ts";
import { createWindow, windowBytes, type Window } from "./window.ts";
import { child, parseXml } from "../../eeg/xml.ts";

/** What one pass over an XDF file finds: where the samples of each stream lie, when they were, and all markers. */
export interface XdfIndex {
  /** As the recorder wrote it, local time with or without a zone; empty where it did not. */
  readonly datetime: string;
  readonly streams: readonly ScannedStream[];
}

interface XdfStreamHeader extends LslHeader {
  readonly id: number;
}

export interface ScannedStream {
  readonly header: XdfStreamHeader;
  readonly nSamples: number;
  /** Runs of samples side by side in the file, about every megabyte one. */
  readonly pieces: { readonly bytes: readonly number[]; readonly firsts: readonly number[] };
  /** Of a stream of numbers with a rate. */
  readonly stretches: readonly Stretch[];
  /** Of any other stream: what came when, on the stream's own clock. */
  readonly events: readonly TimedEvent[];
  readonly offsets: readonly ClockOffset[];
}

interface TimedEvent {
  readonly time: number;
  readonly text: string;
  readonly byte: number;
}

/** Headers are a few kilobytes; a text of a marker is read whole. */
const largestText = 1 << 24;

/** Numbers without a rate become markers up to here; a stream of more is none of events. */
const mostNumberEvents = 100_000;

interface Scan {
  readonly window: Window;
  readonly diagnostics: Diagnostics;
  readonly streams: Map<number, OpenStream>;
  readonly refused: Set<number>;
}

interface OpenStream {
  readonly header: XdfStreamHeader;
  readonly headerText: string;
  readonly stretches: Stretches | null;
  readonly pieces: { bytes: number[]; firsts: number[] };
  readonly events: TimedEvent[];
  readonly offsets: ClockOffset[];
  nSamples: number;
  lastStamp: number;
  /** Declared a second time and otherwise: what follows cannot be told apart. */
  closed: boolean;
}

/** Reads all of a file once. Holds the headers, the markers and the places of the samples, not the samples. */
export async function scanXdf(source: ByteSource, diagnostics: Diagnostics): Promise<XdfIndex> {
  const scan: Scan = { window: createWindow(source), diagnostics, streams: new Map(), refused: new Set() };
  let datetime = "";
  for await (const chunk of readChunks(source, scan)) {
    if (chunk.afterDamage) for (const { stretches } of scan.streams.values()) stretches?.damage();
    if (chunk.tag === tags.fileHeader) datetime ||= await readDatetime(scan, chunk);
    else if (chunk.tag === tags.streamHeader) await openStream(scan, chunk);
    else if (chunk.tag === tags.samples) await readSamples(scan, chunk);
    else if (chunk.tag === tags.clockOffset) await readClockOffset(scan, chunk);
    else if (chunk.tag === 0 || chunk.tag > tags.streamFooter)
      diagnostics.add({
        code: "XDF_DAMAGED",
        message: `the chunk at byte ${chunk.at} is of a kind that is not known (${chunk.tag}); passed over`,
        place: { byte: chunk.at },
      });
  }
  const streams = [...scan.streams.values()].map((stream) => ({
    header: stream.header,
    nSamples: stream.nSamples,
    pieces: stream.pieces,
    stretches: stream.stretches?.end() ?? [],
    events: stream.events,
    offsets: stream.offsets,
  }));
  return { datetime, streams };
}

async function readDatetime({ window }: Scan, chunk: Chunk): Promise<string> {
  const info = parseXml(decodeText(await window(chunk.contentAt, Math.min(chunk.contentBytes, largestText))));
  return "fault" in info ? "" : (child(info, "datetime")?.text ?? "");
}

async function openStream(scan: Scan, chunk: Chunk): Promise<void> {
  const { window, diagnostics, streams } = scan;
  const bytes = await window(chunk.contentAt, Math.min(chunk.contentBytes, largestText));
  if (bytes.length < 4) return refuse(scan, chunk, { id: null, fault: "its header has no number" });
  const id = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const headerText = decodeText(bytes.subarray(4));
  const known = streams.get(id);
  if (known) {
    if (known.headerText === headerText) return;
    known.closed = true;
    diagnostics.add({
      code: "XDF_STREAM_REPEATED",
      message: `stream ${id} is declared again and otherwise (byte ${chunk.at}); what it holds from there on was left out`,
      place: { byte: chunk.at },
    });
    return;
  }
  const header = parseLslHeader(headerText);
  if ("fault" in header) return refuse(scan, chunk, { id, fault: header.fault });
  const regular = header.format !== "string" && header.sfreq;
  streams.set(id, {
    header: { id, ...header },
    headerText,
    stretches: regular ? createStretches(regular.den / regular.num) : null,
    pieces: { bytes: [], firsts: [] },
    events: [],
    offsets: [],
    nSamples: 0,
    lastStamp: 0,
    closed: false,
  });
}

function refuse(
  { diagnostics, refused }: Scan,
  chunk: Chunk,
  { id, fault }: { readonly id: number | null; readonly fault: string },
): void {
  if (id !== null) refused.add(id);
  diagnostics.add({
    code: "XDF_STREAM_REFUSED",
    message: `${id === null ? "a stream" : `stream ${id}`} (byte ${chunk.at}) was left out: ${fault}`,
    place: { byte: chunk.at },
  });
}

async function readClockOffset({ window, streams }: Scan, chunk: Chunk): Promise<void> {
  if (chunk.contentBytes < 20) return;
  const bytes = await window(chunk.contentAt, 20);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 20);
  streams.get(view.getUint32(0, true))?.offsets.push({
    time: view.getFloat64(4, true),
    value: view.getFloat64(12, true),
    byte: chunk.at,
  });
}

async function readSamples(scan: Scan, chunk: Chunk): Promise<void> {
  const { window, diagnostics, streams, refused } = scan;
  const head = await window(chunk.contentAt, Math.min(13, chunk.contentBytes));
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const id = head.length < 4 ? null : view.getUint32(0, true);
  const stream = id === null ? undefined : streams.get(id);
  if (!stream) {
    if (id === null || !refused.has(id))
      diagnostics.add({
        code: "XDF_STREAM_UNDECLARED",
        message: `samples of ${id === null ? "a stream" : `stream ${id}`} at byte ${chunk.at}, which no header before them declares, were left out`,
        place: { byte: chunk.at },
      });
    return;
  }
  if (stream.closed) return;
  const width = head[4]!;
  const count =
    (width === 1 || width === 4 || width === 8) && head.length >= 5 + width
      ? readLength(view, 5, width)
      : null;
  const bare =
    stream.header.format === "string" ? 1 : bareBytes(stream.header.format, stream.header.nChannels);
  const at = chunk.contentAt + 5 + width;
  const end = chunk.contentAt + chunk.contentBytes;
  if (count === null || (!chunk.cut && count * bare > end - at)) return damagedSamples(scan, chunk, stream);
  const whole =
    stream.header.format === "string" || !stream.header.sfreq
      ? await readEvents(scan, stream, { at, end, count, byte: chunk.at })
      : await indexNumbers(scan, stream, { at, end, count, byte: chunk.at });
  if (whole < count && !chunk.cut) damagedSamples(scan, chunk, stream);
}

function damagedSamples({ diagnostics }: Scan, chunk: Chunk, { header, stretches }: OpenStream): void {
  stretches?.damage();
  diagnostics.add({
    code: "XDF_DAMAGED",
    message: `samples of stream '${header.name}' (${header.id}) at byte ${chunk.at} are damaged; those before the damage were read, the rest of the chunk is a gap`,
    place: { byte: chunk.at },
  });
}

/** Where the samples of a chunk lie. */
interface SampleBytes {
  readonly at: number;
  readonly end: number;
  readonly count: number;
  /** Of the chunk. */
  readonly byte: number;
}

/**
 * Notes where numbers with a rate lie and when they were.
 * @returns how many are whole
 */
async function indexNumbers(scan: Scan, stream: OpenStream, samples: SampleBytes): Promise<number> {
  const { header, pieces } = stream;
  const bare = bareBytes(header.format as NumberFormat, header.nChannels);
  const period = header.sfreq!.den / header.sfreq!.num;
  const found: number[] = [];
  let { at } = samples;
  let done = 0;
  let damaged = false;
  while (done < samples.count && at < samples.end && !damaged) {
    const length = Math.min(samples.end - at, Math.max(windowBytes, bare + 8));
    const bytes = await scan.window(at, length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const start = done;
    let offset = 0;
    found.length = 0;
    for (; done < samples.count && offset < view.byteLength; done++) {
      const stamp = view.getUint8(offset);
      damaged = stamp !== 0 && stamp !== 8;
      if (damaged || offset + bare + stamp > view.byteLength) break;
      found.push(stamp === 8 ? view.getFloat64(offset + 1, true) : Number.NaN);
      offset += bare + stamp;
    }
    // Damage that shows where a sample should begin began in the one before it.
    if (damaged && found.length > 0) {
      found.pop();
      done--;
    }
    if (found.length > 0) {
      pieces.bytes.push(at);
      pieces.firsts.push(stream.nSamples + start);
    }
    for (const stamp of found) {
      // A sample without a stamp was taken one period after the one before it.
      stream.lastStamp = isTime(stamp) ? stamp : stream.lastStamp + period;
      stream.stretches!.push(stream.lastStamp, samples.byte);
    }
    if (offset === 0) break;
    at += offset;
  }
  stream.nSamples += done;
  return done;
}

/**
 * Reads strings, or numbers without a rate.
 * @returns how many samples are whole
 */
async function readEvents(scan: Scan, stream: OpenStream, samples: SampleBytes): Promise<number> {
  const { header, events } = stream;
  const period = header.sfreq ? header.sfreq.den / header.sfreq.num : 0;
  if (header.format !== "string" && stream.nSamples + samples.count > mostNumberEvents) {
    stream.closed = true;
    events.length = 0;
    scan.diagnostics.add({
      code: "XDF_STREAM_REFUSED",
      message: `stream '${header.name}' (${header.id}) has no sampling rate and more than ${mostNumberEvents} samples: too many for markers; it was left out`,
      place: { stream: header.name },
    });
    return samples.count;
  }
  let { at } = samples;
  let done = 0;
  for (; done < samples.count; done++) {
    const flag = await scan.window(at, Math.min(9, samples.end - at));
    const stamp = flag[0];
    if ((stamp !== 0 && stamp !== 8) || flag.length < 1 + stamp) break;
    const given =
      stamp === 8 ? new DataView(flag.buffer, flag.byteOffset, 9).getFloat64(1, true) : Number.NaN;
    const time = isTime(given) ? given : stream.lastStamp + period;
    const values = await readValues(scan.window, header, { at: at + 1 + stamp, end: samples.end });
    if (!values) break;
    at = values.end;
    stream.lastStamp = time;
    events.push({ time, text: values.text, byte: samples.byte });
  }
  stream.nSamples += done;
  return done;
}

/** Computers count seconds since they were switched on or since 1970; damage makes other numbers. */
function isTime(stamp: number): boolean {
  return Math.abs(stamp) < 1e11;
}

async function readValues(
  window: Window,
  { format, nChannels }: XdfStreamHeader,
  { at, end }: { readonly at: number; readonly end: number },
): Promise<{ text: string; end: number } | null> {
  const texts: string[] = [];
  for (let channel = 0; channel < nChannels; channel++) {
    if (format !== "string") {
      const width = bareBytes(format, 1) - 1;
      if (at + width > end) return null;
      const bytes = await window(at, width);
      texts.push(String(storedNumber(new DataView(bytes.buffer, bytes.byteOffset, width), 0, format)));
      at += width;
      continue;
    }
    const head = await window(at, Math.min(9, end - at));
    const width = head[0];
    if ((width !== 1 && width !== 4 && width !== 8) || head.length < 1 + width) return null;
    const length = readLength(new DataView(head.buffer, head.byteOffset, head.length), 1, width);
    if (length === null || length > largestText || at + 1 + width + length > end) return null;
    texts.push(decodeText(await window(at + 1 + width, length)));
    at += 1 + width + length;
  }
  return { text: texts.filter((text) => text !== "").join(" "), end: at };
}
