import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { ChannelCovariance } from "../eeg/channel-covariance.ts";
import { EegError } from "../eeg/errors.ts";
import type { Item, Samples } from "../eeg/item.ts";
import type { StageFactory } from "../eeg/stage.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { findChannels, inTableOrder } from "./pick.ts";

/** Share of the mean variance that is added to every channel's, so that no direction is blown up out of nothing. */
const shrinkage = 0.01;
/** What every channel of the group varies by once it is aligned, µV: log powers keep their usual size. */
const alignedDeviation = 10;
/** Sets of channels whose matrices are kept: electrodes that come and go come back. */
const keptSets = 4;

/**
 * Euclidean alignment (He & Wu, IEEE Trans. Biomed. Eng. 67(2), 2020): channels are multiplied by the inverse square
 * root of the person's own covariance `R + 0.01 tr(R)/n I`, and by 10 µV, so that everybody's signal has the same
 * covariance, that of channels which vary alike and independently. It belongs before the average reference, which
 * makes a covariance singular.
 *
 * The output has the covariance's channels, in the order of the electrode table, and no others. A channel that is NaN
 * stays so, and the others are aligned by the covariance of those that are there: electrode by electrode the output is
 * what a calibration without the missing one would have given. Channels are summed in the order of the table, and
 * only + - * / and the square root are used, so that their order in the file changes no bit.
 * @throws EegError CHANNEL_MISSING, when a stream comes that lacks one of the covariance's channels
 */
export function alignStage(person: ChannelCovariance): StageFactory {
  return (input) => {
    const found = channelsOf(person, input);
    const kept = inTableOrder(input, found);
    const n = kept.length;
    const places = kept.map((c) => found.indexOf(c));
    const covariance = Float64Array.from({ length: n * n }, (_, i) => {
      const [row, column] = [places[Math.floor(i / n)]!, places[i % n]!];
      return person.covariance[row * n + column]!;
    });
    const matrices = new Map<string, Float64Array>();
    const there = new Uint8Array(n);

    /** The matrix for the channels that are there: [n, n], zeros for the others. */
    function matrix(): Float64Array {
      const key = there.join("");
      const known = matrices.get(key);
      if (known) return known;
      const made = alignment(covariance, there);
      const oldest = matrices.size < keptSets ? undefined : matrices.keys().next().value;
      if (oldest !== undefined) matrices.delete(oldest);
      matrices.set(key, made);
      return made;
    }

    function isThere({ data, nSamples }: Samples, i: number, k: number): 0 | 1 {
      const x = data[kept[k]! * nSamples + i]!;
      return x - x === 0 ? 1 : 0;
    }

    /** The sample after `from` at which other channels are there than at `from`. */
    function sameUntil(item: Samples, from: number): number {
      for (let k = 0; k < n; k++) there[k] = isThere(item, from, k);
      let to = from + 1;
      while (to < item.nSamples && there.every((one, k) => isThere(item, to, k) === one)) to++;
      return to;
    }

    function alignSamples(item: Samples): Samples {
      const { data, nSamples, start } = item;
      const output = new Float32Array(n * nSamples).fill(NaN);
      const sums = new Float64Array(nSamples);
      for (let from = 0, to = 0; from < nSamples; from = to) {
        to = sameUntil(item, from);
        const weights = matrix();
        for (let k = 0; k < n; k++) {
          if (there[k] === 0) continue;
          sums.fill(0, from, to);
          for (let j = 0; j < n; j++) {
            if (there[j] === 0) continue;
            const weight = weights[k * n + j]!;
            const row = kept[j]! * nSamples;
            for (let i = from; i < to; i++) sums[i]! += weight * data[row + i]!;
          }
          output.set(sums.subarray(from, to), k * nSamples + from);
        }
      }
      return { kind: "samples", start, data: output, nSamples };
    }

    return {
      output: {
        ...input,
        channels: kept.map((c) => input.channels[c]!),
        filters: [...input.filters, { kind: "other", description: "channels aligned to a person" }],
      },
      push: (item): readonly Item[] => [item.kind === "samples" ? alignSamples(item) : item],
      end: () => [],
    };
  };
}

function channelsOf({ channels }: ChannelCovariance, input: StreamInfo): number[] {
  try {
    return findChannels(input, channels, "channel alignment");
  } catch (error) {
    if (!(error instanceof EegError)) throw error;
    throw new EegError(error.code, `${error.message}; calibrate anew with the electrodes that are there`, {
      cause: error,
    });
  }
}

/**
 * What aligns the channels that are there: `10 (R + 0.01 tr(R)/n I)^(-1/2)` of their covariance.
 * @param covariance row-major [n, n]
 * @param there 1 for each channel that is there, else 0
 * @returns row-major [n, n]; 0 in the rows and columns of channels that are not there
 */
export function alignment(covariance: Float64Array, there: Uint8Array): Float64Array {
  const n = there.length;
  const present = [...there.keys()].filter((c) => there[c] === 1);
  const size = present.length;
  const result = new Float64Array(n * n);
  if (size === 0) return result;
  const part = new Matrix(present.map((row) => present.map((column) => covariance[row * n + column]!)));
  const floor = (shrinkage * part.trace()) / size;
  const { realEigenvalues: values, eigenvectorMatrix: vectors } = new EigenvalueDecomposition(part, {
    assumeSymmetric: true,
  });
  // A covariance of numbers that were rounded can have eigenvalues a hair below 0.
  const scales = values.map((value) => alignedDeviation / Math.sqrt(Math.max(value, 0) + floor));
  for (let a = 0; a < size; a++)
    for (let b = a; b < size; b++) {
      let sum = 0;
      for (let v = 0; v < size; v++) sum += vectors.get(a, v) * scales[v]! * vectors.get(b, v);
      result[present[a]! * n + present[b]!] = sum;
      result[present[b]! * n + present[a]!] = sum;
    }
  return result;
}
