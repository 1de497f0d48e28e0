import type { StageFactory } from "../eeg/stage.ts";

export interface RunningStandardOptions {
  /** Of the newest sample in mean and variance; those before it weigh `1 - weight` times as much, and so on. */
  readonly weight: number;
  /** The least deviation that is divided by. */
  readonly floor: number;
}

/**
 * Takes each channel's exponentially weighted mean off and divides by its deviation, sample by sample, as braindecode's
 * `exponential_moving_standardize` without a first block (pandas' `ewm(alpha, adjust=True)`). It begins anew after a
 * gap; NaN teaches it nothing.
 */
export function runningStandardStage({ weight, floor }: RunningStandardOptions): StageFactory {
  return (input) => {
    const nChannels = input.channels.length;
    const sums = new Float64Array(nChannels);
    const squares = new Float64Array(nChannels);
    const weights = new Float64Array(nChannels);
    return {
      output: {
        ...input,
        filters: [...input.filters, { kind: "other", description: "running standardisation" }],
      },
      push(item) {
        if (item.kind === "gap") for (const state of [sums, squares, weights]) state.fill(0);
        if (item.kind !== "samples") return [item];
        const { data, nSamples } = item;
        const output = new Float32Array(data.length);
        for (let c = 0; c < nChannels; c++) {
          let sum = sums[c]!;
          let square = squares[c]!;
          let total = weights[c]!;
          for (let i = c * nSamples; i < (c + 1) * nSamples; i++) {
            const x = data[i]!;
            if (x - x !== 0) {
              output[i] = x;
              continue;
            }
            sum = x + (1 - weight) * sum;
            total = 1 + (1 - weight) * total;
            const centred = x - sum / total;
            square = centred * centred + (1 - weight) * square;
            const deviation = Math.sqrt(square / total);
            output[i] = centred / (deviation > floor ? deviation : floor);
          }
          sums[c] = sum;
          squares[c] = square;
          weights[c] = total;
        }
        return [{ ...item, data: output }];
      },
      end: () => [],
    };
  };
}
