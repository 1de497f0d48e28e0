import type { Samples } from "../eeg/item.ts";
import { splineWeights } from "../signal/splines.ts";
import { createPresence } from "../tokens/presence.ts";
import type { ChannelPlan } from "./window-channels.ts";

/** Samples of a model's channels, during which the same ones were there. */
interface Filled {
  readonly samples: Samples;
  /** `interpolated`: some of the model's channels were; `lacking`: some are NaN. */
  readonly state: "whole" | "interpolated" | "lacking";
}

export interface FillOptions {
  readonly plan: ChannelPlan;
  /** How many channels may be interpolated at once. */
  readonly atMost: number;
  /** Samples that a channel's filters need after it came back. */
  readonly settle: number;
}

export interface Fill {
  /** The model's channels out of those taken, in stretches during which the same ones were there. */
  push(item: Samples): Generator<Filled>;
  /** Begins a stretch at a sample of the grid. */
  restart(sample: number): void;
}

/** Puts a model's channels in its order and interpolates, as long as they are away, those that it may. */
export function createFill({ plan, atMost, settle }: FillOptions): Fill {
  const { own, takenPositions, wanted } = plan;
  const nTaken = takenPositions.length;
  const same = own.length === nTaken && own.every((c, i) => c === i);
  let current: Samples | undefined;
  const presence = createPresence(nTaken, settle, (channel, from, sought) => {
    const { data, nSamples } = current!;
    const offset = channel * nSamples;
    for (let i = from; i < nSamples; i++) {
      const x = data[offset + i]!;
      if ((x - x === 0) === (sought === "finite")) return i;
    }
    return nSamples;
  });
  /** The set of channels that `mix` is for, and what each of the model's is made of; null where it is NaN. */
  let weighed = "";
  let mix: readonly (Mix | null)[] = [];
  let state: Filled["state"] = "whole";

  function weigh(): void {
    const key = presence.present.join("");
    if (key === weighed) return;
    weighed = key;
    const away = own.flatMap((c, i) => (c < 0 || presence.present[c] === 0 ? [i] : []));
    const from = takenPositions.flatMap((position, c) => (position && presence.present[c] === 1 ? [c] : []));
    const can = away.every((i) => wanted[i]!.position) && away.length <= atMost && from.length >= 3;
    state = away.length === 0 ? "whole" : can ? "interpolated" : "lacking";
    const weights = state === "interpolated" ? spline(from, away) : null;
    mix = own.map((c, i) => {
      const k = away.indexOf(i);
      if (k < 0) return { channels: [c], weights: Float64Array.of(1) };
      return weights && { channels: from, weights: weights.subarray(k * from.length, (k + 1) * from.length) };
    });
  }

  function spline(from: readonly number[], to: readonly number[]): Float64Array {
    const sources = from.map((c) => takenPositions[c]!);
    return splineWeights(
      sources,
      to.map((i) => wanted[i]!.position!),
    );
  }

  function compose({ data, nSamples, start }: Samples, from: number, to: number): Samples {
    const n = to - from;
    const out = new Float32Array(own.length * n).fill(NaN);
    mix.forEach((each, i) => {
      if (!each) return;
      const { channels, weights } = each;
      for (let t = 0; t < n; t++) {
        let sum = 0;
        for (let k = 0; k < channels.length; k++)
          sum += weights[k]! * data[channels[k]! * nSamples + from + t]!;
        out[i * n + t] = sum;
      }
    });
    return { kind: "samples", start: start + from, data: out, nSamples: n };
  }

  return {
    *push(item) {
      current = item;
      for (let from = 0; from < item.nSamples;) {
        const to = presence.run({ start: item.start, from, n: item.nSamples });
        weigh();
        const whole = same && state === "whole" && from === 0 && to === item.nSamples;
        yield { samples: whole ? item : compose(item, from, to), state };
        from = to;
      }
    },
    restart: (sample) => presence.restart(sample),
  };
}

interface Mix {
  readonly channels: readonly number[];
  readonly weights: Float64Array;
}
