import { EegError } from "../../eeg/errors.ts";
import type { ByteSource } from "../byte-source.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { decodeText } from "../edf/fields.ts";
import type { RecordedFilter } from "../filters.ts";
import { dayNumber, type LocalTime } from "../local-time.ts";
import { typeOfCode, type GdfType } from "./samples.ts";
import { unitOfCode } from "./units.ts";

/**
 * What the header of a GDF file says (Schlögl, "GDF - A general dataformat for biosignals", arXiv cs/0608052).
 * Versions below 1.90 have another layout than those from there on.
 */
export interface GdfHeader {
  /** `1.25` */
  readonly version: string;
  readonly startTime: LocalTime | null;
  readonly dataOffset: number;
  /** Null where it is unknown: -1 while recording. */
  readonly nRecordsDeclared: number | null;
  /** In seconds. */
  readonly recordDuration: { readonly num: number; readonly den: number };
  readonly recordBytes: number;
  readonly signals: readonly GdfSignal[];
  /** Texts of event types, by type (header 3, tag 1). */
  readonly eventTexts: ReadonlyMap<number, string>;
}

export interface GdfSignal {
  /** Counted from 1, as messages and events do. */
  readonly number: number;
  readonly label: string;
  readonly transducer: string;
  readonly unit: string;
  readonly physicalMin: number;
  readonly physicalMax: number;
  readonly digitalMin: number;
  readonly digitalMax: number;
  readonly filters: readonly RecordedFilter[];
  /** As text: what versions 1 have. */
  readonly prefilter: string;
  /** 0: sparse, its samples are events. */
  readonly samplesPerRecord: number;
  readonly stored: GdfType;
  /** Where its samples begin in a data record. */
  readonly byteOffset: number;
}

/** The widths of a signal's fields; all signals' labels come first, then all transducers, and so on. */
const signalFields = {
  1: {
    label: 16,
    transducer: 80,
    unit: 8,
    physicalMin: 8,
    physicalMax: 8,
    digitalMin: 8,
    digitalMax: 8,
    prefilter: 80,
    samplesPerRecord: 4,
    type: 4,
    reserved: 32,
  },
  2: {
    label: 16,
    transducer: 80,
    unit: 6,
    unitCode: 2,
    physicalMin: 8,
    physicalMax: 8,
    digitalMin: 8,
    digitalMax: 8,
    prefilter: 68,
    lowpass: 4,
    highpass: 4,
    notch: 4,
    samplesPerRecord: 4,
    type: 4,
    position: 12,
    sensor: 20,
  },
} as const;

/** Header 3 holds texts; more of them is damage. */
const largestTags = 1 << 24;

/**
 * Reads the header of a GDF file.
 * @throws EegError GDF_HEADER, GDF_TRUNCATED
 */
