import type { TrainingRecording } from "./recording-data.ts";

/**
 * What prepares a recording's samples for the mix: those that were kept unreferenced are aligned to their subject, if
 * so the recording asks, and referenced to the average of the channels that it has.
 * @returns row-major [channels, channels]; null where the samples are prepared already
 */
export function preparation({ present, alignment }: TrainingRecording): Float64Array | null {
  if (alignment === undefined) return null;
  const n = present.length;
  const matrix = new Float64Array(n * n);
  if (alignment === "none") for (let c = 0; c < n; c++) matrix[c * n + c] = present[c]!;
  else matrix.set(alignment);
  const channels = [...present.keys()].filter((c) => present[c] === 1);
  for (let b = 0; b < n; b++) {
    const mean = channels.reduce((sum, c) => sum + matrix[c * n + b]!, 0) / channels.length;
    for (const c of channels) matrix[c * n + b]! -= mean;
  }
  return matrix;
}

/**
 * Samples as the mix takes them.
 * @returns µV, channel after channel; not to be written to
 */
export function preparedSamples(recording: TrainingRecording): Float32Array {
  const { samples, nSamples, present } = recording;
  const matrix = preparation(recording);
  if (!matrix) return samples;
  const n = present.length;
  const out = new Float32Array(samples.length);
  const row = new Float64Array(nSamples);
  for (let a = 0; a < n; a++) {
    row.fill(0);
    for (let b = 0; b < n; b++) {
      const weight = matrix[a * n + b]!;
      if (weight === 0) continue;
      const from = b * nSamples;
      for (let i = 0; i < nSamples; i++) row[i]! += weight * samples[from + i]!;
    }
    out.set(row, a * nSamples);
  }
  return out;
}
