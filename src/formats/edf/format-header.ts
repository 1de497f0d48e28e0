import type { AppliedFilter } from "../../eeg/stream-info.ts";

export type WrittenFormat = "EDF+C" | "EDF+D" | "BDF+C" | "BDF+D";

/** A header as it is to be written, with every value in the words of the file. */
export interface HeaderFields {
  readonly format: WrittenFormat;
  readonly patient: string;
  readonly recording: string;
  /** `dd.mm.yy` and `hh.mm.ss`. */
  readonly startDate: string;
  readonly startClock: string;
  /** -1 while it is not known. */
  readonly nRecords: number;
  readonly recordSeconds: number;
  readonly signals: readonly SignalFields[];
}

export interface SignalFields {
  readonly label: string;
  readonly unit: string;
  readonly physicalMin: string;
  readonly physicalMax: string;
  readonly digitalMin: number;
  readonly digitalMax: number;
  readonly prefilter: string;
  readonly samplesPerRecord: number;
  readonly reserved: string;
}

/**
 * The header of an EDF+ or BDF+ file: 256 bytes and 256 for each signal, field after field (EDF 1992; EDF+ 2.1).
 * @throws RangeError if a value does not fit its field
 */
export function formatHeader(header: HeaderFields): Uint8Array {
  const bytes = new Uint8Array(256 * (header.signals.length + 1)).fill(0x20);
  let at = 0;
  const put = (name: string, value: string | number, width: number): void => {
    const text = String(value);
    if (text.length > width || !/^[ -~]*$/.test(text))
      throw new RangeError(`EDF header, ${name}: expected at most ${width} ASCII characters, got '${text}'`);
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
    at += width;
  };
  const bdf = header.format.startsWith("BDF");
  put("version", bdf ? " BIOSEMI" : "0", 8);
  if (bdf) bytes[0] = 0xff;
  put("patient", header.patient, 80);
  put("recording", header.recording, 80);
  put("start date", header.startDate, 8);
  put("start time", header.startClock, 8);
  put("header length", bytes.length, 8);
  put("reserved", header.format, 44);
  put("number of records", header.nRecords, 8);
  put("duration of a record", header.recordSeconds, 8);
  put("number of signals", header.signals.length, 4);
  const all = (name: string, width: number, value: (signal: SignalFields) => string | number): void =>
    header.signals.forEach((signal) => put(`${name} of '${signal.label}'`, value(signal), width));
  all("label", 16, (signal) => signal.label);
  all("transducer", 80, () => "");
  all("physical dimension", 8, (signal) => signal.unit);
  all("physical minimum", 8, (signal) => signal.physicalMin);
  all("physical maximum", 8, (signal) => signal.physicalMax);
  all("digital minimum", 8, (signal) => signal.digitalMin);
  all("digital maximum", 8, (signal) => signal.digitalMax);
  all("prefiltering", 80, (signal) => signal.prefilter);
  all("samples per record", 8, (signal) => signal.samplesPerRecord);
  all("reserved", 32, (signal) => signal.reserved);
  return bytes;
}

/** The field of the header that has to change while a file grows, and where it stands. */
export function formatRecordCount(nRecords: number): { readonly byte: number; readonly bytes: Uint8Array } {
  return { byte: 236, bytes: new TextEncoder().encode(String(nRecords).padEnd(8)) };
}

/**
 * A number in the eight characters of a header field, as exactly as they allow; with an exponent if nothing else fits.
 * @throws RangeError if no eight characters come near
 */
export function formatNumber(value: number): string {
  for (let digits = 17; digits > 0; digits--) {
    const text = String(Number(value.toPrecision(digits)));
    if (text.length <= 8 && !text.includes("e")) return text;
  }
  for (let digits = 6; digits > 0; digits--) {
    const text = value.toExponential(digits - 1).replace("+", "");
    if (text.length <= 8) return text;
  }
  throw new RangeError(`EDF header: ${value} does not fit 8 characters`);
}

/** Start date and time of a header from a local ISO time; the fraction of a second goes to the records. */
export function formatStart(t0: string | null): {
  readonly startDate: string;
  readonly startClock: string;
  /** `dd-MMM-yyyy` as EDF+ has it in the recording identification, or X. */
  readonly fullDate: string;
  readonly fraction: number;
} {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?$/.exec(t0 ?? "");
  if (!match) {
    if (t0 !== null) throw new RangeError(`t0: expected local ISO time, got '${t0}'`);
    return { startDate: "01.01.85", startClock: "00.00.00", fullDate: "X", fraction: 0 };
  }
  const [, year, month, day, hours, minutes, seconds, fraction] = match;
  const clipped = Number(year) >= 1985 && Number(year) <= 2084; // beyond, the field says yy (EDF+ 2.1.3.3)
  const name = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ")[Number(month) - 1]!;
  return {
    startDate: `${day}.${month}.${clipped ? year!.slice(2) : "yy"}`,
    startClock: `${hours}.${minutes}.${seconds}`,
    fullDate: `${day}-${name}-${year}`,
    fraction: Number(fraction ?? 0),
  };
}

/** Filters in the words of the prefiltering field, `HP:0.1Hz LP:75Hz N:50Hz`. */
export function formatPrefilter(filters: readonly AppliedFilter[]): string {
  const words = filters.flatMap(({ kind, lowHz, highHz }) => {
    if (kind === "notch") return lowHz === undefined ? [] : [`N:${lowHz}Hz`];
    if (kind !== "highpass" && kind !== "lowpass" && kind !== "bandpass") return [];
    return [
      ...(lowHz === undefined ? [] : [`HP:${lowHz}Hz`]),
      ...(highHz === undefined ? [] : [`LP:${highHz}Hz`]),
    ];
  });
  return words.join(" ").slice(0, 80);
}
