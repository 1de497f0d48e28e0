import type { EvokedSizes } from "../tokens/evoked.ts";
import { harmonics, modelHz, patchSamples, strideSamples } from "../tokens/patch-grid.ts";
import { tokenNumbers } from "../tokens/token.ts";

/**
 * The encoder `bandpower-transformer`, defined once: sizes, parameters, derived times. Everything that runs it
 * (the plain oracle, the wasm kernels, the ONNX graphs) takes names and shapes from here.
 *
 * One stream's whole-sequence form, over patches p = 0, 1, ... of the model's grid (patch p: samples
 * [16 p, 16 p + 80) at 160 Hz):
 *
 *   power[p]  = mean of |q[j]|² over the valid patches j in (p - average, p]
 *   token[p]  = (log(power[p] + ε) - token.mean) / token.deviation       S·K numbers, component-major
 *   and, where the model looks for evoked responses, H more numbers behind them:
 *   wave[p]     = low-passed component at the middle of the patch / evoked.deviation, bent to ±4: 4 tanh(x / 4)
 *   response[p] = Σ over the last `reach` patches j  evoked.response · wave[j]                H numbers
 *   onset[p]    = evoked.onset · silu(Σ evoked.feature.weight · wave[j] + evoked.feature.bias) + evoked.strength · |response[p]|
 *   token[p][h] = Σ_j response[j][h] · softmax over valid j in (p - evoked.window, p] of  onset[j][h] - softplus(evoked.slope[h])·(p - j)
 *   x[p]      = embed.weight · token[p] + embed.bias                     d numbers
 *   for each layer:
 *     h       = layerNorm(x; norm1)
 *     q, k, v = query·h, key·h, value·h (with biases), split into heads of d / heads
 *     a[p]    = softmax over valid patches j in (p - window, p] of  q[p]·k[j] / √(d/heads) - softplus(slope)·(p - j)
 *     x[p]   += output · Σ a[p][j] v[j] + bias
 *     x[p]   += down · silu(up · layerNorm(x; norm2) + bias) + bias
 *   e[p]      = layerNorm(x[p]; norm)                                    the embedding
 *   logits[p] = head.weight · e[p] + head.bias
 *
 * Weights are row-major [out, in]; layerNorm has ε = 1e-5; silu(x) = x / (1 + exp(-x)); softplus(x) = log(1 + exp(x)).
 * Masked patches are absent: no key, no output, but the grid goes on, so that keys age by grid distance.
 */
export interface EncoderSizes {
  /** S: spatial components of the mix. */
  readonly components: number;
  /** K: band filters, shared by the components. */
  readonly bands: number;
  /** Patches whose band powers are averaged before the logarithm; 1: none but the patch itself. */
  readonly average: number;
  /** d: width of the transformer. */
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Width of the feed-forward part. */
  readonly feedForward: number;
  /** w: patches that a layer sees, itself included. */
  readonly window: number;
  readonly classes: number;
  /** @default the model looks at band powers only */
  readonly evoked?: EvokedSizes | undefined;
}

export { harmonics, modelHz, patchSamples, strideSamples };
export const normEpsilon = 1e-5;

export type Shape = readonly number[];

/** Every tensor of the model by name, in the order in which files hold them. */
export function parameterShapes(sizes: EncoderSizes): ReadonlyMap<string, Shape> {
  const { components, bands, width, layers, heads, feedForward, classes, evoked } = sizes;
  const powers = components * bands;
  const shapes: [string, Shape][] = [
    ["mix.weight", [components, harmonics]],
    ["bands.centre", [bands]], // Hz
    ["bands.width", [bands]], // Hz, deviation of the filter's Gaussian in frequency
    ["token.mean", [powers]],
    ["token.deviation", [powers]],
  ];
  if (evoked) {
    const { responses, onsets, reach } = evoked;
    shapes.push(
      ["evoked.deviation", [components]], // µV
      ["evoked.response", [responses, components, reach]],
      ["evoked.feature.weight", [onsets, components, reach]],
      ["evoked.feature.bias", [onsets]],
      ["evoked.onset", [responses, onsets]],
      ["evoked.strength", [responses]],
      ["evoked.slope", [responses]],
    );
  }
  shapes.push(["embed.weight", [width, tokenNumbers(sizes)]], ["embed.bias", [width]]);
  for (let l = 0; l < layers; l++) {
    const layer = `layers.${l}`;
    shapes.push([`${layer}.norm1.weight`, [width]], [`${layer}.norm1.bias`, [width]]);
    for (const part of ["query", "key", "value", "output"])
      shapes.push(
        [`${layer}.attention.${part}.weight`, [width, width]],
        [`${layer}.attention.${part}.bias`, [width]],
      );
    shapes.push(
      [`${layer}.attention.slope`, [heads]],
      [`${layer}.norm2.weight`, [width]],
      [`${layer}.norm2.bias`, [width]],
      [`${layer}.feedforward.up.weight`, [feedForward, width]],
      [`${layer}.feedforward.up.bias`, [feedForward]],
      [`${layer}.feedforward.down.weight`, [width, feedForward]],
      [`${layer}.feedforward.down.bias`, [width]],
    );
  }
  shapes.push(
    ["norm.weight", [width]],
    ["norm.bias", [width]],
    ["head.weight", [classes, width]],
    ["head.bias", [classes]],
  );
  return new Map(shapes);
}

/** Patches that can influence one output. */
export function contextPatches({ average, window, layers, evoked }: EncoderSizes): number {
  return (window - 1) * layers + Math.max(average, evoked ? evokedPatches(evoked) : 0);
}

/** Patches whose waves an evoked response can come from. */
export function evokedPatches({ window, reach }: EvokedSizes): number {
  return window + reach - 1;
}

/** Seconds of signal that can influence one output. */
export function contextSeconds(sizes: EncoderSizes): number {
  return ((contextPatches(sizes) - 1) * strideSamples + patchSamples) / modelHz;
}

/** Valid patches in a row that cover so many seconds of signal: at least one, at most what an output can see. */
export function patchesFor(seconds: number, sizes: EncoderSizes): number {
  const patches = Math.ceil((seconds * modelHz - patchSamples) / strideSamples) + 1;
  return Math.min(contextPatches(sizes), Math.max(1, patches));
}
