/**
 * The baseline that a model must beat: the logarithms of band powers at each electrode, and linear discriminant
 * analysis with shrinkage. Nothing is tuned, and it fits in a second or two.
 */
import { log } from "../eeg/math.ts";
import { sfreq } from "../eeg/sfreq.ts";
import { modelHz, strideSamples } from "../model/encoder.ts";
import { welch } from "../signal/spectrum.ts";
import { patchEnd } from "../tokens/patch-grid.ts";
import { discriminate, fitDiscriminant, type Discriminant } from "./discriminant.ts";
import { softmax, type Judged } from "./metrics.ts";
import { preparedSamples } from "./prepared-samples.ts";
import type { TrainingRecording } from "./recording-data.ts";

/** Delta, theta, alpha, beta and what the band-pass leaves of gamma, Hz. */
const bands = [
  [1, 4],
  [4, 8],
  [8, 13],
  [13, 30],
  [30, 45],
] as const;
/** Samples before a decision that it looks at, and of a segment of Welch's estimate. */
const lookBack = 4 * modelHz;
const segment = 256;

/** What the baseline knows of a decision that counts. */
export interface BaselineRow {
  readonly subject: string;
  readonly truth: number;
  /** Log band powers of all electrodes; null where a gap leaves too little signal. */
  readonly features: Float64Array | null;
}

/** The decisions that count in some recordings of the same electrodes. */
export function baselineRows(recordings: readonly TrainingRecording[]): BaselineRow[] {
  return recordings.flatMap((recording) => {
    const prepared = { ...recording, samples: preparedSamples(recording) };
    return recording.judged.map(({ patch, truth }) => ({
      subject: recording.subject,
      truth,
      features: features(prepared, patch),
    }));
  });
}

export function fitBaseline(rows: readonly BaselineRow[], nClasses: number): Discriminant {
  const usable = rows.filter((row) => row.features !== null);
  return fitDiscriminant(
    usable.map((row) => row.features!),
    usable.map((row) => row.truth),
    nClasses,
  );
}

/** The baseline's decisions, for the metrics. */
export function judgeBaseline(baseline: Discriminant, rows: readonly BaselineRow[]): Judged[] {
  return rows.map(({ subject, truth, features: row }) => ({
    subject,
    truth,
    probabilities: row && softmax(discriminate(baseline, row)),
  }));
}

/** Log power of every band at every electrode over the valid samples that lead up to the end of a patch. */
function features(
  { samples, nSamples, valid, present }: TrainingRecording,
  patch: number,
): Float64Array | null {
  const end = patchEnd(patch);
  let first = patch;
  while (
    first > 0 &&
    valid[first] === 1 &&
    valid[first - 1] === 1 &&
    end - (first - 1) * strideSamples <= lookBack
  )
    first--;
  if (valid[patch] === 0 || end - first * strideSamples < segment) return null;
  const row = new Float64Array(present.length * bands.length);
  present.forEach((there, channel) => {
    if (there === 0) return;
    const part = samples.subarray(channel * nSamples + first * strideSamples, channel * nSamples + end);
    const { frequencies, power } = welch(part, { sfreq: sfreq(modelHz), segment });
    bands.forEach(([low, high], b) => {
      const within = power.filter((_, k) => frequencies[k]! >= low && frequencies[k]! < high);
      row[channel * bands.length + b] = log(within.reduce((a, v) => a + v, 0) / within.length + 1e-9);
    });
  });
  return row;
}
