/** Annotation lists as EDF+ stores them (EDF+ 2.2.2): `+onset[0x15 duration]0x14 text 0x14 0x00`. */

const encoder = new TextEncoder();

/** What the list that says when a record begins takes at most: sign, 10 digits, point, 7 decimals, control bytes. */
export const longestTime = 22;

/** Times in seconds from the header's start time. */
export interface WrittenAnnotation {
  readonly onset: number;
  /** 0 for none. */
  readonly duration: number;
  readonly text: string;
}

/** The list that every record begins with: when it was. */
export function formatRecordTime(onset: number): Uint8Array {
  return encoder.encode(`${stamp(onset)}\x14\x14\0`);
}

export function formatAnnotation({ onset, duration, text }: WrittenAnnotation): Uint8Array {
  const lasting = duration > 0 ? `\x15${stamp(duration).slice(1)}` : "";
  // the bytes that structure a list may not stand in a text
  // oxlint-disable-next-line no-control-regex
  return encoder.encode(`${stamp(onset)}${lasting}\x14${text.replace(/[\x00\x14\x15]/g, " ")}\x14\0`);
}

/** A time in seconds: signed, no exponent, at most 7 decimals. */
function stamp(seconds: number): string {
  const text = Math.abs(seconds)
    .toFixed(7)
    .replace(/\.?0+$/, "");
  return `${seconds < 0 ? "-" : "+"}${text === "" ? "0" : text}`;
}
