/** Which channels are there at which samples of a block, as runs with the same set. */
export interface Presence {
  /** Begins a stretch at a sample of the grid: until told otherwise every channel is there. */
  restart(sample: number): void;
  /**
   * Looks at sample `from` of the block that begins at `start` on the grid.
   * @returns end of the run that begins there, an index into the block
   */
  run(block: { readonly start: number; readonly from: number; readonly n: number }): number;
  /** 1 for each channel that is there in the last run. Overwritten by the next. */
  readonly present: Uint8Array;
}

/** Finds a channel's next sample, from one on, that is finite or missing; the block's length if there is none. */
export type Scan = (channel: number, from: number, wanted: "finite" | "missing") => number;

/**
 * A channel is there where its samples are finite, but for the `settle` samples after it came back: its filters
 * began anew with it.
 */
export function createPresence(nChannels: number, settle: number, scan: Scan): Presence {
  const present = new Uint8Array(nChannels);
  const missing = new Uint8Array(nChannels);
  /** From which sample of the grid on each channel counts, if it is finite. */
  const settledAt = new Float64Array(nChannels);
  /** Index into the block at which each channel's state changes next. */
  const change = new Int32Array(nChannels);
  return {
    present,
    restart(sample) {
      missing.fill(0);
      settledAt.fill(sample);
    },
    run({ start, from, n }) {
      let end = n;
      for (let c = 0; c < nChannels; c++) {
        if (from === 0 || change[c]! <= from) {
          const gone = scan(c, from, "missing");
          if (gone === from) {
            missing[c] = 1;
            present[c] = 0;
            change[c] = scan(c, from, "finite");
          } else {
            if (missing[c] === 1) settledAt[c] = start + from + settle;
            missing[c] = 0;
            const settled = settledAt[c]! - start;
            present[c] = settled <= from ? 1 : 0;
            change[c] = settled <= from ? gone : Math.min(gone, settled);
          }
        }
        if (change[c]! < end) end = change[c]!;
      }
      return end;
    },
  };
}
