import { exp, log } from "../eeg/math.ts";
import { normEpsilon, type EncoderSizes } from "./encoder.ts";
import { type Model, tensor } from "./model.ts";

/**
 * The encoder's parts in plain float64 loops, as the header of `encoder.ts` defines them: what every engine is
 * compared with.
 */
export type Vector = Float64Array;

/** weight · x + bias, of the layer `name`. */
export function linear(model: Model, name: string, x: ArrayLike<number>): Vector {
  const weight = tensor(model, `${name}.weight`);
  const bias = tensor(model, `${name}.bias`);
  return Float64Array.from(bias, (start, o) => {
    let sum = start;
    for (let i = 0; i < x.length; i++) sum += weight[o * x.length + i]! * x[i]!;
    return sum;
  });
}

function layerNorm(model: Model, name: string, x: Vector): Vector {
  const weight = tensor(model, `${name}.weight`);
  const bias = tensor(model, `${name}.bias`);
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / x.length;
  const deviation = Math.sqrt(variance + normEpsilon);
  return x.map((value, i) => ((value - mean) / deviation) * weight[i]! + bias[i]!);
}

function silu(x: Vector): Vector {
  return x.map((value) => value / (1 + exp(-value)));
}

export function softplus(x: number): number {
  return log(1 + exp(x));
}

/** A patch that a layer can look back to. */
export interface Seen {
  readonly patch: number;
  readonly key: Vector;
  readonly value: Vector;
}

/** The layer's own key, value and query of a patch. */
export function project(
  model: Model,
  layer: string,
  x: Vector,
): { key: Vector; value: Vector; query: Vector } {
  const h = layerNorm(model, `${layer}.norm1`, x);
  return {
    key: linear(model, `${layer}.attention.key`, h),
    value: linear(model, `${layer}.attention.value`, h),
    query: linear(model, `${layer}.attention.query`, h),
  };
}

export interface AttentionInput {
  readonly sizes: EncoderSizes;
  /** `softplus(slope)` is taken off the score for every patch of distance, one slope a head. */
  readonly slope: Float32Array;
  readonly query: Vector;
  readonly patch: number;
  /** Valid patches in (patch - window, patch]. */
  readonly seen: readonly Seen[];
}

/** Σ_j softmax_j(q · k_j / √(d/heads) - softplus(slope) · (p - j)) v_j, head after head. */
export function attend({ sizes, slope, query, patch, seen }: AttentionInput): Vector {
  const size = sizes.width / sizes.heads;
  const mixed = new Float64Array(sizes.width);
  for (let head = 0; head < sizes.heads; head++) {
    const from = head * size;
    const scores = seen.map(({ patch: other, key }) => {
      let product = 0;
      for (let i = from; i < from + size; i++) product += query[i]! * key[i]!;
      return product / Math.sqrt(size) - softplus(slope[head]!) * (patch - other);
    });
    const highest = Math.max(...scores);
    const shares = scores.map((score) => exp(score - highest));
    const total = shares.reduce((sum, share) => sum + share, 0);
    seen.forEach(({ value }, j) => {
      for (let i = from; i < from + size; i++) mixed[i]! += (shares[j]! / total) * value[i]!;
    });
  }
  return mixed;
}

/** What follows attention in a layer: x + output · mixed, then the feed-forward part. */
export function finishLayer(
  model: Model,
  layer: string,
  { x, mixed }: { readonly x: Vector; readonly mixed: Vector },
): Vector {
  const attended = add(x, linear(model, `${layer}.attention.output`, mixed));
  const hidden = silu(linear(model, `${layer}.feedforward.up`, layerNorm(model, `${layer}.norm2`, attended)));
  return add(attended, linear(model, `${layer}.feedforward.down`, hidden));
}

/** Logits of a patch from the last layer's output. */
export function readOut(model: Model, x: Vector): Vector {
  return linear(model, "head", layerNorm(model, "norm", x));
}

function add(a: Vector, b: Vector): Vector {
  return a.map((value, i) => value + b[i]!);
}
