import { EegError } from "../../eeg/errors.ts";
import type { ByteSource } from "../byte-source.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { LocalTime } from "../local-time.ts";
import {
  decodeLatin1,
  decodeText,
  parseFraction,
  parseInteger,
  parseNumber,
  type Decimal,
} from "./fields.ts";
import { parseMissingField, segmentsField } from "./missing.ts";
import { parseStartTime } from "./start-time.ts";

/** What the header of an EDF or BDF file says (Kemp et al. 1992; EDF+ 2003; BDF: 24 bits in place of 16). */
export interface EdfHeader {
  readonly format: EdfFormat;
  /** 2 in EDF, 3 in BDF; two's complement, least significant byte first. */
  readonly bytesPerSample: 2 | 3;
  readonly patient: string;
  readonly recording: string;
  readonly startTime: LocalTime | null;
  /** Where the first data record begins: 256 · (signals + 1), whatever the header's own count says. */
  readonly dataOffset: number;
  /** Null where it is unknown: -1 while recording, or no number. */
  readonly nRecordsDeclared: number | null;
  /** In seconds; 0 only where there are annotations and nothing else. */
  readonly recordDuration: Decimal;
  /** The field as it was written: how many digits it has tells how exact it can be. */
  readonly recordDurationText: string;
  readonly recordBytes: number;
  readonly signals: readonly EdfSignal[];
  /** Annotations say where segments begin and samples are missing: see `missing.ts`. */
  readonly segmentsMarked: boolean;
}

type EdfFormat = "EDF" | "EDF+C" | "EDF+D" | "BDF" | "BDF+C" | "BDF+D";

export interface EdfSignal {
  /** Counted from 1, as messages do. */
  readonly number: number;
  readonly label: string;
  readonly transducer: string;
  readonly unit: string;
  /** NaN in each of the four where the field is no number. */
  readonly physicalMin: number;
  readonly physicalMax: number;
  readonly digitalMin: number;
  readonly digitalMax: number;
  readonly prefilter: string;
  readonly samplesPerRecord: number;
  /** Where its samples begin in a data record. */
  readonly byteOffset: number;
  /** Holds annotation lists in place of samples. */
  readonly annotations: boolean;
  readonly reserved: string;
  /** The integer that stands for a missing sample, or null: see `missing.ts`. */
  readonly missing: number | null;
}

/** Widths of the fields of one signal; all signals' labels come first, then all transducers, and so on. */
const signalFields = {
  label: 16,
  transducer: 80,
  unit: 8,
  physicalMin: 8,
  physicalMax: 8,
  digitalMin: 8,
  digitalMax: 8,
  prefilter: 80,
  samplesPerRecord: 8,
  reserved: 32,
} as const;

/**
 * Reads the header of an EDF, EDF+, BDF or BDF+ file.
 * @throws EegError EDF_HEADER, EDF_TRUNCATED
 */
export async function readHeader(source: ByteSource, diagnostics: Diagnostics): Promise<EdfHeader> {
  const fixed = await source.read(0, 256);
  if (fixed.length < 256) throw cutHeader(source, 256);
  const field = fieldReader(source, fixed);

  const nSignalsText = field(252, 4);
  const nSignals = parseInteger(nSignalsText);
  if (nSignals === null || nSignals < 1)
    throw faulty(source, {
      field: "number of signals",
      expected: "an integer > 0",
      got: nSignalsText,
      byte: 252,
      hint: shiftedHeader(fixed),
    });
  const dataOffset = 256 * (nSignals + 1);
  if (source.size < dataOffset) throw cutHeader(source, dataOffset);

  const bdf = fixed[0] === 0xff;
  const version = field(0, 8);
  if (!bdf && version !== "0")
    throw faulty(source, { field: "version", expected: "'0'", got: version, byte: 0 });

  const reserved = field(192, 44);
  const plus = /^(?:EDF|BDF)\+([CD])/.exec(reserved);
  if (!plus && reserved !== "" && !(bdf && reserved.startsWith("24BIT")))
    diagnostics.add({
      code: "EDF_RESERVED",
      message: `the reserved field says '${reserved}' (byte 192), which is no mark of EDF+; read as plain ${bdf ? "BDF" : "EDF"}`,
      place: { byte: 192 },
    });
  const format = `${bdf ? "BDF" : "EDF"}${plus ? `+${plus[1] as "C" | "D"}` : ""}` as EdfFormat;

  const declaredText = field(184, 8);
  if (parseInteger(declaredText) !== dataOffset)
    diagnostics.add({
      code: "EDF_HEADER_LENGTH",
      message: `the header gives its length as '${declaredText}' (byte 184), ${nSignals} signals make ${dataOffset}; the latter was used`,
      place: { byte: 184 },
    });

  const patient = field(8, 80);
  const recording = field(88, 80);
  const start = parseStartTime(field(168, 8), field(176, 8), recording);
  if (start.fault) diagnostics.add({ code: "EDF_START_TIME", message: start.fault, place: { byte: 168 } });

  const recordDurationText = field(244, 8);
  const recordDuration = parseFraction(recordDurationText.replace(",", "."));
  // more than 7 decimals do not fit the field; an exponent could ask for a rate beyond all integers
  if (!recordDuration || recordDuration.den > 1e7)
    throw faulty(source, {
      field: "duration of a data record",
      expected: "a number of seconds >= 0",
      got: recordDurationText,
      byte: 244,
    });

  const bytesPerSample = bdf ? 3 : 2;
  const names = fieldReader(source, await source.read(256, dataOffset - 256), 256);
  const signals = parseSignals(names, { source, nSignals, bytesPerSample, plus: plus !== null, diagnostics });
  if (recordDuration.num === 0 && signals.some((signal) => !signal.annotations))
    throw faulty(source, {
      field: "duration of a data record",
      expected: "a number of seconds > 0, for there are signals besides annotations",
      got: recordDurationText,
      byte: 244,
    });
  if (plus && !signals.some((signal) => signal.annotations))
    diagnostics.add({
      code: "EDF_ANNOTATIONS_ABSENT",
      message: `the file is marked ${format} but no signal is labelled '${bdf ? "BDF" : "EDF"} Annotations'; read without annotations and record times`,
      place: { byte: 192 },
    });

  return {
    format,
    bytesPerSample,
    patient,
    recording,
    startTime: start.time,
    dataOffset,
    nRecordsDeclared: recordCount(field(236, 8), diagnostics),
    recordDuration,
    recordDurationText,
    recordBytes: signals.reduce((sum, signal) => sum + signal.samplesPerRecord * bytesPerSample, 0),
    signals,
    segmentsMarked: signals.some(({ annotations, reserved: own }) => annotations && own === segmentsField),
  };
}

