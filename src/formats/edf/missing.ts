import type { Gap, Samples } from "../../eeg/item.ts";
import type { StoredRun } from "./stored-run.ts";

/**
 * EDF has no NaN. What brainwire writes to EDF+D and BDF+D says it all the same: the lowest integer lies below the
 * declared digital range and stands for a sample that is missing, which the signal's reserved field spells out; an
 * annotation names stretches in which all channels are missing, and one the records that begin a segment. A file
 * without that field is read as it stands.
 */
export const missingText = "BAD_missing, all channels"; // MNE leaves out what is annotated BAD
export const segmentText = "New Segment, own grid";

/** The reserved field of the annotation signal where `segmentText` and `missingText` have their meaning. */
export const segmentsField = "segments and gaps are annotated";

/** The lowest integer of 16 or 24 bits. */
export function missingCode(bytesPerSample: 2 | 3): number {
  return -(2 ** (8 * bytesPerSample - 1));
}

export function missingField(code: number): string {
  return `${code} stands for missing`;
}

/** The integer that a signal's reserved field reserves, or null. */
export function parseMissingField(reserved: string): number | null {
  const match = /^(-\d{1,7}) stands for missing$/.exec(reserved);
  return match ? Number(match[1]) : null;
}

/**
 * Puts NaN where the stored integer is the signal's code for missing.
 * @param data the numbers of the run, channel after channel
 */
export function markMissing(run: StoredRun, data: Float32Array, bytesPerSample: 2 | 3): void {
  const { bytes, at, recordBytes, nRecords, skip, drop, signals } = run;
  let to = 0;
  for (const { byteOffset, samplesPerRecord, missing } of signals) {
    const [low, high] = [(missing ?? 0) & 0xff, ((missing ?? 0) >> (8 * (bytesPerSample - 1))) & 0xff];
    for (let r = 0; r < nRecords; r++) {
      const start = at + r * recordBytes + byteOffset;
      const first = r === 0 ? skip : 0;
      const last = samplesPerRecord - (r === nRecords - 1 ? drop : 0);
      if (missing !== null)
        for (let i = first; i < last; i++) {
          const byte = start + i * bytesPerSample;
          if (bytes[byte] !== low || bytes[byte + bytesPerSample - 1] !== high) continue;
          if (bytesPerSample === 2 || bytes[byte + 1] === ((missing >> 8) & 0xff)) data[to + i - first] = NaN;
        }
      to += last - first;
    }
  }
}

/** Samples cut where every channel is missing: those stretches are gaps. */
export function splitAtMissing(item: Samples, nChannels: number): (Samples | Gap)[] {
  const { start, data, nSamples } = item;
  const absent = (i: number): boolean => {
    for (let c = 0; c < nChannels; c++) {
      const value = data[c * nSamples + i]!;
      if (value === value) return false; // NaN differs from itself
    }
    return true;
  };
  const parts: (Samples | Gap)[] = [];
  for (let from = 0; from < nSamples;) {
    const gap = absent(from);
    let to = from + 1;
    while (to < nSamples && absent(to) === gap) to++;
    if (!gap && to - from === nSamples) return [item];
    if (gap) parts.push({ kind: "gap", start: start + from, nSamples: to - from, reason: "discontinuity" });
    else {
      const part = new Float32Array(nChannels * (to - from));
      for (let c = 0; c < nChannels; c++)
        part.set(data.subarray(c * nSamples + from, c * nSamples + to), c * (to - from));
      parts.push({ kind: "samples", start: start + from, nSamples: to - from, data: part });
    }
    from = to;
  }
  return parts;
}
