import { sphericalHarmonics } from "../eeg/harmonics.ts";
import type { Position } from "../eeg/stream-info.ts";
import { harmonics } from "./patch-grid.ts";
import type { TokenDefinition } from "./token.ts";

/** Weights of the mix for one set of channels that are present. */
export interface MixWeights {
  /** Indexes of the present channels, rising. */
  readonly channels: readonly number[];
  /** [present channels, 4 · groups]: channel after channel, components padded with zeros to a multiple of 4. */
  readonly weights: Float32Array;
  /** 1 for each component that the present channels do not carry; its weights are 0. */
  readonly masked: Uint8Array;
}

/**
 * Weights by position: component s gives channel c the weight A_s · Φ(position_c), and a component's weights over
 * the channels present are divided by their L2 norm. Computed in float64 in the channels' order, rounded to float32.
 * A component is masked where the present channels hold less than half of its norm over all channels.
 */
export function mixByPosition(
  definition: Pick<TokenDefinition, "components" | "mix">,
  positions: readonly Position[],
): (present: Uint8Array) => MixWeights {
  const { components, mix } = definition;
  const padded = paddedComponents(components);
  const raw = new Float64Array(positions.length * components);
  const full = new Float64Array(components);
  positions.forEach((position, c) => {
    const values = sphericalHarmonics(position);
    for (let s = 0; s < components; s++) {
      let weight = 0;
      for (let h = 0; h < harmonics; h++) weight += mix[s * harmonics + h]! * values[h]!;
      raw[c * components + s] = weight;
      full[s]! += weight * weight;
    }
  });
  return (present) => {
    const channels = [...present.keys()].filter((c) => present[c] === 1);
    const weights = new Float32Array(channels.length * padded);
    const masked = new Uint8Array(components);
    for (let s = 0; s < components; s++) {
      let held = 0;
      for (const c of channels) held += raw[c * components + s]! * raw[c * components + s]!;
      // norms are compared squared: half of the norm is a quarter of its square
      if (!(held >= 0.25 * full[s]!) || held === 0) masked[s] = 1;
      else {
        const norm = Math.sqrt(held);
        channels.forEach((c, i) => (weights[i * padded + s] = raw[c * components + s]! / norm));
      }
    }
    return { channels, weights, masked };
  };
}

/** Components in rows of 4 lanes. */
export function paddedComponents(components: number): number {
  return Math.ceil(components / 4) * 4;
}
