/** How channels vary together before each decision that counts: what the baselines of motor imagery begin with. */
import { sfreq } from "../eeg/sfreq.ts";
import { modelHz, strideSamples } from "../model/encoder.ts";
import { butterworth } from "../signal/butterworth.ts";
import { plainSosfilt } from "../signal/plain-sosfilt.ts";
import { restState } from "../signal/sections.ts";
import { patchEnd } from "../tokens/patch-grid.ts";
import { preparedSamples } from "./prepared-samples.ts";
import type { TrainingRecording } from "./recording-data.ts";

/** The rhythms of the sensorimotor cortex, mu and beta. */
const band = { kind: "bandpass", lowHz: 7, highHz: 30, order: 2 } as const;
/** Samples before a decision that are looked at: 3.5 s. */
const lookBack = 3.5 * modelHz;

export interface TrialCovariance {
  readonly subject: string;
  readonly truth: number;
  /** µV², row-major [channels, channels], of the 3.5 s before the decision at 7-30 Hz; null where not all is valid. */
  readonly covariance: Float64Array | null;
}

/** Of all decisions that count in some recordings of the same electrodes, aligned where the recordings ask for it. */
export function trialCovariances(recordings: readonly TrainingRecording[]): TrialCovariance[] {
  const sections = butterworth(band, sfreq(modelHz));
  return recordings.flatMap((recording) => {
    const { subject, nSamples, present, judged } = recording;
    const samples = preparedSamples(recording);
    const filtered = new Float32Array(samples.length);
    const rest = restState(sections);
    for (let c = 0; c < present.length; c++) {
      const input = samples.subarray(c * nSamples, (c + 1) * nSamples);
      const output = filtered.subarray(c * nSamples, (c + 1) * nSamples);
      const state = rest.map((value) => value * (input[0] ?? 0));
      plainSosfilt(sections, state, { input, output, from: 0, to: nSamples });
    }
    return judged.map(({ patch, truth }) => {
      const to = patchEnd(patch);
      const from = to - lookBack;
      const whole = from >= 0 && isValid(recording, { from, patch });
      return {
        subject,
        truth,
        covariance: whole ? covariance(filtered, { n: present.length, nSamples, from, to }) : null,
      };
    });
  });
}

function isValid({ valid }: TrainingRecording, { from, patch }: { from: number; patch: number }): boolean {
  for (let p = Math.ceil(from / strideSamples); p <= patch; p++) if (valid[p] === 0) return false;
  return true;
}

interface Stretch {
  readonly n: number;
  readonly nSamples: number;
  readonly from: number;
  readonly to: number;
}

function covariance(samples: Float32Array, { n, nSamples, from, to }: Stretch): Float64Array {
  const result = new Float64Array(n * n);
  for (let a = 0; a < n; a++)
    for (let b = a; b < n; b++) {
      let sum = 0;
      for (let i = from; i < to; i++) sum += samples[a * nSamples + i]! * samples[b * nSamples + i]!;
      result[a * n + b] = result[b * n + a] = sum / (to - from);
    }
  return result;
}
