import { exp, log } from "../eeg/math.ts";
import { dot, moments } from "./moments.ts";

/** A logistic regression of two classes on standardised features. */
export interface LogisticRegression {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
  readonly weights: Float64Array;
  readonly bias: number;
}

export interface LogisticOptions {
  /** Times the sum of the squared weights is added to the mean loss. */
  readonly decay: number;
  /** @default 200 */
  readonly iterations?: number;
}

/**
 * Fits by gradient descent with Nesterov's momentum (Nesterov 1983, with restarts of O'Donoghue & Candès 2015), the
 * step found by halving. The loss is convex: it ends where there is nothing left to gain.
 */
export function fitLogistic(
  rows: readonly Float64Array[],
  classes: readonly number[],
  { decay, iterations = 200 }: LogisticOptions,
): LogisticRegression {
  const n = rows.length;
  const p = rows[0]!.length;
  const { mean, deviation } = moments(rows);
  const x = rows.map((row) => row.map((v, i) => (v - mean[i]!) / deviation[i]!));
  const signs = classes.map((c) => (c === 1 ? 1 : -1));

  /** The loss at weights, whose last is the bias, and its gradient. */
  function evaluate(w: Float64Array): { loss: number; gradient: Float64Array } {
    const gradient = new Float64Array(p + 1);
    let loss = 0;
    x.forEach((row, k) => {
      const margin = signs[k]! * (dot(row, w) + w[p]!);
      loss += softplus(-margin) / n;
      const pull = (-signs[k]! * sigmoid(-margin)) / n;
      for (let i = 0; i < p; i++) gradient[i]! += pull * row[i]!;
      gradient[p]! += pull;
    });
    for (let i = 0; i < p; i++) {
      loss += decay * w[i]! * w[i]!;
      gradient[i]! += 2 * decay * w[i]!;
    }
    return { loss, gradient };
  }

  let w = new Float64Array(p + 1);
  let ahead = w;
  let momentum = 1;
  let step = 1;
  let last = Infinity;
  for (let k = 0; k < iterations; k++) {
    const { loss, gradient } = evaluate(ahead);
    const slope = dot(gradient, gradient) + gradient[p]! ** 2;
    if (slope < 1e-14) break;
    let next = moved(ahead, gradient, step);
    let found = evaluate(next).loss;
    while (found > loss - (step / 2) * slope && step > 1e-12) {
      step /= 2;
      next = moved(ahead, gradient, step);
      found = evaluate(next).loss;
    }
    if (last - found < 1e-10 && last >= found) {
      w = next;
      break;
    }
    const faster = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    const share = found > last ? 0 : (momentum - 1) / faster; // losing ground: start the momentum anew
    momentum = found > last ? 1 : faster;
    const before = w;
    ahead = next.map((v, i) => v + share * (v - before[i]!));
    w = next;
    last = found;
  }
  return { mean, deviation, weights: w.slice(0, p), bias: w[p]! };
}

/** The probabilities of both classes. */
export function logisticProbabilities(
  { mean, deviation, weights, bias }: LogisticRegression,
  row: Float64Array,
): [number, number] {
  let score = bias;
  for (let i = 0; i < row.length; i++) score += (weights[i]! * (row[i]! - mean[i]!)) / deviation[i]!;
  return [sigmoid(-score), sigmoid(score)];
}

function moved(w: Float64Array, gradient: Float64Array, step: number): Float64Array<ArrayBuffer> {
  return Float64Array.from(w, (v, i) => v - step * gradient[i]!);
}

function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

function softplus(x: number): number {
  return Math.max(x, 0) + log(1 + exp(-Math.abs(x)));
}
