import { EegError } from "../../eeg/errors.ts";
import { cos, sin } from "../../eeg/math.ts";
import { sfreqNear, type Sfreq } from "../../eeg/sfreq.ts";
import type { Position } from "../../eeg/stream-info.ts";
import type { RecordedFilter } from "../filters.ts";
import { parseSections, splitFields, type Entry, type Sections } from "./fields.ts";
import { parseFilterTables } from "./filters.ts";

/** What a header file (`.vhdr`, `.ahdr`) says. */
export interface BrainVisionHeader {
  /** As it is written; may be a path or hold `$b`. */
  readonly dataFile: string;
  readonly markerFile: string | null;
  readonly encoding: Encoding;
  /** `multiplexed`: all channels of one sample side by side; `vectorized`: all samples of one channel. */
  readonly orientation: "multiplexed" | "vectorized";
  readonly sfreq: Sfreq;
  /** Samples of each channel, where the header gives them. */
  readonly dataPoints: number | null;
  /** The length of segments that were cut out and strung together, where the header gives it. */
  readonly segmentPoints: number | null;
  readonly channels: readonly BrainVisionChannel[];
}

type Encoding = BinaryEncoding | AsciiEncoding;

export interface BinaryEncoding {
  readonly kind: "binary";
  readonly type: "INT_16" | "UINT_16" | "INT_32" | "IEEE_FLOAT_32";
  readonly bigEndian: boolean;
}

export interface AsciiEncoding {
  readonly kind: "ascii";
  readonly decimalSymbol: "." | ",";
  readonly skipLines: number;
  readonly skipColumns: number;
}

export interface BrainVisionChannel {
  readonly label: string;
  /** Empty where none is given. */
  readonly reference: string;
  /** What a stored number is multiplied with to be in `unit`. */
  readonly resolution: number;
  readonly unit: string;
  readonly position: Position | null;
  /** The amplifier's, then the recorder's. */
  readonly filters: readonly RecordedFilter[];
}

const binaryTypes = ["INT_16", "UINT_16", "INT_32", "IEEE_FLOAT_32"] as const;

/** More than any amplifier has; a header that says more is damaged. */
const mostChannels = 65536;

/**
 * Parses a header file.
 * @param name of the file, for messages
 * @throws EegError BRAINVISION_HEADER
 */
export function parseHeader(bytes: Uint8Array, name: string): BrainVisionHeader {
  const sections = parseSections(bytes);
  if (!isHeaderTitle(sections.title))
    throw new EegError(
      "BRAINVISION_HEADER",
      `${name}: BrainVision header, line 1: expected 'Brain Vision Data Exchange Header File', got '${sections.title.slice(0, 60)}'`,
    );
  const field = (section: string, key: string): Field => ({
    name,
    section,
    key,
    entry: sections.values.get(section.toLowerCase())?.get(key.toLowerCase()),
  });

  choice(field("Common Infos", "DataType"), ["TIMEDOMAIN"], "TIMEDOMAIN");
  const dataFile = text(field("Common Infos", "DataFile"));
  if (dataFile === "") throw faulty(field("Common Infos", "DataFile"), "the name of the data file (.eeg)");
  const count = integer(field("Common Infos", "NumberOfChannels"), { least: 1, most: mostChannels });
  const channels = parseChannels(sections, count, name);
  const format = choice(field("Common Infos", "DataFormat"), ["BINARY", "ASCII"], "BINARY");
  const orientation = choice(
    field("Common Infos", "DataOrientation"),
    ["MULTIPLEXED", "VECTORIZED"],
    "MULTIPLEXED",
  );
  const points = field("Common Infos", "DataPoints");
  const segmentation = text(field("Common Infos", "SegmentationType"));
  const segmentPoints = field("Common Infos", "SegmentDataPoints");
  const markerFile = text(field("Common Infos", "MarkerFile"));
  return {
    dataFile,
    markerFile: markerFile === "" ? null : markerFile,
    encoding:
      format === "BINARY"
        ? {
            kind: "binary",
            type: choice(field("Binary Infos", "BinaryFormat"), binaryTypes, null),
            bigEndian: choice(field("Binary Infos", "UseBigEndianOrder"), ["NO", "YES"], "NO") === "YES",
          }
        : {
            kind: "ascii",
            decimalSymbol: choice(field("ASCII Infos", "DecimalSymbol"), [".", ","], "."),
            skipLines: integer(field("ASCII Infos", "SkipLines"), { least: 0, absent: 0 }),
            skipColumns: integer(field("ASCII Infos", "SkipColumns"), { least: 0, absent: 0 }),
          },
    orientation: orientation === "MULTIPLEXED" ? "multiplexed" : "vectorized",
    sfreq: parseInterval(field("Common Infos", "SamplingInterval")),
    dataPoints: points.entry ? integer(points, { least: 0 }) : null,
    segmentPoints:
      /^(?:MARKERBASED|FIXTIME)$/i.test(segmentation) && segmentPoints.entry
        ? integer(segmentPoints, { least: 1 })
        : null,
    channels,
  };
}

