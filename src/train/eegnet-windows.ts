/** The windows that EEGNet learns from and is judged on: those that lead up to the decisions that count. */
import { modelHz, strideSamples } from "../model/encoder.ts";
import { patchEnd } from "../tokens/patch-grid.ts";
import type { TrainingConfig } from "./config.ts";
import { preparedSamples } from "./prepared-samples.ts";
import { isPlain, type DataSet, type TrainingRecording } from "./recording-data.ts";

/** Seconds before a decision about an event, as the baselines of covariances see; and in a state that lasts. */
const eventSeconds = 3.5;
const stateSeconds = 4;
/** A window with less whole signal at its end than this is no window, as for the baseline of band powers: 1.6 s. */
const leastSamples = 256;

/** A decision that counts, with the recording that its window lies in. */
export interface EegnetTrial {
  readonly recording: TrainingRecording;
  readonly patch: number;
  readonly truth: number;
}

export interface EegnetWindows {
  readonly trials: readonly EegnetTrial[];
  /** In a window of each channel. */
  readonly samples: number;
  /** Patches by which a window for training may end earlier than its decision. */
  readonly shifts: number;
  /** The patch that a window for training ends with; the decision's own where a shift would leave its class. */
  shifted(trial: EegnetTrial, shift: number): number;
  /**
   * Writes a window that ends with a patch into row `row` of `out`, [channels, rows · samples], divided by the root
   * mean square of all its channels: one number for each window, so that nothing need be known of the person, and how
   * channels compare stays. Before its first whole sample it is 0.
   * @returns whether there is enough whole signal; if not, nothing is written
   */
  write(out: Float32Array, at: WindowAt): boolean;
}

interface WindowAt {
  readonly recording: TrainingRecording;
  readonly patch: number;
  readonly row: number;
  readonly rows: number;
}

/** Prepared once for all folds and seeds; one view at a time, for it holds all samples anew. */
const made = new WeakMap<DataSet, { readonly key: string; readonly windows: EegnetWindows }>();

export interface WindowsOptions {
  readonly config: TrainingConfig;
  /** Recordings as they are, or aligned to their subjects. */
  readonly view: "plain" | "aligned";
  /** How much earlier than the decision about an event a window for training may end. @default 0.5 */
  readonly earlierSeconds?: number;
}

/** The windows of one view of a data set. */
export function eegnetWindows(
  data: DataSet,
  { config, view, earlierSeconds = 0.5 }: WindowsOptions,
): EegnetWindows {
  const { judge } = config.data;
  const shiftSeconds = "everySeconds" in judge ? judge.everySeconds : earlierSeconds;
  const key = JSON.stringify([judge, view, shiftSeconds]);
  const known = made.get(data);
  if (known?.key === key) return known.windows;
  const windows = makeWindows(
    data.recordings.filter((one) => isPlain(one) === (view === "plain")),
    { lasts: "everySeconds" in judge, shiftSeconds },
  );
  made.set(data, { key, windows });
  return windows;
}

function makeWindows(
  recordings: readonly TrainingRecording[],
  { lasts, shiftSeconds }: { readonly lasts: boolean; readonly shiftSeconds: number },
): EegnetWindows {
  const samples = (lasts ? stateSeconds : eventSeconds) * modelHz;
  const prepared = new Map(recordings.map((recording) => [recording, preparedSamples(recording)]));
  return {
    trials: recordings.flatMap((recording) => recording.judged.map((at) => ({ ...at, recording }))),
    samples,
    shifts: Math.floor((shiftSeconds * modelHz) / strideSamples),
    shifted({ recording, patch, truth }, shift) {
      const ends = patch - shift;
      const start = wholeFrom(recording, { patch: ends, earliest: patchEnd(ends) - samples });
      const fits = ends >= 0 && patchEnd(ends) - start >= leastSamples;
      return fits && (!lasts || recording.classes[ends] === truth) ? ends : patch;
    },
    write(out, { recording, patch, row, rows }) {
      const { nSamples, present } = recording;
      const end = patchEnd(patch);
      const start = wholeFrom(recording, { patch, earliest: end - samples });
      if (end - start < leastSamples) return false;
      const source = prepared.get(recording)!;
      let power = 0;
      for (let c = 0; c < present.length; c++)
        for (let i = c * nSamples + start; i < c * nSamples + end; i++) power += source[i]! * source[i]!;
      const scale = 1 / Math.sqrt(power / (present.length * (end - start)) || 1);
      for (let c = 0; c < present.length; c++) {
        const target = out.subarray((c * rows + row) * samples, (c * rows + row + 1) * samples).fill(0);
        const held = source.subarray(c * nSamples + start, c * nSamples + end);
        const offset = samples - held.length;
        for (let i = 0; i < held.length; i++) target[offset + i] = held[i]! * scale;
      }
      return true;
    },
  };
}

interface Stretch {
  readonly patch: number;
  readonly earliest: number;
}

/** The first sample from which on all patches to the end of this one are valid; its end if it is not valid itself. */
function wholeFrom({ valid }: TrainingRecording, { patch, earliest }: Stretch): number {
  if (valid[patch] !== 1) return patchEnd(patch);
  let first = patch;
  while (first > 0 && valid[first - 1] === 1 && first * strideSamples > earliest) first--;
  return Math.max(earliest, first * strideSamples);
}