export async function readHeader(source: ByteSource, diagnostics: Diagnostics): Promise<GdfHeader> {
  const fixed = await source.read(0, 256);
  if (fixed.length < 256) throw cutHeader(source, 256);
  const view = new DataView(fixed.buffer, fixed.byteOffset, 256);
  const version = /^GDF (\d\.\d\d)/.exec(decodeText(fixed.subarray(0, 8)))?.[1];
  if (version === undefined || Number(version) < 1 || Number(version) >= 3)
    throw faulty(source, "version", {
      expected: "'GDF 1.00' to 'GDF 2.99'",
      got: field(fixed, 0, 8),
      byte: 0,
    });
  const layout = Number(version) < 1.9 ? 1 : 2;
  const nSignals = layout === 1 ? view.getUint32(252, true) : view.getUint16(252, true);
  const ownLength = 256 * (nSignals + 1);
  if (source.size < ownLength) throw cutHeader(source, ownLength, nSignals);
  const declaredLength = layout === 1 ? Number(view.getBigInt64(184, true)) : 256 * view.getUint16(184, true);
  const trusted = declaredLength >= ownLength && declaredLength <= source.size;
  if (!trusted)
    diagnostics.add({
      code: "GDF_HEADER_LENGTH",
      message: `the header gives its length as ${declaredLength} bytes (byte 184), ${nSignals} signals make ${ownLength}; the latter was used`,
      place: { byte: 184 },
    });
  const dataOffset = trusted ? declaredLength : ownLength;
  const recordDuration = { num: view.getUint32(244, true), den: view.getUint32(248, true) };
  const signals = parseSignals(await source.read(256, 256 * nSignals), { source, layout, nSignals });
  if (recordDuration.den === 0 || (recordDuration.num === 0 && signals.some((s) => s.samplesPerRecord > 0)))
    throw faulty(source, "duration of a data record", {
      expected: "a fraction of seconds > 0",
      got: `${recordDuration.num}/${recordDuration.den}`,
      byte: 244,
    });
  const count = view.getBigInt64(236, true);
  const known = count >= 0n && count <= BigInt(Number.MAX_SAFE_INTEGER);
  if (!known && count !== -1n)
    diagnostics.add({
      code: "GDF_RECORD_COUNT",
      message: `the header gives ${count} data records (byte 236); counted from the file's size instead`,
      place: { byte: 236 },
    });
  const start = layout === 1 ? parseStartText(field(fixed, 168, 16)) : parseStartDays(view);
  if (start === undefined)
    diagnostics.add({
      code: "GDF_START_TIME",
      message: `the start time is no date (byte 168); the recording has none`,
      place: { byte: 168 },
    });
  return {
    version,
    startTime: start ?? null,
    dataOffset,
    nRecordsDeclared: known ? Number(count) : null,
    recordDuration,
    recordBytes: signals.reduce(
      (sum, { samplesPerRecord, stored }) => sum + samplesPerRecord * stored.bytes,
      0,
    ),
    signals,
    eventTexts:
      layout === 2 && dataOffset - ownLength <= largestTags
        ? parseEventTexts(await source.read(ownLength, dataOffset - ownLength))
        : new Map(),
  };
}

/** Whether a file begins as a GDF file does. */
export function isGdf(head: Uint8Array): boolean {
  return /^GDF \d\.\d\d/.test(decodeText(head.subarray(0, 8)));
}

interface SignalContext {
  readonly source: ByteSource;
  readonly layout: 1 | 2;
  readonly nSignals: number;
}

function parseSignals(bytes: Uint8Array, { source, layout, nSignals }: SignalContext): GdfSignal[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offsets: Record<string, number> = {};
  let sum = 0;
  for (const [name, width] of Object.entries(signalFields[layout])) {
    offsets[name] = sum * nSignals;
    sum += width;
  }
  const widths: Readonly<Record<string, number>> = signalFields[layout];
  let byteOffset = 0;
  return Array.from({ length: nSignals }, (_, i): GdfSignal => {
    const at = (name: string): number => offsets[name]! + i * widths[name]!;
    const text = (name: string): string => field(bytes, at(name), widths[name]!);
    const label = text("label");
    const typeCode = view.getUint32(at("type"), true);
    const stored = typeOfCode(typeCode);
    if (!stored)
      throw faulty(source, `signal ${i + 1} of ${nSignals} ('${label}'), type of its samples`, {
        expected: "one whose width in bytes is known",
        got: String(typeCode),
        byte: 256 + at("type"),
      });
    const digital = (name: string): number =>
      layout === 1 ? Number(view.getBigInt64(at(name), true)) : view.getFloat64(at(name), true);
    const unitCode = layout === 2 ? view.getUint16(at("unitCode"), true) : 0;
    const samplesPerRecord = view.getUint32(at("samplesPerRecord"), true);
    const signal = {
      number: i + 1,
      label,
      transducer: text("transducer"),
      unit: unitCode === 0 ? text("unit") : unitOfCode(unitCode),
      physicalMin: view.getFloat64(at("physicalMin"), true),
      physicalMax: view.getFloat64(at("physicalMax"), true),
      digitalMin: digital("digitalMin"),
      digitalMax: digital("digitalMax"),
      filters: layout === 1 ? [] : parseFilters(view, at),
      prefilter: layout === 1 ? text("prefilter") : "",
      samplesPerRecord,
      stored,
      byteOffset,
    };
    byteOffset += samplesPerRecord * stored.bytes;
    return signal;
  });
}

