import type { Gap, GapReason, Item, Samples } from "../eeg/item.ts";
import { hertz, type Sfreq } from "../eeg/sfreq.ts";
import type { Stage, StageFactory } from "../eeg/stage.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { halfLength, polyphase, resampleRatio, type Ratio } from "./polyphase.ts";
import { advance } from "./position.ts";
import { createResampleKernel } from "./wasm/resample-kernel.ts";

export interface ResampleOptions {
  /** The new sampling frequency. */
  readonly sfreq: Sfreq;
}

/**
 * Resamples by a rational factor, as `scipy.signal.resample_poly` away from the edges. Output sample n stands at
 * the source's n · down / up with no delay, for which it looks `10 max(up, down) / up` source samples ahead.
 * Outputs whose kernel would reach over the start, the end or a gap are gaps with the reason `edge`, so samples and
 * gaps still tile the grid. NaN makes the outputs NaN whose kernel holds it. Long stretches come out in pieces.
 * @throws EegError SFREQ_UNSUPPORTED, when a stream comes, if the ratio takes whole numbers above 1000
 */
export function resampleStage({ sfreq }: ResampleOptions): StageFactory {
  return (input) => {
    const ratio = resampleRatio(input.sfreq, sfreq);
    if (ratio.up === 1 && ratio.down === 1) return { output: input, push: (item) => [item], end: () => [] };
    return resampler(input, sfreq, ratio);
  };
}

function resampler(input: StreamInfo, sfreq: Sfreq, ratio: Ratio): Stage {
  const { up, down } = ratio;
  const half = halfLength(ratio);
  const kernel = createResampleKernel(ratio, polyphase(ratio), input.channels.length);
  let position = 0; // on the source's grid
  let runStart = 0; // where the source's stretch without a gap began
  let emitted = 0; // on the output's grid

  /** Outputs that stand before `sample` of the source. */
  const outputsBefore = (sample: number): number => Math.ceil((sample * up) / down);
  /** Outputs whose kernel lies before `sample` of the source. */
  const wholeBefore = (sample: number): number => Math.max(0, Math.ceil((sample * up - half) / down));
  /** The first output whose kernel does not reach before `sample`. */
  const wholeFrom = (sample: number): number => Math.floor(((sample - 1) * up + half) / down) + 1;

  function gapTo(end: number, reason: GapReason): readonly Gap[] {
    if (end <= emitted) return [];
    const gap: Gap = { kind: "gap", start: emitted, nSamples: end - emitted, reason };
    emitted = end;
    return [gap];
  }

  function pushSamples(item: Samples): readonly Item[] {
    const items: Item[] = [];
    const end = item.start + item.nSamples;
    while (position < end) {
      const step = Math.min(kernel.room, end - position);
      kernel.append(item, position - item.start, position - item.start + step);
      position += step;
      const from = Math.max(emitted, wholeFrom(runStart));
      const to = wholeBefore(position);
      if (to > from) {
        items.push(...gapTo(from, "edge"));
        items.push({ kind: "samples", start: from, data: kernel.compute(from, to), nSamples: to - from });
        emitted = to;
      }
      kernel.forget(Math.ceil((Math.max(from, to) * down - half) / up));
    }
    return items;
  }

  return {
    output: {
      ...input,
      sfreq,
      filters: [
        ...input.filters,
        {
          kind: "resample",
          description: `resampled from ${hertz(input.sfreq)} to ${hertz(sfreq)} Hz`,
          highHz: Math.min(hertz(input.sfreq), hertz(sfreq)) / 2,
        },
      ],
      delaySamples: (input.delaySamples * up) / down,
      settleSamples: input.settleSamples === 0 ? 0 : Math.ceil((input.settleSamples * up + half) / down),
    },
    push(item) {
      if (item.kind === "marker")
        return [{ ...item, onset: (item.onset * up) / down, duration: (item.duration * up) / down }];
      const end = advance(position, item);
      if (item.kind === "samples") return pushSamples(item);
      const gaps = [...gapTo(outputsBefore(item.start), "edge"), ...gapTo(outputsBefore(end), item.reason)];
      position = runStart = end;
      kernel.clear(end);
      return gaps;
    },
    end: () => gapTo(outputsBefore(position), "edge"),
  };
}
