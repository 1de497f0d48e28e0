/** Builds EDF and BDF files by hand, field by field, so that any of them can be wrong. */

export interface BuiltSignal {
  readonly label?: string | Uint8Array;
  readonly transducer?: string;
  readonly unit?: string | Uint8Array;
  readonly physicalMin?: string;
  readonly physicalMax?: string;
  readonly digitalMin?: string;
  readonly digitalMax?: string;
  readonly prefilter?: string;
  readonly samplesPerRecord: number;
  /** What the field says, if something else. */
  readonly samplesPerRecordText?: string;
  /** The stored integer at a sample of a record; or the bytes of an annotation signal in a record. */
  readonly data: ((record: number, sample: number) => number) | ((record: number) => Uint8Array);
}

export interface Built {
  readonly bdf?: boolean;
  readonly version?: string;
  readonly patient?: string;
  readonly recording?: string;
  readonly date?: string;
  readonly time?: string;
  readonly headerLength?: string;
  readonly reserved?: string;
  readonly nRecords: number;
  readonly nRecordsText?: string;
  readonly duration?: string;
  readonly nSignalsText?: string;
  readonly signals: readonly BuiltSignal[];
}

/** A signal of plain numbers: digital = physical, in µV. */
export function signal(
  label: string,
  samplesPerRecord: number,
  data: (record: number, sample: number) => number,
): BuiltSignal {
  return { label, samplesPerRecord, data };
}

/** An annotation signal; `lists` gives the text of its lists in a record, `\x14` and all. */
export function annotations(
  samplesPerRecord: number,
  lists: (record: number) => string | Uint8Array,
  label = "EDF Annotations",
): BuiltSignal {
  return {
    label,
    unit: "",
    physicalMin: "-1",
    physicalMax: "1",
    samplesPerRecord,
    data: (record: number) => {
      const text = lists(record);
      return typeof text === "string" ? new TextEncoder().encode(text) : text;
    },
  };
}

export function build(file: Built): Uint8Array<ArrayBuffer> {
  const bytesPerSample = file.bdf ? 3 : 2;
  const ns = file.signals.length;
  const recordBytes = file.signals.reduce((sum, s) => sum + s.samplesPerRecord * bytesPerSample, 0);
  const bytes = new Uint8Array(256 * (ns + 1) + file.nRecords * recordBytes);
  let at = 0;
  const put = (value: string | Uint8Array, width: number): void => {
    const raw = typeof value === "string" ? Uint8Array.from(value, (c) => c.charCodeAt(0)) : value;
    bytes.fill(0x20, at, at + width).set(raw.subarray(0, width), at);
    at += width;
  };
  put(file.version ?? (file.bdf ? "\xffBIOSEMI" : "0"), 8);
  put(file.patient ?? "X X X X", 80);
  put(file.recording ?? "Startdate X X X X", 80);
  put(file.date ?? "02.08.51", 8);
  put(file.time ?? "22.15.00", 8);
  put(file.headerLength ?? String(256 * (ns + 1)), 8);
  put(file.reserved ?? "", 44);
  put(file.nRecordsText ?? String(file.nRecords), 8);
  put(file.duration ?? "1", 8);
  put(file.nSignalsText ?? String(ns), 4);
  const limit = 2 ** (8 * bytesPerSample - 1);
  for (const s of file.signals) put(s.label ?? "Cz", 16);
  for (const s of file.signals) put(s.transducer ?? "", 80);
  for (const s of file.signals) put(s.unit ?? "uV", 8);
  for (const s of file.signals) put(s.physicalMin ?? String(-limit), 8);
  for (const s of file.signals) put(s.physicalMax ?? String(limit - 1), 8);
  for (const s of file.signals) put(s.digitalMin ?? String(-limit), 8);
  for (const s of file.signals) put(s.digitalMax ?? String(limit - 1), 8);
  for (const s of file.signals) put(s.prefilter ?? "", 80);
  for (const s of file.signals) put(s.samplesPerRecordText ?? String(s.samplesPerRecord), 8);
  put("", 32 * ns);
  for (let r = 0; r < file.nRecords; r++)
    for (const s of file.signals) {
      const first = s.data(r, 0);
      if (typeof first !== "number") bytes.set(first.subarray(0, s.samplesPerRecord * bytesPerSample), at);
      else
        for (let i = 0; i < s.samplesPerRecord; i++) {
          const value = s.data(r, i) as number;
          for (let b = 0; b < bytesPerSample; b++) bytes[at + i * bytesPerSample + b] = value >> (8 * b);
        }
      at += s.samplesPerRecord * bytesPerSample;
    }
  return bytes;
}
