import type { Samples } from "../eeg/item.ts";
import { formatNpyHeader } from "../formats/npy.ts";
import type { OutputFile } from "./output-file.ts";

/** A NumPy array `[nChannels, nSamples]` that is written as the samples come. What never comes is NaN. */
export interface ArrayFile {
  push(item: Samples): void;
  end(): void;
}

/** Samples of all channels that are held before they are written, channel by channel. */
const blockSamples = 4096;

export function createArrayFile(output: OutputFile, nChannels: number, nSamples: number): ArrayFile {
  const header = formatNpyHeader([nChannels, nSamples]);
  const block = new Float32Array(nChannels * blockSamples).fill(Number.NaN);
  let first = 0;
  output.writeAt(0, header);

  function flush(): void {
    const length = Math.min(blockSamples, nSamples - first);
    for (let c = 0; c < nChannels; c++) {
      const row = block.subarray(c * blockSamples, c * blockSamples + length);
      output.writeAt(
        header.length + (c * nSamples + first) * 4,
        new Uint8Array(row.buffer, row.byteOffset, row.byteLength),
      );
    }
    block.fill(Number.NaN);
    first += length;
  }

  return {
    push({ start, data, nSamples: length }) {
      for (let done = 0; done < length;) {
        const at = start + done;
        if (at >= nSamples) throw new RangeError(`sample ${at} lies behind the array's end, ${nSamples}`);
        while (at >= first + blockSamples) flush();
        const take = Math.min(length - done, first + blockSamples - at, nSamples - at);
        for (let c = 0; c < nChannels; c++)
          block.set(
            data.subarray(c * length + done, c * length + done + take),
            c * blockSamples + at - first,
          );
        done += take;
      }
    },
    end() {
      while (first < nSamples) flush();
    },
  };
}
