/** Numbers as files hold them, in memory as this machine has them. */
export type StoredNumbers =
  Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** One channel's numbers among others, and how they become physical: `stored * gain + offset`. */
export interface StridedNumbers {
  readonly stored: StoredNumbers;
  /** Index of the first, and the step from each to the next. */
  readonly at: number;
  readonly step: number;
  readonly gain: number;
  readonly offset: number;
}

/** Fills an array with physical numbers. Calculated in double precision, rounded once. */
export function fromStrided({ stored, at, step, gain, offset }: StridedNumbers, into: Float32Array): void {
  let to = 0;
  let from = at;
  // four at a time: nearly twice as fast as one, in V8 11
  for (; to + 3 < into.length; to += 4, from += 4 * step) {
    into[to] = stored[from]! * gain + offset;
    into[to + 1] = stored[from + step]! * gain + offset;
    into[to + 2] = stored[from + 2 * step]! * gain + offset;
    into[to + 3] = stored[from + 3 * step]! * gain + offset;
  }
  for (; to < into.length; to++, from += step) into[to] = stored[from]! * gain + offset;
}
