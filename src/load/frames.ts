import type { Item } from "../eeg/item.ts";
import { hertz, type Sfreq } from "../eeg/sfreq.ts";
import { synthetic } from "../source/synthetic.ts";

/** Simulated EEG that goes round: computed once, so that sending it costs nearly nothing. */
export interface EegLoop {
  /** `nSamples` from sample `start` of a stream on that began at `phase` of the loop, channel after channel. */
  cut(start: number, nSamples: number, phase: number): Float32Array;
}

const loopSeconds = 24;

export async function createEegLoop(electrodes: readonly string[], sfreq: Sfreq): Promise<EegLoop> {
  const length = Math.round(loopSeconds * hertz(sfreq));
  const rows = electrodes.map(() => new Float32Array(length));
  const half = loopSeconds / 2;
  const source = synthetic({
    seed: 1,
    sfreq,
    electrodes,
    schedule: [
      { state: "eyes-open", seconds: half },
      { state: "eyes-closed", seconds: half + 1 },
    ],
  });
  for await (const item of source) copy(item, rows, length);
  return {
    cut(start, nSamples, phase) {
      const data = new Float32Array(rows.length * nSamples);
      let from = (start + phase) % length;
      for (let done = 0; done < nSamples;) {
        const n = Math.min(nSamples - done, length - from);
        for (let c = 0; c < rows.length; c++)
          data.set(rows[c]!.subarray(from, from + n), c * nSamples + done);
        done += n;
        from = 0;
      }
      return data;
    },
  };
}

function copy(item: Item, rows: readonly Float32Array[], length: number): void {
  if (item.kind !== "samples") return;
  const n = Math.min(item.nSamples, length - item.start);
  if (n <= 0) return;
  rows.forEach((row, c) => row.set(item.data.subarray(c * item.nSamples, c * item.nSamples + n), item.start));
}
