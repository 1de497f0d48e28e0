import type { AbstainReason } from "../eeg/decision.ts";
import type { EvokedDefinition } from "./evoked.ts";

/** What the encoder sees of one patch. */
export interface Token {
  readonly kind: "token";
  /** Index of the patch on the model's grid. */
  readonly patch: number;
  /**
   * `components * bands` log powers, component-major, normalised, and evoked responses behind them if the model looks
   * for any; null if the patch is masked.
   */
  readonly values: Float32Array | null;
  /** Why it is masked; `channels-missing` also where a token could be made without some of the channels. */
  readonly reasons: readonly AbstainReason[];
}

/** How samples become tokens, as a model has learned it. */
export interface TokenDefinition {
  /** S: spatial components. */
  readonly components: number;
  /** K: band filters, shared by the components. */
  readonly bands: number;
  /** Patches whose band powers are averaged before the logarithm, at least 1. */
  readonly average: number;
  /** Added to every band power before its logarithm, µV². */
  readonly epsilon: number;
  /** [S, 36]: each component's coefficients on the spherical harmonics. */
  readonly mix: Float32Array;
  /** [K], Hz. */
  readonly centre: Float32Array;
  /** [K], Hz: deviation of the filter's Gaussian in frequency. */
  readonly width: Float32Array;
  /** [S · K] of log power over the training set. */
  readonly mean: Float32Array;
  /** [S · K] */
  readonly deviation: Float32Array;
  /** @default none are looked for */
  readonly evoked?: EvokedDefinition;
  /** Electrodes that the task lives on, and how many of them must be there. @default none need be */
  readonly needs?: { readonly region: readonly string[]; readonly atLeast: number };
}

/** Numbers of a token. */
export function tokenNumbers({ components, bands, evoked }: TokenSizes): number {
  return components * bands + (evoked?.responses ?? 0);
}

interface TokenSizes {
  readonly components: number;
  readonly bands: number;
  readonly evoked?: { readonly responses: number } | undefined;
}
