import type { Diagnostics } from "../diagnostics.ts";
import type { TimedText } from "./annotations.ts";
import type { EdfHeader, EdfSignal } from "./header.ts";
import { readBytes, readRecords, sparseRecordBytes, type EdfRecords } from "./records.ts";

/**
 * The Status signal of BioSemi's recorders (biosemi.com, "Trigger signals" and "BDF file format"): bits 0-15 are the
 * trigger inputs, bit 16 is set where a new epoch begins, bits 17-19 and 21 tell the speed mode, bit 20 is set while
 * the common mode sense electrode (CMS) is within range, bit 22 while the battery is low, bit 23 tells the model.
 */
const bits = { triggers: 0xffff, newEpoch: 1 << 16, cmsInRange: 1 << 20, batteryLow: 1 << 22 };

/** The signal of a plain BDF file that holds triggers; where there are annotations, these say what was meant. */
function statusSignal({ format, signals }: EdfHeader): EdfSignal | null {
  if (format !== "BDF") return null;
  return signals.find(({ label }) => /^status$/i.test(label)) ?? null;
}

/** Reads a Status signal record by record, in order. */
export interface StatusReader {
  /** Where the signal begins in a data record, and how many bytes it has there. */
  readonly byteOffset: number;
  readonly length: number;
  /** What changes within a record. @param bytes those of the signal in it */
  texts(bytes: Uint8Array, record: number): readonly TimedText[];
}

/**
 * A text for each change of the triggers to a number that is neither 0 nor what they rest at (inputs that nothing is
 * connected to are set), and for each change of what the amplifier says of itself. None for the first sample.
 * @returns null for a file without such a signal
 */
export function createStatusReader(header: EdfHeader, diagnostics: Diagnostics): StatusReader | null {
  const signal = statusSignal(header);
  if (!signal) return null;
  const { byteOffset, samplesPerRecord } = signal;
  const { num, den } = header.recordDuration;
  let last = -1;
  let rest = 0;

  function changed(value: number, at: number, texts: TimedText[]): void {
    const onset = (at * num) / (den * samplesPerRecord);
    const say = (text: string): void => void texts.push({ onset, duration: null, text });
    const triggers = value & bits.triggers;
    if (triggers !== (last & bits.triggers) && triggers !== 0 && triggers !== rest)
      say(`trigger ${triggers}`);
    const set = value & ~last;
    const cleared = last & ~value;
    if (set & bits.newEpoch) say("new epoch");
    if (set & bits.cmsInRange) say("CMS in range");
    if (cleared & bits.cmsInRange) {
      say("CMS out of range");
      diagnostics.add({
        code: "BDF_CMS_OUT_OF_RANGE",
        message: `by its Status signal the amplifier's CMS electrode lost contact at ${Number(onset.toFixed(3))} s; what was recorded until it is in range again is no EEG`,
        place: { record: Math.floor(at / samplesPerRecord) },
      });
    }
    if (set & bits.batteryLow) {
      say("battery low");
      diagnostics.add({
        code: "BDF_BATTERY_LOW",
        message: `by its Status signal the amplifier's battery was low from ${Number(onset.toFixed(3))} s on`,
        place: { record: Math.floor(at / samplesPerRecord) },
      });
    }
  }

  return {
    byteOffset,
    length: samplesPerRecord * header.bytesPerSample,
    texts(bytes, record) {
      const texts: TimedText[] = [];
      for (let i = 0; i + 2 < bytes.length; i += 3) {
        const value = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16);
        if (value === last) continue;
        if (last < 0) rest = value & bits.triggers;
        else changed(value, record * samplesPerRecord + i / 3, texts);
        last = value;
      }
      return texts;
    },
  };
}

/** Records whose Status is read at a time where only it is wanted. */
const together = 64;

/** All that a Status signal says, in order; of large records nothing else is read. */
export async function readStatus(records: EdfRecords, diagnostics: Diagnostics): Promise<TimedText[]> {
  const { header, count } = records;
  const { recordBytes, dataOffset } = header;
  const status = createStatusReader(header, diagnostics);
  if (!status) return [];
  const { byteOffset, length } = status;
  const all: TimedText[] = [];
  if (recordBytes < sparseRecordBytes)
    for await (const { first, count: n, bytes } of readRecords(records))
      for (let i = 0; i < n; i++) {
        const at = i * recordBytes + byteOffset;
        all.push(...status.texts(bytes.subarray(at, at + length), first + i));
      }
  else
    for (let first = 0; first < count; first += together) {
      const reads = Array.from({ length: Math.min(together, count - first) }, (_, i) =>
        readBytes(records, { offset: dataOffset + (first + i) * recordBytes + byteOffset, length }),
      );
      for (const [i, bytes] of (await Promise.all(reads)).entries())
        all.push(...status.texts(bytes, first + i));
    }
  return all;
}
