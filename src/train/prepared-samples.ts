import type { TrainingRecording } from "./recording-data.ts";

/**
 * Samples as the mix takes them: those of a recording that was kept unreferenced are aligned to its subject, if so it
 * asks, and referenced to the average of the channels that it has.
 * @returns µV, channel after channel; not to be written to
 */
export function preparedSamples(recording: TrainingRecording): Float32Array {
  const { samples, nSamples, present, alignment } = recording;
  if (alignment === undefined) return samples;
  const n = present.length;
  const out = alignment === "none" ? samples.slice() : new Float32Array(samples.length);
  if (alignment !== "none")
    for (let a = 0; a < n; a++)
      for (let b = 0; b < n; b++) {
        const weight = alignment[a * n + b]!;
        if (weight === 0) continue;
        const [to, from] = [a * nSamples, b * nSamples];
        for (let i = 0; i < nSamples; i++) out[to + i]! += weight * samples[from + i]!;
      }
  const mean = new Float64Array(nSamples);
  const channels = [...present.keys()].filter((c) => present[c] === 1);
  for (const c of channels) for (let i = 0; i < nSamples; i++) mean[i]! += out[c * nSamples + i]!;
  for (const c of channels)
    for (let i = 0; i < nSamples; i++) out[c * nSamples + i]! -= mean[i]! / channels.length;
  return out;
}
