import type { Samples } from "../eeg/item.ts";

/** The samples without the first `skip`. */
export function cutSamples({ start, data, nSamples }: Samples, skip: number, channels: number): Samples {
  const length = nSamples - skip;
  const rest = new Float32Array(channels * length);
  for (let c = 0; c < channels; c++)
    rest.set(data.subarray(c * nSamples + skip, (c + 1) * nSamples), c * length);
  return { kind: "samples", start: start + skip, data: rest, nSamples: length };
}
