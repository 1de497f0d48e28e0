/** What training for a calibrated decoder takes off people's tokens: their mean token in one state. */
import type { Random } from "../eeg/random.ts";
import { modelHz, strideSamples } from "../model/encoder.ts";
import type { Tensors } from "./adamw.ts";
import type { TrainingConfig } from "./config.ts";
import type { TrainingRecording } from "./recording-data.ts";
import type { WholeRecordings } from "./whole-recordings.ts";

/** Patches of a calibration: half a minute of them. */
const calibrationPatches = (30 * modelHz) / strideSamples;

/** Index of the class that people are calibrated on, or null for a model that takes no calibration. */
export function calibrationClass({ labels, calibration }: TrainingConfig): number | null {
  return calibration?.way === "centre-tokens" ? labels.indexOf(calibration.state) : null;
}

/** A subject's log band powers at the patches of the state, in the order of time. */
export type StatePowers = readonly Float32Array[];

/** Of each subject who was in the state. The mix and the bands must stay what they are. */
export async function statePowers(
  whole: WholeRecordings,
  recordings: readonly TrainingRecording[],
  { weights, state }: { readonly weights: Tensors; readonly state: number },
): Promise<ReadonlyMap<string, StatePowers>> {
  const bySubject = new Map<string, Float32Array[]>();
  for (const recording of recordings) {
    if (!recording.classes.includes(state)) continue;
    const powers = await whole.powers(recording, weights);
    const features = powers.length / recording.valid.length;
    const rows = bySubject.get(recording.subject) ?? [];
    bySubject.set(recording.subject, rows);
    recording.classes.forEach((known, p) => {
      if (known === state) rows.push(powers.slice(p * features, (p + 1) * features));
    });
  }
  return bySubject;
}

/** The mean of half a minute: the first, as in use, or of a random one. */
export function meanPowers(rows: StatePowers, random?: Random): Float32Array {
  const room = Math.max(0, rows.length - calibrationPatches);
  const from = random && room > 0 ? random.integer(room + 1) : 0;
  const used = rows.slice(from, from + calibrationPatches);
  const sum = new Float64Array(used[0]!.length);
  for (const row of used) for (let i = 0; i < sum.length; i++) sum[i]! += row[i]!;
  return Float32Array.from(sum, (total) => total / used.length);
}
