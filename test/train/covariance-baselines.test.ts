import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { fitCovarianceBaseline } from "../../src/train/covariance-baselines.ts";
import { fitLogistic, logisticProbabilities } from "../../src/train/logistic-regression.ts";
import { fitSpatialPatterns, patternFeatures } from "../../src/train/spatial-patterns.ts";
import { fitTangentPoint, tangentFeatures } from "../../src/train/tangent-space.ts";
import { trialCovariances } from "../../src/train/trial-covariance.ts";
import { syntheticData } from "./synthetic-data.ts";

interface Golden {
  readonly pairs: number;
  readonly decay: number;
  readonly classes: readonly number[];
  readonly covariances: readonly (readonly number[])[];
  readonly patterns: readonly (readonly number[])[];
  readonly tangent: readonly (readonly number[])[];
  readonly probabilities: readonly number[];
}

const golden = JSON.parse(
  readFileSync(new URL("../golden/baselines/covariances.json", import.meta.url), "utf8"),
) as Golden;
const covariances = golden.covariances.map((matrix) => Float64Array.from(matrix));
const { classes } = golden;

test("common spatial patterns are SciPy's", () => {
  const filters = fitSpatialPatterns(covariances, classes, golden.pairs);
  golden.patterns.forEach((expected, trial) =>
    [...patternFeatures(filters, covariances[trial]!)].forEach((value, f) =>
      expect(value).toBeCloseTo(expected[f]!, 8),
    ),
  );
});

test("a direction that a reference took off is left out", () => {
  const n = 6;
  const referenced = covariances.map((matrix) => {
    const off = (a: number, b: number): number => (a === b ? 1 : 0) - 1 / n;
    return Float64Array.from({ length: n * n }, (_, i) => {
      let sum = 0;
      for (let a = 0; a < n; a++)
        for (let b = 0; b < n; b++) sum += off(Math.floor(i / n), a) * matrix[a * n + b]! * off(b, i % n);
      return sum;
    });
  });
  const filters = fitSpatialPatterns(referenced, classes, 2);
  expect([...patternFeatures(filters, referenced[0]!)].every((value) => Number.isFinite(value))).toBe(true);
});

test("tangent vectors are SciPy's", () => {
  const point = fitTangentPoint(covariances);
  golden.tangent.forEach((expected, trial) =>
    [...tangentFeatures(point, covariances[trial]!)].forEach((value, i) =>
      expect(value).toBeCloseTo(expected[i]!, 8),
    ),
  );
});

test("logistic regression finds SciPy's minimum", () => {
  const point = fitTangentPoint(covariances);
  const rows = covariances.map((covariance) => tangentFeatures(point, covariance));
  const fitted = fitLogistic(rows, classes, { decay: golden.decay, iterations: 2000 });
  golden.probabilities.forEach((expected, trial) =>
    expect(logisticProbabilities(fitted, rows[trial]!)[1]).toBeCloseTo(expected, 4),
  );
});

test.each(["csp-lda", "tangent-logistic"] as const)(
  "%s tells a rhythm from none, for people it has not met",
  (name) => {
    const trials = trialCovariances(syntheticData(6).recordings);
    expect(trials[0]!.covariance).toBeNull(); // the first 3.5 s are not whole
    const usable = trials.filter(({ covariance }) => covariance !== null);
    const [known, met] = [true, false].map((old) => usable.filter(({ subject }) => subject < "P04" === old));
    const decide = fitCovarianceBaseline(
      name,
      known!.map(({ covariance }) => covariance!),
      known!.map(({ truth }) => truth),
    );
    const right = met!.filter(({ covariance, truth }) => decide(covariance!)[truth]! > 0.5);
    expect(right.length / met!.length).toBeGreaterThan(0.9);
  },
);
