import type { Tensors } from "./adamw.ts";
import type { TrainingRecording } from "./recording-data.ts";
import type { WholeRecordings } from "./whole-recordings.ts";

/** Mean and deviation of every number of the raw tokens over the valid, labelled patches of some recordings. */
export async function tokenStatistics(
  whole: WholeRecordings,
  recordings: readonly TrainingRecording[],
  weights: Tensors,
): Promise<{ readonly mean: Float32Array; readonly deviation: Float32Array }> {
  const features = weights.get("token.mean")!.length;
  const sum = new Float64Array(features);
  const squares = new Float64Array(features);
  let n = 0;
  for (const recording of recordings) {
    const powers = await whole.powers(recording, weights);
    for (let p = 0; p < recording.valid.length; p++) {
      if (recording.valid[p] === 0 || recording.labels[p]! < 0) continue;
      n++;
      for (let f = 0; f < features; f++) {
        const value = powers[p * features + f]!;
        sum[f] = sum[f]! + value;
        squares[f] = squares[f]! + value * value;
      }
    }
  }
  const mean = Float32Array.from(sum, (total) => total / n);
  const deviation = Float32Array.from(squares, (total, f) => Math.sqrt(total / n - (sum[f]! / n) ** 2));
  return { mean, deviation };
}
