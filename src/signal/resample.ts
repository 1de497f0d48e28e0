import type { Gap, GapReason, Item, Samples } from "../eeg/item.ts";
import { hertz, type Sfreq } from "../eeg/sfreq.ts";
import type { Stage, StageFactory } from "../eeg/stage.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { createHeld } from "./held.ts";
import { halfLength, polyphase, resampleRatio, type Ratio } from "./polyphase.ts";
import { advance } from "./position.ts";

export interface ResampleOptions {
  /** The new sampling frequency. */
  readonly sfreq: Sfreq;
}

/**
 * Resamples by a rational factor, as `scipy.signal.resample_poly` away from the edges. Output sample n stands at
 * the source's n · down / up with no delay, for which it looks `10 max(up, down) / up` source samples ahead.
 * Outputs whose kernel would reach over the start, the end or a gap are gaps with the reason `edge`, so samples and
 * gaps still tile the grid. NaN makes the outputs NaN whose kernel holds it.
 * @throws EegError SFREQ_UNSUPPORTED, when a stream comes, if the ratio takes whole numbers above 1000
 */
export function resampleStage({ sfreq }: ResampleOptions): StageFactory {
  return (input) => {
    const ratio = resampleRatio(input.sfreq, sfreq);
    if (ratio.up === 1 && ratio.down === 1) return { output: input, push: (item) => [item], end: () => [] };
    return resampler(input, sfreq, ratio);
  };
}

/** Outputs `from` to `to` on the output's grid, to be written to `target`. */
interface Task {
  readonly target: Samples;
  readonly from: number;
  readonly to: number;
}

function resampler(input: StreamInfo, sfreq: Sfreq, ratio: Ratio): Stage {
  const { up, down } = ratio;
  const half = halfLength(ratio);
  const nChannels = input.channels.length;
  const filter = polyphase(ratio);
  const held = createHeld(nChannels, Math.floor((2 * half) / up) + 2 + Math.ceil(down / up));
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

  /** Computes outputs `from` to `to`, whose kernels are held, into `target`: four channels at a time. */
  function compute(target: Samples, from: number, to: number): void {
    const last = nChannels - 1;
    for (let c = 0; c < nChannels; c += 4)
      convolve([c, Math.min(c + 1, last), Math.min(c + 2, last), Math.min(c + 3, last)], {
        target,
        from,
        to,
      });
  }

  /** Each channel's sum goes along the taps in order, so its bits do not depend on its neighbours. */
  function convolve(channels: readonly number[], { target, from, to }: Task): void {
    const { taps, offset, first, count } = filter;
    const { data, stride } = held;
    const out = target.data;
    const [a0, a1, a2, a3] = channels.map((c) => c * stride) as [number, number, number, number];
    const [o0, o1, o2, o3] = channels.map((c) => c * target.nSamples) as [number, number, number, number];
    const whole = Math.floor(down / up);
    const part = down % up;
    let phase = (from * down) % up;
    let base = ((from * down - phase) / up - held.from + held.offset) | 0;
    let at = from - target.start;
    for (let n = from; n < to; n++) {
      let i = base + first[phase]!;
      let k = offset[phase]!;
      const end = k + count[phase]!;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (; k + 1 < end; k += 2, i += 2) {
        const h = taps[k]!;
        const h1 = taps[k + 1]!;
        s0 = s0 + data[a0 + i]! * h + data[a0 + i + 1]! * h1;
        s1 = s1 + data[a1 + i]! * h + data[a1 + i + 1]! * h1;
        s2 = s2 + data[a2 + i]! * h + data[a2 + i + 1]! * h1;
        s3 = s3 + data[a3 + i]! * h + data[a3 + i + 1]! * h1;
      }
      if (k < end) {
        const h = taps[k]!;
        s0 += data[a0 + i]! * h;
        s1 += data[a1 + i]! * h;
        s2 += data[a2 + i]! * h;
        s3 += data[a3 + i]! * h;
      }
      out[o0 + at] = s0;
      out[o1 + at] = s1;
      out[o2 + at] = s2;
      out[o3 + at] = s3;
      at++;
      phase += part;
      base += whole;
      if (phase >= up) {
        phase -= up;
        base++;
      }
    }
  }

  function pushSamples(item: Samples): readonly Item[] {
    const end = item.start + item.nSamples;
    const start = Math.max(emitted, wholeFrom(runStart));
    const n = Math.max(0, wholeBefore(end) - start);
    const target: Samples = { kind: "samples", start, data: new Float32Array(nChannels * n), nSamples: n };
    const edge = n > 0 ? gapTo(start, "edge") : [];
    let done = start;
    while (position < end) {
      const step = Math.min(held.room, end - position);
      held.append(item, position - item.start, position - item.start + step);
      position += step;
      const ready = wholeBefore(position);
      if (ready > done) {
        compute(target, done, ready);
        done = ready;
      }
      held.forget(Math.ceil((done * down - half) / up));
    }
    if (n === 0) return [];
    emitted = start + n;
    return [...edge, target];
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
      held.clear(end);
      return gaps;
    },
    end: () => gapTo(outputsBefore(position), "edge"),
  };
}
