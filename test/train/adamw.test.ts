import { describe, expect, test } from "@jest/globals";
import { averageWeights, clipNorm, learningShare, startAdamW, stepAdamW } from "../../src/train/adamw.ts";

const options = { learningRate: 0.1, weightDecay: 0.5, beta1: 0.9, beta2: 0.99 };

describe("AdamW", () => {
  test("takes two steps as its formulas say", () => {
    const state = startAdamW(new Map([["w", Float32Array.of(1, -2)]]));
    stepAdamW(state, new Map([["w", Float32Array.of(0.5, 2)]]), { ...options, step: 0, decays: () => true });
    expect([...state.weights.get("w")!].map((v) => v.toFixed(5))).toEqual(["0.85000", "-2.00000"]);
    stepAdamW(state, new Map([["w", Float32Array.of(-0.25, 1)]]), {
      ...options,
      step: 1,
      decays: () => true,
    });
    // First weight: means 0.02 and 0.0031, without bias 0.02 / 0.19 and 0.0031 / 0.0199; 0.85 · 0.95 - 0.1 · 0.26670.
    expect([...state.weights.get("w")!].map((v) => v.toFixed(4))).toEqual(["0.7808", "-1.9933"]);
  });

  test("leaves alone what has no gradient, and decays only what decays", () => {
    const state = startAdamW(
      new Map([
        ["a", Float32Array.of(1)],
        ["b", Float32Array.of(1)],
      ]),
    );
    stepAdamW(state, new Map([["a", Float32Array.of(1)]]), { ...options, step: 0, decays: () => false });
    expect(state.weights.get("a")![0]).toBeCloseTo(0.9);
    expect(state.weights.get("b")![0]).toBe(1);
  });

  test("gradients are clipped by their common norm", () => {
    const gradients = new Map([
      ["a", Float32Array.of(3)],
      ["b", Float32Array.of(0, 4)],
    ]);
    expect(clipNorm(gradients, 1)).toBeCloseTo(5);
    expect(gradients.get("a")![0]).toBeCloseTo(0.6);
    expect(gradients.get("b")![1]).toBeCloseTo(0.8);
    expect(clipNorm(gradients, 2)).toBeCloseTo(1);
    expect(gradients.get("a")![0]).toBeCloseTo(0.6);
  });

  test("the learning rate rises over the warm-up and falls to nearly nothing", () => {
    const schedule = { steps: 100, warmUpSteps: 10 };
    expect(learningShare(0, schedule)).toBeCloseTo(0.1);
    expect(learningShare(50, schedule)).toBeCloseTo(0.5);
    expect(learningShare(99, schedule)).toBeLessThan(0.001);
  });

  test("averaged weights begin as a plain mean and forget slowly", () => {
    const means = new Map([["w", Float32Array.of(0)]]);
    averageWeights(means, new Map([["w", Float32Array.of(1)]]), { step: 0, decay: 0.99 });
    expect(means.get("w")![0]).toBeCloseTo(0.9);
    averageWeights(means, new Map([["w", Float32Array.of(0)]]), { step: 10_000, decay: 0.99 });
    expect(means.get("w")![0]).toBeCloseTo(0.9 * 0.99);
  });
});
