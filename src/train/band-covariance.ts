/**
 * Covariances of band signals, from which the averaged power of any component of a mix follows: with the filters
 * frozen, the samples need to be filtered once and not at every step of a training.
 */
import { patchSamples, type EncoderSizes } from "../model/encoder.ts";
import { createGraph } from "../model/graph/graph.ts";
import { operations } from "../model/graph/operations.ts";
import { parameterInitializers } from "../model/graph/parameters.ts";
import { filterGraph, lowPassGraph, patchesIn, samplesOf, stretchGraph } from "../model/graph/token-graph.ts";
import { harmonics } from "../tokens/patch-grid.ts";
import type { Tensors } from "./adamw.ts";
import { preparation } from "./prepared-samples.ts";
import type { DataSet, TrainingRecording } from "./recording-data.ts";
import { createSession } from "./session.node.ts";

/** Numbers of a symmetric matrix of harmonics, row after row of its upper triangle. */
export const packedSize = (harmonics * (harmonics + 1)) / 2;

export interface BandCovarianceOptions {
  readonly sizes: EncoderSizes;
  readonly data: DataSet;
  /** `bands.centre` and `bands.width`. */
  readonly filters: Tensors;
  readonly threads: number;
}

export interface BandCovariances {
  /**
   * For each wanted patch the covariance of every band's signal between harmonics, over the valid patches that its token
   * averages: `[bands, packedSize]`, µV².
   */
  readonly covariances: ReadonlyMap<number, Float32Array>;
  /** The slow wave of each harmonic at every patch, [36, patches], µV; null for a model that looks at none. */
  readonly waves: Float32Array | null;
}

export async function createBandCovariances(options: BandCovarianceOptions): Promise<{
  /** Of some patches of a recording. */
  readonly of: (recording: TrainingRecording, patches: ReadonlySet<number>) => Promise<BandCovariances>;
  readonly release: () => Promise<void>;
}> {
  const { sizes, data, filters, threads } = options;
  const { average, bands } = sizes;
  const patches = Math.max(...data.recordings.map(({ valid }) => valid.length));
  const nSamples = samplesOf(patches);
  const channels = data.electrodes.length;
  const session = await createSession(filteredGraph({ sizes, filters, channels, nSamples }), threads);
  const samples = new Float32Array(channels * nSamples);

  async function filtered(recording: TrainingRecording) {
    const kept = Math.min(recording.nSamples, nSamples);
    samples.fill(0);
    for (let c = 0; c < channels; c++) {
      const from = c * recording.nSamples;
      samples.set(recording.samples.subarray(from, from + kept), c * nSamples);
    }
    return await session.run({ samples, project: projection(recording, data) });
  }

  return {
    async of(recording, wanted) {
      const { filtered: signals, waves } = await filtered(recording);
      const result = new Map<number, Float32Array>();
      for (const patch of wanted) {
        const sums = new Float64Array(bands * packedSize);
        let n = 0;
        for (let p = Math.max(0, patch - average + 1); p <= patch; p++) {
          if (recording.valid[p] === 0) continue;
          addProducts(sums, { signals: signals!, patches, patch: p, bands });
          n++;
        }
        result.set(
          patch,
          Float32Array.from(sums, (sum) => sum / Math.max(1, n)),
        );
      }
      return { covariances: result, waves: waves ? cutWaves(waves, patches, recording.valid.length) : null };
    },
    release: () => session.release(),
  };
}

/** Rows of a recording's own length. */
function cutWaves(waves: Float32Array, patches: number, kept: number): Float32Array {
  const cut = new Float32Array(harmonics * kept);
  for (let h = 0; h < harmonics; h++) cut.set(waves.subarray(h * patches, h * patches + kept), h * kept);
  return cut;
}

interface FilteredShape {
  readonly sizes: EncoderSizes;
  readonly filters: Tensors;
  readonly channels: number;
  readonly nSamples: number;
}

/** Samples, projected on the harmonics and filtered: [36, patches, 2 · bands]. */
function filteredGraph({ sizes, filters, channels, nSamples }: FilteredShape) {
  const graph = createGraph();
  const op = operations(graph);
  const project = graph.input("project", [harmonics, channels]);
  const samples = graph.input("samples", [channels, nSamples]);
  const seen = patchesIn(nSamples);
  const patched = stretchGraph(graph, op.matmul(project, samples));
  const stretches = op.reshape(patched, [harmonics * seen, patchSamples]);
  const taps = filterGraph(graph, parameterInitializers(graph, sizes, filters));
  graph.output("filtered", op.reshape(op.gemm(stretches, taps, {}), [harmonics, seen, 2 * sizes.bands]));
  if (sizes.evoked)
    graph.output("waves", op.reshape(op.gemm(stretches, lowPassGraph(graph), {}), [harmonics, seen]));
  return graph;
}

/** What takes a recording's samples to the harmonics: [36, channels]. */
function projection(recording: TrainingRecording, { phi }: DataSet): Float32Array {
  const n = recording.present.length;
  const matrix = preparation(recording);
  return Float32Array.from({ length: harmonics * n }, (_, i) => {
    const [h, b] = [Math.floor(i / n), i % n];
    if (!matrix) return phi[b * harmonics + h]!;
    let sum = 0;
    for (let a = 0; a < n; a++) sum += phi[a * harmonics + h]! * matrix[a * n + b]!;
    return sum;
  });
}

interface FilteredPatch {
  readonly signals: Float32Array;
  readonly patches: number;
  readonly patch: number;
  readonly bands: number;
}

/** Adds the products of a patch's cosine parts and those of its sine parts. */
function addProducts(sums: Float64Array, { signals, patches, patch, bands }: FilteredPatch): void {
  const column = new Float64Array(harmonics);
  for (let t = 0; t < 2 * bands; t++) {
    for (let h = 0; h < harmonics; h++) column[h] = signals[(h * patches + patch) * 2 * bands + t]!;
    let at = (t % bands) * packedSize;
    for (let a = 0; a < harmonics; a++) {
      const x = column[a]!;
      for (let b = a; b < harmonics; b++) sums[at++]! += x * column[b]!;
    }
  }
}
