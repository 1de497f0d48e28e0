import { describe, expect, test } from "@jest/globals";
import { measure, softmax, type Judged } from "../../src/train/metrics.ts";
import { fitTemperature } from "../../src/train/temperature.ts";
import { createRandom } from "../../src/eeg/random.ts";

const judged = (subject: string, truth: number, p: number | null): Judged => ({
  subject,
  truth,
  probabilities: p === null ? null : [1 - p, p],
});

describe("metrics", () => {
  test("weigh classes alike within a subject, and subjects alike", () => {
    const metrics = measure(
      [
        judged("A", 0, 0.2),
        judged("A", 0, 0.4),
        judged("A", 0, 0.9),
        judged("A", 1, 0.6),
        judged("B", 0, 0.8),
        judged("B", 1, null),
      ],
      2,
    );
    expect(metrics.subjects.map((s) => [s.subject, s.n, s.abstained])).toEqual([
      ["A", 4, 0],
      ["B", 2, 1],
    ]);
    expect(metrics.subjects[0]!.balancedAccuracy).toBeCloseTo((2 / 3 + 1) / 2);
    expect(metrics.balancedAccuracy).toBeCloseTo(5 / 12);
    expect(metrics.worstTenth).toBe(0);
    expect(metrics.abstained).toBe(1);
  });

  test("the area under the curve counts pairs, ties by half (scikit-learn's example)", () => {
    const scores = [0.1, 0.4, 0.35, 0.8];
    expect(
      measure(
        [0, 0, 1, 1].map((truth, i) => judged("A", truth, scores[i]!)),
        2,
      ).auc,
    ).toBeCloseTo(0.75);
    expect(measure([judged("A", 0, 0.5), judged("A", 1, 0.5)], 2).auc).toBe(0.5);
  });

  test("log loss and calibration error are those of the label's probability", () => {
    const metrics = measure(
      [judged("A", 1, 0.8), judged("A", 1, 0.8), judged("A", 0, 0.8), judged("A", 0, 0.3)],
      2,
    );
    expect(metrics.logLoss).toBeCloseTo(-(2 * Math.log(0.8) + Math.log(0.2) + Math.log(0.7)) / 4);
    expect(metrics.ece).toBeCloseTo((Math.abs(2 - 2.4) + Math.abs(1 - 0.7)) / 4);
  });

  test("the interval over subjects holds their mean and is the same each time", () => {
    const many = Array.from({ length: 20 }, (_, i) => judged(`P${i}`, 1, i % 4 === 0 ? 0.2 : 0.9));
    const { interval, balancedAccuracy } = measure(many, 2);
    expect(balancedAccuracy).toBeCloseTo(0.75);
    expect(interval[0]).toBeLessThan(0.7);
    expect(interval[1]).toBeGreaterThan(0.8);
    expect(measure(many, 2).interval).toEqual(interval);
  });
});

test("the temperature undoes logits that are too sure of themselves", () => {
  const random = createRandom(4);
  const judgedLogits = Array.from({ length: 4000 }, () => {
    const logit = 2 * random.normal();
    const truth = random.uniform() < softmax([0, logit])[1]! ? 1 : 0;
    return { truth, logits: [0, 3 * logit] };
  });
  expect(fitTemperature(judgedLogits)).toBeGreaterThan(2.7);
  expect(fitTemperature(judgedLogits)).toBeLessThan(3.3);
});