/** Whether a file begins as a header file does. */
export function isBrainVision(head: Uint8Array): boolean {
  return isHeaderTitle(new TextDecoder().decode(head));
}

/** V-Amp recorders have a spelling of their own. */
function isHeaderTitle(line: string): boolean {
  return /^;?\s*Brain ?Vision\b.*\bHeader File\b/i.test(line);
}

function parseChannels(sections: Sections, count: number, name: string): BrainVisionChannel[] {
  const lines = sections.values.get("channel infos") ?? new Map<string, Entry>();
  const places = sections.values.get("coordinates");
  const numbered = [...lines.keys()].filter((key) => /^ch\d+$/.test(key));
  if (numbered.length !== count)
    throw new EegError(
      "BRAINVISION_HEADER",
      `${name}: BrainVision header, [Common Infos] NumberOfChannels: ${count}, but [Channel Infos] has ${numbered.length} lines; which is right cannot be known, so the data cannot be told apart`,
    );
  const channels = Array.from({ length: count }, (_, i): Omit<BrainVisionChannel, "filters"> => {
    const key = `ch${i + 1}`;
    const entry = lines.get(key);
    if (!entry)
      throw new EegError(
        "BRAINVISION_HEADER",
        `${name}: BrainVision header, [Channel Infos] Ch${i + 1}: absent, though there are ${count} channels`,
      );
    const [label = "", reference = "", resolution = "", unit = ""] = splitFields(entry.value).map((part) =>
      part.trim(),
    );
    const gain = resolution === "" ? 1 : Number(resolution);
    if (!Number.isFinite(gain) || gain === 0)
      throw new EegError(
        "BRAINVISION_HEADER",
        `${name}: BrainVision header, [Channel Infos] Ch${i + 1} '${label}', resolution: expected a number that is not 0, got '${resolution}' (line ${entry.line})`,
      );
    return {
      label,
      reference,
      resolution: gain,
      unit: unit === "" ? "µV" : unit, // what the format says an omitted unit is
      position: parsePosition(places?.get(key)?.value),
    };
  });
  const filters = parseFilterTables(sections.comment, count);
  return channels.map((channel, i) => ({ ...channel, filters: filters[i]! }));
}

/** Radius, angle from the vertex toward the right ear, angle around it from the right ear, in degrees; 0 radius: unknown. */
function parsePosition(value: string | undefined): Position | null {
  const [radius, theta, phi] = (value ?? "").split(",").map(Number);
  if (!(radius! > 0) || !Number.isFinite(theta) || !Number.isFinite(phi)) return null;
  const [t, p] = [(theta! * Math.PI) / 180, (phi! * Math.PI) / 180];
  return [sin(t) * cos(p), sin(t) * sin(p), cos(t)];
}

/**
 * Samples a second from the sampling interval in µs, as exactly as it is written: an interval with decimals was
 * rounded, and stands for the simplest rate that rounds to it (3333.333 for 300 Hz).
 */
function parseInterval(field: Field): Sfreq {
  const written = text(field).replace(",", ".");
  const interval =
    /^\d*\.?\d*(?:e[+-]?\d{1,3})?$/i.test(written) && written !== "" ? Number(written) : Number.NaN;
  if (!(interval > 0 && interval < 1e12)) throw faulty(field, "the time from sample to sample in µs, > 0");
  const decimals = /\.(\d+)$/.exec(written)?.[1]!.length ?? 0;
  const hz = 1e6 / interval;
  return sfreqNear(hz, decimals < 3 ? 0 : ((0.5 / 10 ** decimals) * hz) / interval);
}

/** A field of the header, there or not. */
interface Field {
  readonly name: string;
  readonly section: string;
  readonly key: string;
  readonly entry: Entry | undefined;
}

function text({ entry }: Field): string {
  return entry?.value.trim() ?? "";
}

function integer(
  field: Field,
  { least, most = Number.MAX_SAFE_INTEGER, absent }: { least: number; most?: number; absent?: number },
): number {
  const written = text(field);
  if (written === "" && absent !== undefined) return absent;
  const value = /^\d+$/.test(written) ? Number(written) : Number.NaN;
  if (!(value >= least && value <= most)) throw faulty(field, `an integer of ${least} or more`);
  return value;
}

/** One of some words. @param absent what a missing field means, or null if it may not be missing */
function choice<Word extends string>(field: Field, words: readonly Word[], absent: Word | null): Word {
  const written = text(field).toUpperCase();
  const found = words.find((word) => word === written);
  if (found !== undefined) return found;
  if (written === "" && absent !== null) return absent;
  throw faulty(field, words.join(" or "));
}

function faulty(field: Field, expected: string): EegError {
  const { name, section, key, entry } = field;
  const got = entry ? `got '${text(field).slice(0, 60)}' (line ${entry.line})` : "it is absent";
  return new EegError(
    "BRAINVISION_HEADER",
    `${name}: BrainVision header, [${section}] ${key}: expected ${expected}, ${got}`,
  );
}
