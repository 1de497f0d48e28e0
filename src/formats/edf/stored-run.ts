/** One signal's place in a data record and its way from integer to number: `integer * gain + offset`. */
export interface StoredSignal {
  readonly byteOffset: number;
  readonly samplesPerRecord: number;
  readonly gain: number;
  readonly offset: number;
  /** The integer that stands for a missing sample, or null. */
  readonly missing: number | null;
}

/** A run of whole records in memory, and where its numbers go. */
export interface StoredRun {
  readonly bytes: Uint8Array;
  /** Where the first record of the run begins in `bytes`. */
  readonly at: number;
  readonly recordBytes: number;
  readonly nRecords: number;
  /** Samples of the first record that are left out: it overlaps with the one before. */
  readonly skip: number;
  /** Samples of the last record that are left out at its end. */
  readonly drop: number;
  /** All with the same number of samples. */
  readonly signals: readonly StoredSignal[];
}
