/** A data set as band covariances of its labelled patches, computed once for all trainings with the same filters. */
import { EegError } from "../eeg/errors.ts";
import { unseen } from "../model/graph/layer-graph.ts";
import { harmonics } from "../tokens/patch-grid.ts";
import { type BandCovariances, createBandCovariances, packedSize } from "./band-covariance.ts";
import { encoderSizes, type TrainingConfig } from "./config.ts";
import { mirrorSigns } from "./mirror.ts";
import type { DataSet, TrainingRecording } from "./recording-data.ts";

export interface CovarianceSet {
  /** How the harmonics overlap at the electrodes: [36, 36]. */
  readonly gram: Float32Array;
  /** Writes a patch's covariance, [bands, 36, 36], into `out`; of the head in a mirror, if so wanted. */
  write(out: Float32Array, patch: PatchOf, view: View): void;
  /**
   * Writes the slow waves of the patches that end with this one, [36, patches], into `out`, and into `mask` 0 for each
   * valid one of them, else `unseen`. Where the model looks at them only.
   */
  writeWaves(out: WavesOut, patch: PatchOf, view: View): void;
}

/** As it is, or as in a mirror. */
export type View = "plain" | "mirrored";

interface WavesOut {
  readonly waves: Float32Array;
  readonly mask: Float32Array;
}

export interface PatchOf {
  readonly recording: TrainingRecording;
  readonly patch: number;
}

/** Folds and seeds share what takes longest. */
const made = new WeakMap<DataSet, { readonly key: string; readonly set: CovarianceSet }>();

/**
 * The covariances of all patches that bear a class or are judged.
 * @throws EegError TRAINING_DATA if recordings have different electrodes; ENGINE_UNAVAILABLE
 */
export async function covarianceSet(
  data: DataSet,
  config: TrainingConfig,
  threads: number,
): Promise<CovarianceSet> {
  const { sizes, recipe } = config;
  const key = JSON.stringify([
    sizes.average,
    sizes.evoked !== undefined,
    recipe.start.bandCentres,
    recipe.start.bandWidths,
  ]);
  const kept = made.get(data);
  if (kept?.key === key) return kept.set;
  const set = await makeSet(data, config, threads);
  made.set(data, { key, set });
  return set;
}

async function makeSet(data: DataSet, config: TrainingConfig, threads: number): Promise<CovarianceSet> {
  const sizes = encoderSizes(config);
  const { bandCentres, bandWidths } = config.recipe.start;
  const first = data.recordings[0]!;
  const other = data.recordings.find(({ present }) => present.some((p, c) => p !== first.present[c]));
  if (other)
    throw new EegError(
      "TRAINING_DATA",
      `${other.file} has other electrodes than ${first.file}; recipe.powers "covariances" needs the same in all recordings`,
    );
  const filters = new Map([
    ["bands.centre", Float32Array.from(bandCentres)],
    ["bands.width", Float32Array.from(bandWidths)],
  ]);
  const covariances = await createBandCovariances({ sizes, data, filters, threads });
  const known = new Map<TrainingRecording, BandCovariances>();
  for (const recording of data.recordings) {
    const wanted = new Set(recording.judged.map(({ patch }) => patch));
    recording.classes.forEach((label, patch) => label >= 0 && wanted.add(patch));
    known.set(recording, await covariances.of(recording, wanted));
  }
  await covariances.release();
  return {
    gram: gramOf(data.phi, first.present),
    write(out, { recording, patch }, view) {
      const packed = known.get(recording)!.covariances.get(patch)!;
      const sign = signOf(view);
      for (let k = 0; k < sizes.bands; k++) {
        let at = k * packedSize;
        const square = out.subarray(k * harmonics * harmonics, (k + 1) * harmonics * harmonics);
        for (let a = 0; a < harmonics; a++)
          for (let b = a; b < harmonics; b++) {
            const value = packed[at++]! * sign(a) * sign(b);
            square[a * harmonics + b] = value;
            square[b * harmonics + a] = value;
          }
      }
    },
    writeWaves({ waves, mask }, { recording, patch }, view) {
      const { valid } = recording;
      const rows = known.get(recording)!.waves!;
      const sign = signOf(view);
      const n = mask.length;
      for (let i = 0; i < n; i++) {
        const p = patch - n + 1 + i;
        const isValid = p >= 0 && valid[p] === 1;
        mask[i] = isValid ? 0 : unseen;
        for (let h = 0; h < harmonics; h++)
          waves[h * n + i] = isValid ? sign(h) * rows[h * valid.length + p]! : 0;
      }
    },
  };
}

function signOf(view: View): (harmonic: number) => number {
  return view === "mirrored" ? (h) => mirrorSigns[h]! : () => 1;
}

function gramOf(phi: Float32Array, present: Float32Array): Float32Array {
  const gram = new Float32Array(harmonics * harmonics);
  for (let a = 0; a < harmonics; a++)
    for (let b = 0; b < harmonics; b++) {
      let sum = 0;
      present.forEach((there, c) => {
        if (there === 1) sum += phi[c * harmonics + a]! * phi[c * harmonics + b]!;
      });
      gram[a * harmonics + b] = sum;
    }
  return gram;
}
