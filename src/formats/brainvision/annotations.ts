import { dayNumber, type LocalTime } from "../local-time.ts";
import { parseSections, splitFields } from "./fields.ts";

/** One line of a marker file (`.vmrk`, `.amrk`). */
export interface BrainVisionMarker {
  readonly type: string;
  readonly description: string;
  /** Index of the sample it stands at, from 0. (Files count from 1; -1 comes of a 0 in one.) */
  readonly sample: number;
  /** In samples. */
  readonly nSamples: number;
  /** Counted from 1; 0 for all channels. */
  readonly channel: number;
  /** When a `New Segment` begins; null where it does not say. */
  readonly time: LocalTime | null;
}

export interface MarkerList {
  /** By sample, those at the same one in the file's order. */
  readonly markers: readonly BrainVisionMarker[];
  /** What could not be understood, each with its line, counted from 1. */
  readonly faults: readonly { readonly message: string; readonly line: number }[];
}

/** Parses a marker file. A line that cannot be understood is a fault and harms no other. */
export function parseMarkers(bytes: Uint8Array): MarkerList {
  const { values } = parseSections(bytes);
  const markers: BrainVisionMarker[] = [];
  const faults: { message: string; line: number }[] = [];
  for (const [key, { value, line }] of values.get("marker infos") ?? []) {
    if (!/^mk\d+$/.test(key)) continue;
    const [type = "", description = "", ...numbers] = splitFields(value).map((field) => field.trim());
    const [position, size, channel] = numbers.slice(0, 3).map(parseCount);
    if (position === null || position === undefined) {
      faults.push({ message: `no marker: '${key}=${value.slice(0, 60)}' has no position`, line });
      continue;
    }
    markers.push({
      type,
      description,
      sample: position - 1,
      nSamples: size ?? 0,
      channel: channel ?? 0,
      time: isNewSegment(type) ? parseDate(numbers[3] ?? "") : null,
    });
  }
  return { markers: markers.sort((a, b) => a.sample - b.sample), faults };
}

export function isNewSegment(type: string): boolean {
  return /^new segment$/i.test(type);
}

/** What a marker is called elsewhere, as MNE has it: `Stimulus/S  1`, and its type alone without a description. */
export function markerText({ type, description }: BrainVisionMarker): string {
  return description === "" ? type : type === "" ? description : `${type}/${description}`;
}

function parseCount(text: string): number | null {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}

/** `YYYYMMDDhhmmssµµµµµµ`; zeros or nothing where the time is not known. */
function parseDate(text: string): LocalTime | null {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{6})$/.exec(text);
  if (!parts) return null;
  const [year, month, day, hours, minutes, seconds, micros] = parts.slice(1).map(Number);
  const number = dayNumber(year!, month!, day!);
  if (number === null || hours! > 23 || minutes! > 59 || seconds! > 59) return null;
  return { day: number, seconds: hours! * 3600 + minutes! * 60 + seconds! + micros! / 1e6 };
}
