import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { electrode } from "../../src/eeg/electrodes.ts";
import type { Position } from "../../src/eeg/stream-info.ts";
import { splineWeights } from "../../src/signal/splines.ts";

interface Case {
  readonly from: Position[];
  readonly to: Position[];
  readonly weights: number[];
}

const cases = JSON.parse(
  readFileSync(new URL("../golden/windows/splines.json", import.meta.url), "utf8"),
) as Case[];

test.each(cases)("splines are those of Perrin et al. 1989", ({ from, to, weights }) => {
  const found = splineWeights(from, to);
  weights.forEach((weight, i) => expect(Math.abs(found[i]! - weight)).toBeLessThan(1e-8));
});

const at = (labels: string): Position[] => labels.split(" ").map((label) => electrode(label)!.position);

test("what is the same everywhere stays so; an electrode gives nearly itself", () => {
  const from = at("Fp1 Fp2 F3 F4 C3 Cz C4 P3 Pz P4 O1 O2");
  const weights = splineWeights(from, at("Fz CPz C3"));
  for (let k = 0; k < 3; k++) {
    const row = weights.subarray(k * from.length, (k + 1) * from.length);
    expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 10);
  }
  expect(weights[2 * from.length + 4]).toBeGreaterThan(0.85); // smoothed a little
});

test("fewer than three electrodes say nothing of the rest of the head", () => {
  expect(() => splineWeights(at("Cz Pz"), at("Oz"))).toThrow(
    "splines: expected 3 electrodes or more to interpolate from, got 2",
  );
});
