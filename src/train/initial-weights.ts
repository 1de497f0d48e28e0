import { exp, log } from "../eeg/math.ts";
import { createRandom, type Random } from "../eeg/random.ts";
import { tokenNumbers } from "../tokens/token.ts";
import { parameterShapes, type EncoderSizes, type Shape } from "../model/encoder.ts";
import { sizeOf } from "../model/graph/graph.ts";
import type { Recipe } from "./config.ts";

/**
 * Weights before the first step. Matrices are uniform within ±1/√inputs, biases alike; norms begin as the identity,
 * the mix normal, the slopes of the heads as a geometric row (Press et al. 2022), the token's mean 0 and deviation 1.
 */
export function initialWeights(
  sizes: EncoderSizes,
  start: Recipe["start"],
  seed: number,
): Map<string, Float32Array> {
  const random = createRandom(seed);
  return new Map(
    [...parameterShapes(sizes)].map(([name, shape]) => [
      name,
      initial(name, shape, { sizes, start, random }),
    ]),
  );
}

interface Source {
  readonly sizes: EncoderSizes;
  readonly start: Recipe["start"];
  readonly random: Random;
}

function initial(name: string, shape: Shape, { sizes, start, random }: Source): Float32Array {
  const n = sizeOf(shape);
  const filled = (value: number) => new Float32Array(n).fill(value);
  if (name === "mix.weight") return Float32Array.from({ length: n }, () => start.mix * random.normal());
  if (name === "bands.centre") return Float32Array.from(start.bandCentres);
  if (name === "bands.width") return Float32Array.from(start.bandWidths);
  if (name === "token.mean" || name === "evoked.strength") return filled(0);
  if (name === "token.deviation" || name === "evoked.deviation") return filled(1);
  if (name.endsWith(".slope"))
    return Float32Array.from({ length: n }, (_, head) => log(exp(start.slope / 2 ** head) - 1)); // softplus of it
  if (/norm\d?\.weight$/.test(name)) return filled(1);
  if (/norm\d?\.bias$/.test(name)) return filled(0);
  const bound = 1 / Math.sqrt(inputsOf(name, shape, sizes));
  return Float32Array.from({ length: n }, () => bound * (2 * random.uniform() - 1));
}

/** Numbers that a row of the matrix takes, also where this is its bias. */
function inputsOf(name: string, shape: Shape, sizes: EncoderSizes): number {
  if (name === "evoked.feature.bias") return sizes.components * sizes.evoked!.reach;
  if (shape.length > 1) return shape.slice(1).reduce((product, n) => product * n, 1);
  if (name === "embed.bias") return tokenNumbers(sizes);
  return name.endsWith("down.bias") ? sizes.feedForward : sizes.width;
}