/** Cut-off frequencies; zero, negative and NaN are none or not known. */
function parseFilters(view: DataView, at: (name: string) => number): RecordedFilter[] {
  const hz = (name: string): number | null => {
    const value = view.getFloat32(at(name), true);
    return value > 0 && value < 1e9 ? value : null;
  };
  const filter = { highpassHz: hz("highpass"), lowpassHz: hz("lowpass"), notchHz: hz("notch") };
  return Object.values(filter).every((value) => value === null) ? [] : [filter];
}

/** `YYYYMMDDhhmmsscc`. Null where it is blank, undefined where it is no date. */
function parseStartText(text: string): LocalTime | null | undefined {
  if (/^[0 ]*$/.test(text)) return null;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?/
    .exec(text)
    ?.slice(1)
    .map((n) => Number(n ?? 0));
  if (!parts) return undefined;
  const [year, month, date, hours, minutes, seconds, hundredths] = parts;
  const day = dayNumber(year!, month!, date!);
  if (day === null || hours! > 23 || minutes! > 59 || seconds! > 59) return undefined;
  return { day, seconds: hours! * 3600 + minutes! * 60 + seconds! + hundredths! / 100 };
}

function parseStartDays(view: DataView): LocalTime | null | undefined {
  return parseGdfTime(view.getUint32(168, true), view.getUint32(172, true));
}

/**
 * Days from the year 0, and their fraction in steps of 2^-32 days (20 µs: read as tenths of a millisecond).
 * Null for 0, undefined for what is no time of recorded history.
 */
export function parseGdfTime(fraction: number, days: number): LocalTime | null | undefined {
  if (days === 0) return null;
  const day = days - 719529; // of 1970-01-01
  const ticks = Math.round((fraction / 2 ** 32) * 864e6);
  if (day < -36525 || day > 146097) return undefined; // 1870 to 2370
  return ticks === 864e6 ? { day: day + 1, seconds: 0 } : { day, seconds: ticks / 1e4 };
}

/** Header 3: a tag of one byte, a length of three, the value; tag 1 holds a text for each user-defined type. */
function parseEventTexts(bytes: Uint8Array): ReadonlyMap<number, string> {
  const texts = new Map<number, string>();
  for (let at = 0; at + 4 <= bytes.length && bytes[at] !== 0;) {
    const tag = bytes[at]!;
    const length = bytes[at + 1]! | (bytes[at + 2]! << 8) | (bytes[at + 3]! << 16);
    const value = bytes.subarray(at + 4, at + 4 + length);
    if (tag === 1) {
      const parts = decodeText(value).split("\0");
      // some writers begin with a text for type 0, which is none
      const first = parts[0] === "" ? 0 : 1;
      parts.forEach((text, i) => {
        if (text !== "") texts.set(i + first, text);
      });
    }
    at += 4 + length;
  }
  return texts;
}

/** A field of text without padding, with spaces for control characters. */
function field(bytes: Uint8Array, at: number, width: number): string {
  const raw = bytes.subarray(at, at + width);
  const end = raw.indexOf(0);
  return (
    decodeText(end < 0 ? raw : raw.subarray(0, end))
      // oxlint-disable-next-line no-control-regex -- what writers left in the fields
      .replace(/[\u0000-\u001f\u007f-\u009f]/g, " ")
      .trim()
  );
}

function cutHeader(source: ByteSource, needed: number, nSignals?: number): EegError {
  return new EegError(
    "GDF_TRUNCATED",
    `${source.name}: the file ends within its GDF header: ${needed} bytes expected${nSignals === undefined ? "" : ` for ${nSignals} signals`}, got ${source.size}; copy it again`,
  );
}

function faulty(
  source: ByteSource,
  what: string,
  { expected, got, byte }: { readonly expected: string; readonly got: string; readonly byte: number },
): EegError {
  return new EegError(
    "GDF_HEADER",
    `${source.name}: GDF header, ${what}: expected ${expected}, got '${got}' (byte ${byte})`,
  );
}
