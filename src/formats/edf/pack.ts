import type { Samples } from "../../eeg/item.ts";
import type { FileLayout } from "./file-layout.ts";
import { missingCode } from "./missing.ts";

/** The data record that is being filled. */
export interface RecordMemory {
  readonly bytes: Uint8Array;
  /** Where its annotations stand. */
  readonly area: Uint8Array;
  /** Stores samples `from` to `from + count` of an item as the record's from `at` on. */
  put(item: Samples, stretch: { readonly from: number; readonly count: number; readonly at: number }): void;
  /** Stores missing samples, or where the file has none the number nearest to 0. */
  fill(at: number, count: number): void;
  /** How many samples of each channel, by its label, lay beyond what it can hold. */
  readonly clipped: ReadonlyMap<string, number>;
}

/** The numbers are rounded to the nearest integer; NaN is stored as missing. */
export function createRecordMemory(layout: FileLayout): RecordMemory {
  const { scales, samplesPerRecord, bytesPerSample, recordBytes, discontinuous, format } = layout;
  const bytes = new Uint8Array(recordBytes);
  const clipped = new Map<string, number>();
  const missing = missingCode(bytesPerSample);
  return {
    bytes,
    clipped,
    area: bytes.subarray(scales.length * samplesPerRecord * bytesPerSample),
    put({ start, data, nSamples }, { from, count, at }) {
      for (let c = 0; c < scales.length; c++) {
        const { label, gain, offset, digitalMin, digitalMax } = scales[c]!;
        let byte = (c * samplesPerRecord + at) * bytesPerSample;
        let beyond = 0;
        for (let i = c * nSamples + from, end = i + count; i < end; i++) {
          let value = Math.round((data[i]! - offset) / gain);
          if (value !== value) {
            if (!discontinuous)
              throw new RangeError(
                `${format} holds no NaN: '${label}', sample ${start + (i - c * nSamples)}; ${format.slice(0, 3)}+D does`,
              );
            value = missing;
          } else if (value < digitalMin || value > digitalMax) {
            value = value < digitalMin ? digitalMin : digitalMax;
            beyond++;
          }
          bytes[byte++] = value;
          bytes[byte++] = value >> 8;
          if (bytesPerSample === 3) bytes[byte++] = value >> 16;
        }
        if (beyond > 0) clipped.set(label, (clipped.get(label) ?? 0) + beyond);
      }
    },
    fill(at, count) {
      for (const [c, { gain, offset, digitalMin, digitalMax }] of scales.entries()) {
        const rest = Math.min(digitalMax, Math.max(digitalMin, Math.round(-offset / gain)));
        const value = discontinuous ? missing : rest;
        for (let i = at; i < at + count; i++)
          for (let b = 0; b < bytesPerSample; b++)
            bytes[(c * samplesPerRecord + i) * bytesPerSample + b] = value >> (8 * b);
      }
    },
  };
}
