import { cos, exp, log } from "../eeg/math.ts";

/** Tensors by name. */
export type Tensors = ReadonlyMap<string, Float32Array>;

/** What the optimiser carries from step to step: the weights, and running means of gradients and their squares. */
export interface AdamWState {
  readonly weights: Tensors;
  readonly first: Tensors;
  readonly second: Tensors;
}

export interface AdamWOptions {
  /** Counted from 0. */
  readonly step: number;
  readonly learningRate: number;
  /** Share of a weight that goes with each step, times the learning rate; only where `decays`. */
  readonly weightDecay: number;
  readonly decays: (name: string) => boolean;
  readonly beta1: number;
  readonly beta2: number;
}

const epsilon = 1e-8;

/** A state before the first step. The weights are those given, and are changed by the steps. */
export function startAdamW(weights: Tensors): AdamWState {
  const zeros = () => new Map([...weights].map(([name, { length }]) => [name, new Float32Array(length)]));
  return { weights, first: zeros(), second: zeros() };
}

/** One step of AdamW (Loshchilov & Hutter 2019, algorithm 2) in place, on the tensors that have a gradient. */
export function stepAdamW(state: AdamWState, gradients: Tensors, options: AdamWOptions): void {
  const { step, learningRate, weightDecay, decays, beta1, beta2 } = options;
  const bias1 = 1 - exp((step + 1) * log(beta1));
  const bias2 = 1 - exp((step + 1) * log(beta2));
  for (const [name, gradient] of gradients) {
    const w = state.weights.get(name)!;
    const m = state.first.get(name)!;
    const v = state.second.get(name)!;
    const kept = 1 - (decays(name) ? learningRate * weightDecay : 0);
    for (let i = 0; i < w.length; i++) {
      const g = gradient[i]!;
      m[i] = beta1 * m[i]! + (1 - beta1) * g;
      v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
      const moved = (learningRate * (m[i]! / bias1)) / (Math.sqrt(v[i]! / bias2) + epsilon);
      w[i] = w[i]! * kept - moved;
    }
  }
}

/**
 * Scales gradients down in place until their common Euclidean norm is at most `limit` (Pascanu et al. 2013).
 * @returns the norm they had
 */
export function clipNorm(gradients: Tensors, limit: number): number {
  let sum = 0;
  for (const gradient of gradients.values()) for (const g of gradient) sum += g * g;
  const norm = Math.sqrt(sum);
  if (norm > limit)
    for (const gradient of gradients.values())
      for (let i = 0; i < gradient.length; i++) gradient[i] = (gradient[i]! * limit) / norm;
  return norm;
}

export interface Schedule {
  readonly steps: number;
  readonly warmUpSteps: number;
}

/** Share of the full learning rate at a step: a linear rise, under half a cosine from 1 to 0 over all steps. */
export function learningShare(step: number, { steps, warmUpSteps }: Schedule): number {
  return (Math.min(1, (step + 1) / Math.max(1, warmUpSteps)) * (1 + cos((Math.PI * step) / steps))) / 2;
}

/** Moves running means of the weights towards them: a plain mean at first, later one over 1 / (1 - decay) steps. */
export function averageWeights(
  means: Tensors,
  weights: Tensors,
  { step, decay }: { step: number; decay: number },
): void {
  const keep = Math.min(decay, (step + 1) / (step + 10));
  for (const [name, mean] of means) {
    const w = weights.get(name)!;
    for (let i = 0; i < mean.length; i++) mean[i] = keep * mean[i]! + (1 - keep) * w[i]!;
  }
}
