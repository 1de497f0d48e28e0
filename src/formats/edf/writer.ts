import type { Diagnostic } from "../../eeg/errors.ts";
import type { Item, Marker, Samples } from "../../eeg/item.ts";
import type { Channel, StreamInfo } from "../../eeg/stream-info.ts";
import {
  formatHeader,
  formatNumber,
  formatPrefilter,
  formatStart,
  type SignalFields,
} from "./format-header.ts";

export interface EdfWriterOptions {
  /** 16 or 24 bits a sample. @default "EDF+C" */
  readonly format?: "EDF+C" | "BDF+C";
  /** EDF+ local patient identification. @default "X X X X" */
  readonly patient?: string;
  /** What follows the start date in EDF+'s local recording identification. @default "X X X" */
  readonly recording?: string;
  /**
   * Lowest and highest number that a channel can hold, in its unit; what lies beyond is clipped, with a diagnostic.
   * @default -3276.8 to 3276.7 in steps of 0.1 in EDF, -262144 to 262143 in BDF
   */
  readonly range?: (channel: Channel) => readonly [min: number, max: number];
  /** Room for annotations in each data record, in bytes. @default 120 */
  readonly annotationBytes?: number;
}

/** Turns the items of one segment of a stream without gaps into the bytes of an EDF+C or BDF+C file. */
export interface EdfWriter {
  /** The file's first bytes, with -1 for the number of records, which EDF+ has for a file that is still written. */
  readonly header: Uint8Array;
  /**
   * The data records that the item completes, mostly none.
   * @throws RangeError at a gap, a NaN or a second segment: EDF+C has no place for them
   */
  push(item: Item): Uint8Array;
  /**
   * The last data record and the header that takes the place of the first. A last record that the samples do not
   * fill is filled up, and the annotation `Recording ends` says from where on.
   * @throws RangeError if there was no room for all annotations
   */
  end(): { readonly records: Uint8Array; readonly header: Uint8Array };
  readonly diagnostics: readonly Diagnostic[];
}

/** EDF 1992 asks for records of no more, unless they last a second. */
const recordBytesWanted = 61_440;

/** The writer's own form of a channel. */
interface Quantizer {
  readonly label: string;
  readonly gain: number;
  readonly offset: number;
  /** What fills up a last record: the integer nearest to 0. */
  readonly rest: number;
}

/**
 * @throws RangeError if the stream does not fit EDF: a label beyond 16 characters, a range that is none
 */