function recordCount(text: string, diagnostics: Diagnostics): number | null {
  const count = parseInteger(text);
  if (count !== null && count > 0) return count;
  if (count !== -1)
    diagnostics.add({
      code: "EDF_RECORD_COUNT",
      message: `the number of data records is '${text}' (byte 236); as many were read as the file holds`,
      place: { byte: 236 },
    });
  return null;
}

interface SignalContext {
  readonly source: ByteSource;
  readonly nSignals: number;
  readonly bytesPerSample: number;
  readonly plus: boolean;
  readonly diagnostics: Diagnostics;
}

function parseSignals(
  field: (byte: number, width: number) => string,
  { source, nSignals, bytesPerSample, plus, diagnostics }: SignalContext,
): EdfSignal[] {
  const signals: EdfSignal[] = [];
  let byteOffset = 0;
  for (let i = 0; i < nSignals; i++) {
    let start = 256;
    const text = {} as Record<keyof typeof signalFields, string>;
    const byte = {} as Record<keyof typeof signalFields, number>;
    for (const [name, width] of Object.entries(signalFields) as [keyof typeof signalFields, number][]) {
      byte[name] = start + i * width;
      text[name] = field(byte[name], width);
      start += nSignals * width;
    }
    const samplesPerRecord = parseInteger(text.samplesPerRecord);
    if (samplesPerRecord === null || samplesPerRecord < 1)
      throw faulty(source, {
        field: `signal ${i + 1} of ${nSignals}, samples per record`,
        expected: "an integer > 0",
        got: text.samplesPerRecord,
        byte: byte.samplesPerRecord,
      });
    const annotations = plus && /^(EDF|BDF) Annotations$/.test(text.label);
    const number = (name: "physicalMin" | "physicalMax" | "digitalMin" | "digitalMax"): number => {
      const value = parseNumber(text[name].replace(",", "."));
      if (text[name].includes(",") && value !== null && !annotations)
        diagnostics.add({
          code: "EDF_DECIMAL_COMMA",
          message: `signal ${i + 1} of ${nSignals} has '${text[name]}' with a comma (byte ${byte[name]}); taken as ${value}`,
          place: { byte: byte[name], channel: text.label },
        });
      return value ?? Number.NaN;
    };
    signals.push({
      number: i + 1,
      label: text.label,
      transducer: text.transducer,
      unit: text.unit,
      physicalMin: number("physicalMin"),
      physicalMax: number("physicalMax"),
      digitalMin: number("digitalMin"),
      digitalMax: number("digitalMax"),
      prefilter: text.prefilter,
      samplesPerRecord,
      byteOffset,
      annotations,
      missing: annotations ? null : parseMissingField(text.reserved),
      reserved: text.reserved,
    });
    byteOffset += samplesPerRecord * bytesPerSample;
  }
  return signals;
}

/** Reads fields of a part of the header, without padding and with spaces for control characters. */
function fieldReader(source: ByteSource, bytes: Uint8Array, at = 0): (byte: number, width: number) => string {
  if (bytes.length < 256) throw cutHeader(source, at + 256);
  return (byte, width) =>
    decodeText(bytes.subarray(byte - at, byte - at + width))
      // oxlint-disable-next-line no-control-regex -- what programs other than EDF's left in its fields
      .replace(/[\u0000-\u001f\u007f-\u009f]/g, " ")
      .trim();
}

function cutHeader(source: ByteSource, needed: number): EegError {
  return new EegError(
    "EDF_TRUNCATED",
    `${source.name}: the file ends within its EDF header: ${needed} bytes expected, got ${source.size}; copy it again in binary mode`,
  );
}

interface Fault {
  readonly field: string;
  readonly expected: string;
  readonly got: string;
  readonly byte: number;
  readonly hint?: string | null;
}

function faulty(source: ByteSource, { field, expected, got, byte, hint }: Fault): EegError {
  return new EegError(
    "EDF_HEADER",
    `${source.name}: EDF header, ${field}: expected ${expected}, got '${got}' (byte ${byte})${hint ? `; ${hint}` : ""}`,
  );
}

/** An editor that took or added bytes moves all fields behind them: the start date tells by how much. */
function shiftedHeader(fixed: Uint8Array): string | null {
  const at = decodeLatin1(fixed).search(/\d\d\.\d\d\.\d\d\d\d\.\d\d\.\d\d/);
  if (at < 0 || at === 168) return null;
  const bytes = Math.abs(at - 168);
  return `the start date stands ${bytes} byte${bytes > 1 ? "s" : ""} too ${at < 168 ? "early" : "late"}, so the header was edited as text; export the recording again`;
}
