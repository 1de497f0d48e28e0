import type { Sfreq } from "../../eeg/sfreq.ts";

/** EDF 1992 asks for records of no more, unless they last a second. */
const recordBytesWanted = 61_440;

/** Records beyond this would lose too much where writing stops; their rate is written a little beside the true one. */
const recordBytesMost = 1 << 24;

export interface RecordLength {
  readonly samplesPerRecord: number;
  /** As the header field has it. */
  readonly recordSeconds: number;
}

/**
 * The longest duration of a record that has a whole number of samples and keeps to the size wanted. A rate whose
 * shortest exact record is larger than memory should hold gets records of about a second whose duration is cut to
 * its eight characters.
 */
export function recordLength({ num, den }: Sfreq, bytesPerSampleTime: number): RecordLength {
  let best = { samplesPerRecord: num, recordSeconds: den };
  for (const parts of [1, 2, 4, 5, 10, 20, 50, 100]) {
    if (num % parts !== 0 || String(den / parts).length > 8) continue;
    best = { samplesPerRecord: num / parts, recordSeconds: den / parts };
    if (best.samplesPerRecord * bytesPerSampleTime <= recordBytesWanted) break;
  }
  const exact = String(best.recordSeconds).length <= 8 && best.samplesPerRecord <= 99_999_999;
  if (exact && best.samplesPerRecord * bytesPerSampleTime <= recordBytesMost) return best;
  const samplesPerRecord = Math.max(1, Math.round(num / den));
  const seconds = (samplesPerRecord * den) / num;
  return { samplesPerRecord, recordSeconds: Number(String(seconds).slice(0, 8)) };
}
