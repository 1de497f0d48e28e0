/** What training for a calibrated decoder takes off people's tokens: their mean token in one state. */
import type { Random } from "../eeg/random.ts";
import { modelHz, strideSamples } from "../model/encoder.ts";
import type { Tensors } from "./adamw.ts";
import { anyState, type TrainingConfig } from "./config.ts";
import type { TrainingRecording } from "./recording-data.ts";
import type { WholeRecordings } from "./whole-recordings.ts";

/** Patches of a calibration: half a minute of them. */
const calibrationPatches = (30 * modelHz) / strideSamples;

/** What people's mean tokens are taken from. */
export interface Centre {
  /** Indexes of the classes that count. */
  readonly classes: readonly number[];
  /** At most so many patches in a row. */
  readonly patches: number;
}

/** For training and judging with this configuration; null for a model whose tokens are not centred by person. */
export function centreOf({ labels, calibration }: TrainingConfig): Centre | null {
  if (calibration?.way !== "centre-tokens") return null;
  const { state } = calibration;
  return state === anyState
    ? { classes: [...labels.keys()], patches: Infinity }
    : { classes: [labels.indexOf(state)], patches: calibrationPatches };
}

/** A subject's log band powers at the patches that count, in the order of time. */
export type StatePowers = readonly Float32Array[];

/** Of each subject who has any. The mix and the bands must stay what they are. */
export async function statePowers(
  whole: WholeRecordings,
  recordings: readonly TrainingRecording[],
  { weights, centre }: { readonly weights: Tensors; readonly centre: Centre },
): Promise<ReadonlyMap<string, StatePowers>> {
  const bySubject = new Map<string, Float32Array[]>();
  for (const recording of recordings) {
    if (!centre.classes.some((state) => recording.classes.includes(state))) continue;
    const powers = await whole.powers(recording, weights);
    const features = powers.length / recording.valid.length;
    const rows = bySubject.get(recording.subject) ?? [];
    bySubject.set(recording.subject, rows);
    recording.classes.forEach((known, p) => {
      if (centre.classes.includes(known)) rows.push(powers.slice(p * features, (p + 1) * features));
    });
  }
  return bySubject;
}

/** The mean of as many patches as the centre takes: the first, as in use, or those from a random one on. */
export function meanPowers(rows: StatePowers, { patches }: Centre, random?: Random): Float32Array {
  const room = Math.max(0, rows.length - patches);
  const from = random && room > 0 ? random.integer(room + 1) : 0;
  const used = rows.slice(from, from + patches);
  const sum = new Float64Array(used[0]!.length);
  for (const row of used) for (let i = 0; i < sum.length; i++) sum[i]! += row[i]!;
  return Float32Array.from(sum, (total) => total / used.length);
}
