import { EegError } from "../../eeg/errors.ts";
import type { ByteSource } from "../byte-source.ts";
import type { SampleReader } from "../runs.ts";
import type { NumberFormat } from "../../eeg/lsl-header.ts";
import { bareBytes, readNumbers } from "./samples.ts";
import type { ScannedStream } from "./scan.ts";
import { createWindow, windowBytes } from "./window.ts";

/** Reads samples in order, or from any place on: then those before it in its piece are passed over. */
export function createSampleReader(
  source: ByteSource,
  { header, nSamples: total, pieces }: ScannedStream,
  gains: readonly number[],
): SampleReader {
  const format = header.format as NumberFormat;
  const window = createWindow(source);
  const bare = bareBytes(format, gains.length);
  const { firsts, bytes: places } = pieces;
  // where reading stands: a sample, the byte it begins at, and the piece it is in
  let [sample, at, piece] = [-1, 0, 0];

  function seek(wanted: number): void {
    let [low, high] = [0, firsts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (firsts[middle]! <= wanted) low = middle;
      else high = middle - 1;
    }
    [sample, at, piece] = [firsts[low]!, places[low]!, low];
  }

  async function step(
    count: number,
    into: { data: Float32Array; to: number; stride: number } | null,
  ): Promise<number> {
    if (sample === (firsts[piece + 1] ?? total)) at = places[++piece]!;
    const left = Math.min(count, (firsts[piece + 1] ?? total) - sample);
    const some = Math.max(1, Math.min(left, Math.floor(windowBytes / (bare + 8))));
    const bytes = await window(at, Math.min(some * (bare + 8), source.size - at));
    const scratch = into ?? { data: new Float32Array(some * gains.length), to: 0, stride: some };
    const run = readNumbers({
      bytes,
      at: 0,
      nSamples: some,
      format,
      gains,
      into: scratch.data,
      to: scratch.to,
      stride: scratch.stride,
    });
    if (run.nSamples === 0)
      throw new EegError("XDF_CHUNK", `${source.name}: the file changed while it was read (byte ${at})`);
    at += run.end;
    sample += run.nSamples;
    return run.nSamples;
  }

  return {
    blockSamples: Math.max(1, Math.floor(windowBytes / bare)),
    async fetch(from, nSamples) {
      if (sample !== from) seek(from);
      while (sample < from) await step(from - sample, null);
      const data = new Float32Array(nSamples * gains.length);
      for (let done = 0; done < nSamples;)
        done += await step(nSamples - done, { data, to: done, stride: nSamples });
      return () => data;
    },
  };
}
