import { Matrix } from "ml-matrix";
import { describe, expect, test } from "@jest/globals";
import { createRandom } from "../../src/eeg/random.ts";
import { baselineRows, fitBaseline, judgeBaseline } from "../../src/train/baseline.ts";
import { discriminate, fitDiscriminant, ledoitWolf } from "../../src/train/discriminant.ts";
import { measure } from "../../src/train/metrics.ts";
import { syntheticData } from "./synthetic-data.ts";

describe("the baseline", () => {
  test("tells a rhythm from none, for people it has not met", () => {
    const rows = baselineRows(syntheticData(8).recordings);
    const fitted = fitBaseline(
      rows.filter(({ subject }) => subject < "P06"),
      2,
    );
    const judged = judgeBaseline(
      fitted,
      rows.filter(({ subject }) => subject >= "P06"),
    );
    expect(measure(judged, 2).balancedAccuracy).toBeGreaterThan(0.9);
  });

  test("says nothing where a gap leaves too little", () => {
    const [first] = syntheticData(1).recordings;
    const rows = baselineRows([
      {
        ...first!,
        judged: [
          { patch: 95, truth: 0 },
          { patch: 85, truth: 0 },
        ],
      },
    ]);
    expect(rows.map(({ features }) => features === null)).toEqual([true, true]); // the gap: patches 80 to 89
  });
});

describe("the discriminant", () => {
  const random = createRandom(5);
  const rows = Array.from({ length: 60 }, () => Float64Array.from({ length: 4 }, () => random.normal()));

  test("shrinks by the share that its paper defines", () => {
    const x = [
      [1, 2, 0.5],
      [-1, 0.5, 0],
      [0.5, -2, -1],
      [-0.5, -0.5, 0.5],
    ];
    const covariance = new Matrix(x).transpose().mmul(new Matrix(x)).div(4);
    // b² / d² of the paper, from its sums over outer products in NumPy
    expect(
      ledoitWolf(
        x.map((row) => Float64Array.from(row)),
        covariance,
      ),
    ).toBeCloseTo(0.7319611470860315, 10);
  });

  test("separates Gaussian classes where they lie", () => {
    const classes = rows.map((_, i) => i % 3);
    const moved = rows.map((row, i) => row.map((v, k) => v + (k === i % 3 ? 6 : 0)));
    const fitted = fitDiscriminant(moved, classes, 3);
    const right = moved.filter((row, i) => {
      const scores = discriminate(fitted, row);
      return scores.indexOf(Math.max(...scores)) === classes[i];
    });
    expect(right.length).toBeGreaterThan(57);
  });
});
