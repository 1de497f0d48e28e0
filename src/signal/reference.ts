import { EegError } from "../eeg/errors.ts";
import type { Item } from "../eeg/item.ts";
import type { Stage, StageFactory } from "../eeg/stage.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { findChannels, inTableOrder } from "./pick.ts";

/**
 * Subtracts the mean over the channels of type `eeg` from each of them, sample by sample. A channel that is NaN is
 * left out of the mean; where all are, the output is NaN too. Channels are summed in the order of the electrode
 * table, so their order in the file does not change a bit.
 * @throws EegError CHANNEL_MISSING, when a stream comes with fewer than two such channels
 */
export function averageReferenceStage(): StageFactory {
  return (input) => {
    const eeg = eegChannels(input);
    if (eeg.length < 2)
      throw new EegError(
        "CHANNEL_MISSING",
        `average reference: needs at least 2 EEG channels, the stream has ${eeg.length}`,
      );
    return subtracting(input, eeg, "average");
  };
}

/**
 * Subtracts the mean of the named channels from every channel of type `eeg`, themselves included.
 * @throws RangeError if none is named; EegError CHANNEL_MISSING, when a stream comes that lacks one of them
 */
export function referenceStage(labels: readonly string[]): StageFactory {
  if (labels.length === 0)
    throw new RangeError("reference: expected the labels of one channel or more, got none");
  return (input) => {
    const named = findChannels(input, labels, "reference");
    const name = named.map((c) => input.channels[c]!.label).join("+");
    return subtracting(input, inTableOrder(input, named), name);
  };
}

function eegChannels(input: StreamInfo): number[] {
  const all = input.channels.map((_, c) => c);
  return inTableOrder(
    input,
    all.filter((c) => input.channels[c]!.type === "eeg"),
  );
}

const block = 1024; // samples whose sums stay in the processor's nearest cache

function subtracting(input: StreamInfo, summed: readonly number[], name: string): Stage {
  const changed = eegChannels(input);
  const isChanged = new Set(changed);
  const means = new Float64Array(block);

  /** The mean over the summed channels that have a finite number at index `i` of their `nSamples`. */
  function meanOfPresent(data: Float32Array, nSamples: number, i: number): number {
    let sum = 0;
    let count = 0;
    for (const c of summed) {
      const x = data[c * nSamples + i]!;
      if (x - x !== 0) continue;
      sum += x;
      count++;
    }
    return sum / count;
  }

  /** Means of samples `from` to `to`, into `means`. */
  function average(data: Float32Array, from: number, to: number): void {
    const nSamples = data.length / input.channels.length;
    const n = to - from;
    means.fill(0, 0, n);
    let k = 0;
    // Four channels a turn, which adds in the same order as one by one.
    for (; k + 3 < summed.length; k += 4) {
      const a = summed[k]! * nSamples + from;
      const b = summed[k + 1]! * nSamples + from;
      const c = summed[k + 2]! * nSamples + from;
      const d = summed[k + 3]! * nSamples + from;
      for (let i = 0; i < n; i++)
        means[i] = means[i]! + data[a + i]! + data[b + i]! + data[c + i]! + data[d + i]!;
    }
    for (; k < summed.length; k++) {
      const a = summed[k]! * nSamples + from;
      for (let i = 0; i < n; i++) means[i]! += data[a + i]!;
    }
    for (let i = 0; i < n; i++) {
      const sum = means[i]!;
      means[i] = sum - sum === 0 ? sum / summed.length : meanOfPresent(data, nSamples, from + i);
    }
  }

  return {
    output: {
      ...input,
      channels: input.channels.map((channel, c) =>
        isChanged.has(c) ? { ...channel, reference: name } : channel,
      ),
      filters: [...input.filters, { kind: "reference", description: `reference ${name}` }],
    },
    push(item): readonly Item[] {
      if (item.kind !== "samples") return [item];
      const { data, nSamples, start } = item;
      const output = data.slice();
      for (let from = 0; from < nSamples; from += block) {
        const n = Math.min(block, nSamples - from);
        average(data, from, from + n);
        for (const c of changed) {
          const at = c * nSamples + from;
          for (let i = 0; i < n; i++) output[at + i]! -= means[i]!;
        }
      }
      return [{ kind: "samples", start, data: output, nSamples }];
    },
    end: () => [],
  };
}
