import type { Item, Samples } from "../eeg/item.ts";
import { hertz } from "../eeg/sfreq.ts";
import type { StageFactory } from "../eeg/stage.ts";

/**
 * A channel that does not change is no signal: an electrode that is off, an amplifier at its limit, padding at a
 * recording's end. From the moment on that it has had one value for `seconds`, until it changes, it is NaN.
 * Works on what the amplifier gave: filters and references make other numbers of a flat channel.
 */
export function flatStage({ seconds }: { readonly seconds: number }): StageFactory {
  return (input) => {
    const nChannels = input.channels.length;
    const limit = Math.max(2, Math.ceil(seconds * hertz(input.sfreq)));
    /** How long each channel has had its last value, in samples, and that value. */
    const runs = new Float64Array(nChannels);
    const values = new Float32Array(nChannels).fill(NaN);

    /** Calls `mark` for each stretch [from, to) of channel `c`, counted from the item's start, that is flat. */
    function findFlat(
      { data, nSamples }: Samples,
      c: number,
      mark: (from: number, to: number) => void,
    ): void {
      const x = data.subarray(c * nSamples, (c + 1) * nSamples);
      let end = 0;
      while (end < nSamples && x[end] === values[c]) end++;
      const held = runs[c]!;
      const flatFrom = Math.max(0, limit - 1 - held);
      if (flatFrom < end) mark(flatFrom, end);
      runs[c] = held + end;
      if (end === nSamples) return;
      // From here on runs lie within the item. A run of `limit` samples that begins at `start` has the value of its
      // last one all along: looked for from there backward, most samples need no look.
      for (let start = end; ;) {
        const last = start + limit - 1;
        if (last >= nSamples) {
          runs[c] = trailingRun(x, start);
          break;
        }
        let j = last;
        while (j > start && x[j - 1] === x[last]) j--;
        if (j > start) {
          start = j;
          continue;
        }
        let to = last + 1;
        while (to < nSamples && x[to] === x[last]) to++;
        mark(last, to);
        if (to === nSamples) {
          runs[c] = to - start;
          break;
        }
        start = to;
      }
      values[c] = x[nSamples - 1]!;
    }

    function push(item: Exclude<Item, { kind: "info" }>): readonly Item[] {
      if (item.kind === "gap") {
        runs.fill(0);
        values.fill(NaN);
      }
      if (item.kind !== "samples") return [item];
      let data = item.data;
      for (let c = 0; c < nChannels; c++)
        findFlat(item, c, (from, to) => {
          if (data === item.data) data = item.data.slice();
          data.fill(NaN, c * item.nSamples + from, c * item.nSamples + to);
        });
      return [data === item.data ? item : { ...item, data }];
    }
    return { output: input, push, end: () => [] };
  };
}

/** Length of the run of one value that ends the samples, not reaching before `start`. NaN is no value. */
function trailingRun(x: Float32Array, start: number): number {
  const last = x[x.length - 1]!;
  let from = x.length;
  while (from > start && x[from - 1] === last) from--;
  return x.length - from;
}
