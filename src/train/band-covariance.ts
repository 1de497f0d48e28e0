/**
 * Covariances of band signals, from which the averaged power of any component of a mix follows: with the filters
 * frozen, the samples need to be filtered once and not at every step of a training.
 */
import { exp, cos, sin } from "../eeg/math.ts";
import { modelHz, patchSamples, strideSamples, type EncoderSizes } from "../model/encoder.ts";
import { harmonics } from "../tokens/patch-grid.ts";
import { preparedSamples } from "./prepared-samples.ts";
import type { DataSet, TrainingRecording } from "./recording-data.ts";

/** Numbers of a symmetric matrix of harmonics, row after row of its upper triangle. */
export const packedSize = (harmonics * (harmonics + 1)) / 2;

export interface BandCovarianceOptions {
  readonly sizes: EncoderSizes;
  /** Spherical harmonics of the electrodes: [channels, 36]. */
  readonly phi: DataSet["phi"];
  /** Centres and widths of the filters, Hz. */
  readonly centres: Float32Array;
  readonly widths: Float32Array;
}

/**
 * For each of some patches the covariance of every band's signal between harmonics, over the valid patches that its
 * token averages: `[bands, packedSize]`, µV².
 */
export function bandCovariances(
  recording: TrainingRecording,
  patches: Iterable<number>,
  options: BandCovarianceOptions,
): Map<number, Float32Array> {
  const { sizes, phi } = options;
  const { average, bands } = sizes;
  const taps = filterTaps(options);
  const { nSamples, present, valid } = recording;
  const projected = project(preparedSamples(recording), { phi, nSamples, channels: present.length });
  const filtered = new Map<number, Float32Array>();
  const result = new Map<number, Float32Array>();
  for (const patch of [...patches].toSorted((a, b) => a - b)) {
    for (const old of filtered.keys()) if (old <= patch - average) filtered.delete(old);
    const sums = new Float64Array(bands * packedSize);
    let n = 0;
    for (let p = Math.max(0, patch - average + 1); p <= patch; p++) {
      if (valid[p] === 0) continue;
      const known = filtered.get(p) ?? filterPatch(projected, { nSamples, from: p * strideSamples, taps });
      filtered.set(p, known);
      addProducts(sums, known, bands);
      n++;
    }
    result.set(
      patch,
      Float32Array.from(sums, (sum) => sum / Math.max(1, n)),
    );
  }
  return result;
}

/** Harmonics' signals: [36, samples]. */
function project(
  samples: Float32Array,
  of: { readonly phi: Float32Array; readonly nSamples: number; readonly channels: number },
): Float32Array {
  const { phi, nSamples, channels } = of;
  const out = new Float32Array(harmonics * nSamples);
  for (let h = 0; h < harmonics; h++)
    for (let c = 0; c < channels; c++) {
      const weight = phi[c * harmonics + h]!;
      for (let i = 0; i < nSamples; i++) out[h * nSamples + i]! += weight * samples[c * nSamples + i]!;
    }
  return out;
}

/** Cosines, then sines: [2 · bands, 80], as `tokens/bands.ts` and the graph of tokens have them. */
function filterTaps({ sizes: { bands }, centres, widths }: BandCovarianceOptions): Float64Array[] {
  const taps: Float64Array[] = [];
  for (const wave of [cos, sin])
    for (let k = 0; k < bands; k++) {
      const window = new Float64Array(patchSamples);
      const phase = new Float64Array(patchSamples);
      let sum = 0;
      for (let i = 0; i < patchSamples; i++) {
        const radians = (2 * Math.PI * (i - (patchSamples - 1) / 2)) / modelHz; // per Hz
        window[i] = exp(-0.5 * (radians * widths[k]!) ** 2);
        phase[i] = wave(radians * centres[k]!);
        sum += window[i]!;
      }
      taps.push(window.map((w, i) => (w / sum) * phase[i]!));
    }
  return taps;
}

/** [2 · bands, 36] of one patch. */
function filterPatch(
  projected: Float32Array,
  patch: { readonly nSamples: number; readonly from: number; readonly taps: readonly Float64Array[] },
): Float32Array {
  const { nSamples, from, taps } = patch;
  const out = new Float32Array(taps.length * harmonics);
  taps.forEach((tap, t) => {
    for (let h = 0; h < harmonics; h++) {
      const at = h * nSamples + from;
      let sum = 0;
      for (let i = 0; i < patchSamples; i++) sum += tap[i]! * projected[at + i]!;
      out[t * harmonics + h] = sum;
    }
  });
  return out;
}

function addProducts(sums: Float64Array, filtered: Float32Array, bands: number): void {
  for (let t = 0; t < 2 * bands; t++) {
    const row = filtered.subarray(t * harmonics, (t + 1) * harmonics);
    let at = (t % bands) * packedSize;
    for (let a = 0; a < harmonics; a++) {
      const x = row[a]!;
      for (let b = a; b < harmonics; b++) sums[at++]! += x * row[b]!;
    }
  }
}
