import { decodeText } from "./fields.ts";

/** One entry of a time-stamped annotations list (TAL, EDF+ 2.2.2). Times in seconds from the header's start time. */
export interface TimedText {
  readonly onset: number;
  /** Null where none is given. */
  readonly duration: number | null;
  readonly text: string;
}

export interface AnnotationList {
  /** Every text but the empty ones. */
  readonly texts: readonly TimedText[];
  /** The onset of the first list if its first text is empty: when the data record begins. Else null. */
  readonly recordOnset: number | null;
  /** What could not be understood, each as a clause with the byte where it stands. */
  readonly faults: readonly { readonly message: string; readonly byte: number }[];
}

const endOfList = 0x00;
const endOfText = 0x14;
const beforeDuration = 0x15;

const nothing: AnnotationList = { texts: [], recordOnset: null, faults: [] };

/**
 * Parses what one annotation signal holds in one data record: `+onset[0x15 duration]0x14 text 0x14 ... 0x00`.
 * Cut at its control bytes first and decoded then, so that a text in another encoding harms no other.
 */
export function parseAnnotations(bytes: Uint8Array): AnnotationList {
  const texts: TimedText[] = [];
  const faults: { message: string; byte: number }[] = [];
  let recordOnset: number | null = null;
  let first = true;
  for (let start = 0; start < bytes.length;) {
    if (bytes[start] === endOfList) {
      start++;
      continue;
    }
    let end = bytes.indexOf(endOfList, start);
    if (end < 0) end = bytes.length;
    const parts = split(bytes.subarray(start, end));
    const stamp = parts && parseStamp(parts[0]!);
    if (!stamp) {
      faults.push({ message: `no annotation: ${quoted(bytes.subarray(start, end))}`, byte: start });
    } else {
      if (first && parts[1]!.length === 0) recordOnset = stamp.onset;
      if (!stamp.signed)
        faults.push({ message: `the onset ${stamp.onset} has no sign; taken as +`, byte: start });
      if (stamp.duration !== null && stamp.duration < 0)
        faults.push({ message: `the duration ${stamp.duration} is negative; kept`, byte: start });
      for (const part of parts.slice(1))
        if (part.length > 0)
          texts.push({ onset: stamp.onset, duration: stamp.duration, text: decodeText(part) });
    }
    first = false;
    start = end + 1;
  }
  return texts.length === 0 && recordOnset === null && faults.length === 0
    ? nothing
    : { texts, recordOnset, faults };
}

/** The parts of a list: its stamp and its texts. Null if it has no text's end at all. */
function split(list: Uint8Array): Uint8Array[] | null {
  const parts: Uint8Array[] = [];
  let start = 0;
  for (let end = list.indexOf(endOfText); end >= 0; end = list.indexOf(endOfText, start)) {
    parts.push(list.subarray(start, end));
    start = end + 1;
  }
  if (start < list.length) parts.push(list.subarray(start)); // a last text whose end is missing
  return parts.length >= 2 ? parts : null;
}

interface Stamp {
  readonly onset: number;
  readonly duration: number | null;
  readonly signed: boolean;
}

/** A sign, digits and a point; an exponent or a comma is no time (EDF+ 2.2.2). */
const timeForm = /^([+-])?(?:\d+\.?\d*|\.\d+)$/;

function parseStamp(bytes: Uint8Array): Stamp | null {
  if (bytes.length > 64) return null;
  const [onset, duration, ...rest] = String.fromCharCode(...bytes).split(String.fromCharCode(beforeDuration));
  const match = timeForm.exec(onset!);
  if (!match || rest.length > 0) return null;
  if (duration !== undefined && duration !== "" && !timeForm.test(duration)) return null;
  return {
    onset: Number(onset),
    duration: duration === undefined || duration === "" ? null : Number(duration),
    signed: match[1] !== undefined,
  };
}

function quoted(bytes: Uint8Array): string {
  const shown = decodeText(bytes.subarray(0, 24))
    // oxlint-disable-next-line no-control-regex -- control characters have no place in a message
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, "·");
  return `'${shown}${bytes.length > 24 ? "…" : ""}'`;
}
