import type { Sfreq } from "../../eeg/sfreq.ts";

/** EDF 1992 asks for records of no more, unless they last a second. */
const recordBytesWanted = 61_440;

/** Records beyond this would lose too much where writing stops; their rate is written a little beside the true one. */
const recordBytesMost = 1 << 24;

/** Shorter ones would be annotations more than samples. */
const recordBytesLeast = 256;

interface RecordLength {
  readonly samplesPerRecord: number;
  /** As the header field has it. */
  readonly recordSeconds: number;
}

/** What records are made for. */
export interface RecordNeeds {
  /** Of one sample of all channels. */
  readonly sampleBytes: number;
  /** Of the whole stream, where it is known: lengths that divide it leave no record to fill up. */
  readonly nSamples?: number | undefined;
}

/**
 * The longest duration of a record that has a whole number of samples and keeps to the size wanted. A rate whose
 * shortest exact record is larger than memory should hold gets records of about a second whose duration is cut to
 * its eight characters.
 */
export function recordLength({ num, den }: Sfreq, { sampleBytes, nSamples }: RecordNeeds): RecordLength {
  let best = { samplesPerRecord: num, recordSeconds: den };
  let dividing: RecordLength | null = null;
  for (const parts of [1, 2, 4, 5, 10, 20, 50, 100]) {
    if (num % parts !== 0 || String(den / parts).length > 8) continue;
    const length = { samplesPerRecord: num / parts, recordSeconds: den / parts };
    const fits = length.samplesPerRecord * sampleBytes <= recordBytesWanted;
    if (best.samplesPerRecord * sampleBytes > recordBytesWanted) best = length;
    const worthIt = length.samplesPerRecord * sampleBytes >= recordBytesLeast;
    if (fits && worthIt && nSamples && nSamples % length.samplesPerRecord === 0) dividing ??= length;
  }
  if (dividing) return dividing;
  const exact = String(best.recordSeconds).length <= 8 && best.samplesPerRecord <= 99_999_999;
  if (exact && best.samplesPerRecord * sampleBytes <= recordBytesMost) return best;
  const samplesPerRecord = Math.max(1, Math.round(num / den));
  const seconds = (samplesPerRecord * den) / num;
  return { samplesPerRecord, recordSeconds: Number(String(seconds).slice(0, 8)) };
}
