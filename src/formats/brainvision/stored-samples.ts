import type { SampleReader } from "../runs.ts";

/** The samples of a data file. */
export interface StoredSamples {
  readonly nSamples: number;
  /**
   * A reader of its own for each pass: text can only be read in order.
   * @param most bytes that are read at a time
   */
  open(most?: number): SampleReader;
}
