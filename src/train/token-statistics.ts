import type { EncoderSizes } from "../model/encoder.ts";
import type { Tensors } from "./adamw.ts";
import { centreRows } from "./centring.ts";
import type { TrainingRecording } from "./recording-data.ts";
import type { WholeRecordings } from "./whole-recordings.ts";

export interface StatisticsOptions {
  readonly sizes: EncoderSizes;
  readonly recordings: readonly TrainingRecording[];
  readonly weights: Tensors;
}

export interface TokenStatistics {
  /** Of every number of the raw tokens. */
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
  /** Deviation of the doubly centred raw tokens. */
  readonly centred: Float32Array;
}

/** Over the valid, labelled patches of some recordings. */
export async function tokenStatistics(
  whole: WholeRecordings,
  options: StatisticsOptions,
): Promise<TokenStatistics> {
  const { sizes, recordings, weights } = options;
  const features = sizes.components * sizes.bands;
  const raw = createMoments(features);
  const centred = createMoments(features);
  for (const recording of recordings) {
    const powers = await whole.powers(recording, weights);
    const copy = powers.slice();
    centreRows(copy, sizes);
    recording.classes.forEach((known, p) => {
      if (known < 0) return;
      raw.add(powers.subarray(p * features, (p + 1) * features));
      centred.add(copy.subarray(p * features, (p + 1) * features));
    });
  }
  return { mean: raw.mean(), deviation: raw.deviation(), centred: centred.deviation() };
}

/** Mean and deviation of each number of some rows. */
export function createMoments(length: number) {
  const sum = new Float64Array(length);
  const squares = new Float64Array(length);
  let n = 0;
  return {
    add(row: Float32Array) {
      n++;
      for (let i = 0; i < length; i++) {
        sum[i]! += row[i]!;
        squares[i]! += row[i]! * row[i]!;
      }
    },
    mean: () => Float32Array.from(sum, (total) => total / n),
    deviation: () => Float32Array.from(squares, (total, i) => Math.sqrt(total / n - (sum[i]! / n) ** 2)),
  };
}