export function createEdfWriter(stream: StreamInfo, options: EdfWriterOptions = {}): EdfWriter {
  const { format = "EDF+C", patient = "X X X X", recording = "X X X" } = options;
  const bytesPerSample = format === "BDF+C" ? 3 : 2;
  const digitalMax = 2 ** (8 * bytesPerSample - 1) - 1;
  const digitalMin = -digitalMax - 1;
  const nChannels = stream.channels.length;
  const { samplesPerRecord, recordSeconds } = recordLength(stream, bytesPerSample);
  const annotationLength = Math.ceil((options.annotationBytes ?? 120) / bytesPerSample);
  const start = formatStart(stream.t0);
  const range = options.range ?? (() => (bytesPerSample === 2 ? [-3276.8, 3276.7] : [-262144, 262143]));

  const prefilter = formatPrefilter(stream.filters);
  const signals: SignalFields[] = stream.channels.map((channel) => {
    const [min, max] = range(channel);
    if (!(min < max))
      throw new RangeError(`range of '${channel.label}': expected min < max, got ${min}, ${max}`);
    return {
      label: channel.label,
      unit: channel.unit.replace(/^[µμ]/, "u"),
      physicalMin: formatNumber(min),
      physicalMax: formatNumber(max),
      digitalMin,
      digitalMax,
      prefilter,
      samplesPerRecord,
    };
  });
  const quantizers = signals.map(({ label, physicalMin, physicalMax }): Quantizer => {
    // from the text, not from what was asked for: this is what a reader will reckon with
    const gain = (Number(physicalMax) - Number(physicalMin)) / (digitalMax - digitalMin);
    const offset = Number(physicalMin) - gain * digitalMin;
    const rest = Math.min(digitalMax, Math.max(digitalMin, Math.round(-offset / gain)));
    return { label, gain, offset, rest };
  });
  const header = (nRecords: number): Uint8Array =>
    formatHeader({
      format,
      patient,
      recording: `Startdate ${start.fullDate} ${recording}`,
      startDate: start.startDate,
      startClock: start.startClock,
      nRecords,
      recordSeconds,
      signals: [
        ...signals,
        {
          label: `${format.slice(0, 3)} Annotations`,
          unit: "",
          physicalMin: "-1",
          physicalMax: "1",
          digitalMin,
          digitalMax,
          prefilter: "",
          samplesPerRecord: annotationLength,
        },
      ],
    });

  const recordBytes = (nChannels * samplesPerRecord + annotationLength) * bytesPerSample;
  const record = new Uint8Array(recordBytes);
  let filled = 0;
  let nRecords = 0;
  let next = 0;
  let waiting: Uint8Array[] = [];
  const clipped = new Map<string, number>();
  const diagnostics: Diagnostic[] = [];

  /** Puts the present record's annotations behind its samples and hands out a copy of it. */
  function complete(): Uint8Array {
    const area = record.subarray(nChannels * samplesPerRecord * bytesPerSample).fill(0);
    const time = encoder.encode(`${stamp(start.fraction + nRecords * recordSeconds)}\x14\x14\0`);
    let at = 0;
    const later: Uint8Array[] = [];
    for (const list of [time, ...waiting]) {
      if (at + list.length <= area.length && later.length === 0) {
        area.set(list, at);
        at += list.length;
      } else later.push(list);
    }
    waiting = later;
    filled = 0;
    nRecords++;
    return record.slice();
  }

  function pushSamples({ start: from, data, nSamples }: Samples): Uint8Array {
    if (from !== next) throw new RangeError(`samples: expected sample ${next}, got ${from}`);
    const out = new Uint8Array(Math.floor((filled + nSamples) / samplesPerRecord) * recordBytes);
    let at = 0;
    for (let done = 0; done < nSamples;) {
      const take = Math.min(samplesPerRecord - filled, nSamples - done);
      for (let c = 0; c < nChannels; c++) {
        const { label, gain, offset } = quantizers[c]!;
        let byte = (c * samplesPerRecord + filled) * bytesPerSample;
        for (let i = c * nSamples + done, end = i + take; i < end; i++) {
          const value = Math.round((data[i]! - offset) / gain);
          if (Number.isNaN(value))
            throw new RangeError(`EDF holds no NaN: '${label}', sample ${from + (i - c * nSamples)}`);
          const kept = value < digitalMin ? digitalMin : value > digitalMax ? digitalMax : value;
          if (kept !== value) clipped.set(label, (clipped.get(label) ?? 0) + 1);
          for (let b = 0; b < bytesPerSample; b++) record[byte++] = kept >> (8 * b);
        }
      }
      filled += take;
      done += take;
      if (filled === samplesPerRecord) {
        out.set(complete(), at);
        at += recordBytes;
      }
    }
    next += nSamples;
    return out;
  }

  function annotate({ onset, duration, text, channel }: Marker): void {
    const { num, den } = stream.sfreq;
    const seconds = (samples: number): number => (samples * den) / num;
    // the bytes that structure a list may not stand in a text
    // oxlint-disable-next-line no-control-regex
    const plain = (channel === undefined ? text : `${text}@@${channel}`).replace(/[\x00\x14\x15]/g, " ");
    const lasting = duration > 0 ? `\x15${stamp(seconds(duration)).slice(1)}` : "";
    const list = encoder.encode(`${stamp(start.fraction + seconds(onset))}${lasting}\x14${plain}\x14\0`);
    const room = annotationLength * bytesPerSample - longestTime;
    if (list.length > room)
      throw new RangeError(
        `annotation '${text}': ${list.length} bytes, but a data record has room for ${room}; raise annotationBytes`,
      );
    waiting.push(list);
  }

  return {
    header: header(-1),
    diagnostics,
    push(item) {
      if (item.kind === "samples") return pushSamples(item);
      if (item.kind === "gap")
        throw new RangeError(`EDF+C is continuous: it cannot hold the gap at sample ${item.start}`);
      if (item.kind === "info" && (nRecords > 0 || filled > 0))
        throw new RangeError("EDF+C is continuous: it cannot hold a second segment");
      if (item.kind === "marker") annotate(item);
      return new Uint8Array(0);
    },
    end() {
      let records: Uint8Array = new Uint8Array(0);
      if (filled > 0) {
        annotate({ kind: "marker", onset: next, duration: 0, text: "Recording ends" });
        const from = filled;
        for (let c = 0; c < nChannels; c++)
          for (let i = from; i < samplesPerRecord; i++)
            for (let b = 0; b < bytesPerSample; b++)
              record[(c * samplesPerRecord + i) * bytesPerSample + b] = quantizers[c]!.rest >> (8 * b);
        records = complete();
      }
      if (waiting.length > 0)
        throw new RangeError(`there was no room for ${waiting.length} annotations; raise annotationBytes`);
      for (const [label, count] of clipped)
        diagnostics.push({
          code: "EDF_CLIPPED",
          message: `'${label}': ${count} samples lie beyond the range that was written; they are clipped`,
          place: { channel: label },
        });
      return { records, header: header(nRecords) };
    },
  };
}

/** The bytes of an EDF+C or BDF+C file that holds all of a stream's items. For streams that fit memory. */
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

const encoder = new TextEncoder();

/** What a time-keeping list takes at most: sign, 10 digits, point, 7 decimals, three control bytes. */
const longestTime = 22;

/** A time in seconds as an annotation list has it: signed, no exponent, at most 7 decimals. */
function stamp(seconds: number): string {
  const text = Math.abs(seconds)
    .toFixed(7)
    .replace(/\.?0+$/, "");
  return `${seconds < 0 ? "-" : "+"}${text === "" ? "0" : text}`;
}

/** The longest duration of a record that has a whole number of samples and keeps to the size wanted. */
function recordLength(
  { sfreq: { num, den }, channels }: StreamInfo,
  bytesPerSample: number,
): { readonly samplesPerRecord: number; readonly recordSeconds: number } {
  let best = { samplesPerRecord: num, recordSeconds: den };
  for (const parts of [1, 2, 4, 5, 10, 20, 50, 100]) {
    if (num % parts !== 0) continue;
    best = { samplesPerRecord: num / parts, recordSeconds: den / parts };
    if (best.samplesPerRecord * channels.length * bytesPerSample <= recordBytesWanted) break;
  }
  return best;
}
