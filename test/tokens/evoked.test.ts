import { expect, test } from "@jest/globals";
import { createRandom } from "../../src/eeg/random.ts";
import { tokenDefinition } from "../../src/model/model.ts";
import { createEvoked, type EvokedDefinition, waveLimit, waveTaps } from "../../src/tokens/evoked.ts";
import { evokedSizes, randomModel } from "../model/random-model.ts";

const definition = tokenDefinition(randomModel({ sizes: evokedSizes })).evoked!;
const { components, responses, onsets, reach, window } = definition;

/** The definition at the head of `model/encoder.ts`, read out for one patch from all waves; null where masked. */
function readOut(waves: readonly (Float64Array | null)[], p: number, of: EvokedDefinition): number[] {
  const bent = waves.map((wave) =>
    wave?.map((x, s) => waveLimit * Math.tanh(x / of.deviation[s]! / waveLimit)),
  );
  const compare = (weights: Float32Array, row: number, patch: number): number => {
    let sum = 0;
    for (let j = 0; j < reach; j++)
      for (let s = 0; s < components; s++)
        sum += weights[(row * components + s) * reach + j]! * (bent[patch - reach + 1 + j]?.[s] ?? 0);
    return sum;
  };
  return Array.from({ length: responses }, (_, h) => {
    const seen = [...waves.keys()].filter((j) => waves[j] && j <= p && j > p - window);
    const scores = seen.map((j) => {
      const told = Array.from({ length: onsets }, (__, g) => {
        const x = compare(of.feature, g, j) + of.featureBias[g]!;
        return x / (1 + Math.exp(-x));
      });
      const onset = told.reduce((sum, value, g) => sum + of.onset[h * onsets + g]! * value, 0);
      const size = of.strength[h]! * Math.abs(compare(of.response, h, j));
      return Math.exp(onset + size - Math.log(1 + Math.exp(of.slope[h]!)) * (p - j));
    });
    const total = scores.reduce((a, b) => a + b);
    return seen.reduce((sum, j, i) => sum + (scores[i]! / total) * compare(of.response, h, j), 0);
  });
}

test("follows its definition at every patch, masked ones between", () => {
  const random = createRandom(5);
  const waves = Array.from({ length: 60 }, (_, p) =>
    (p > 20 && p < 24) || (p > 30 && p < 45) || p < 3
      ? null
      : Float64Array.from({ length: components }, () => 6 * random.normal()),
  );
  const evoked = createEvoked(definition);
  waves.forEach((wave, p) => {
    if (!wave) return;
    const expected = readOut(waves, p, definition);
    evoked.step(p, wave).forEach((value, h) => expect(value).toBeCloseTo(expected[h]!, 10));
  });
});

test("waves keep what is slow and lose rhythms", () => {
  const taps = waveTaps();
  const gain = (hz: number): number =>
    taps.reduce((sum, tap, m) => sum + 2 * tap * Math.cos((2 * Math.PI * hz * (m + 0.5)) / 160), 0);
  expect(gain(0)).toBeCloseTo(1, 6);
  expect(gain(4)).toBeCloseTo(Math.exp(-0.5), 3);
  expect(Math.abs(gain(20))).toBeLessThan(1e-3);
});

test("an artefact counts for no more than its limit", () => {
  const evoked = (size: number) =>
    createEvoked(definition).step(0, new Float64Array(components).fill(size)).slice();
  const [large, huge] = [evoked(1e3), evoked(1e9)];
  huge.forEach((value, h) => {
    expect(Number.isFinite(value)).toBe(true);
    expect(value).toBeCloseTo(large[h]!, 6);
  });
});
