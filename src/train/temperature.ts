import { exp, log } from "../eeg/math.ts";
import { mean, softmax } from "./metrics.ts";

export interface JudgedLogits {
  readonly truth: number;
  readonly logits: ArrayLike<number>;
}

/**
 * The temperature by which logits are divided so that their probabilities fit best: the least mean log loss (Guo
 * et al. 2017), by golden-section search over its logarithm between 1/20 and 20.
 * @param judged decisions of subjects that did not train
 */
export function fitTemperature(judged: readonly JudgedLogits[]): number {
  const loss = (logTemperature: number) => {
    const temperature = exp(logTemperature);
    return mean(
      judged.map(({ truth, logits }) => -log(Math.max(softmax(logits, temperature)[truth]!, 1e-12))),
    );
  };
  const ratio = (Math.sqrt(5) - 1) / 2;
  let low = -log(20);
  let high = log(20);
  for (let i = 0; i < 40; i++) {
    const a = high - ratio * (high - low);
    const b = low + ratio * (high - low);
    if (loss(a) <= loss(b)) high = b;
    else low = a;
  }
  return exp((low + high) / 2);
}
