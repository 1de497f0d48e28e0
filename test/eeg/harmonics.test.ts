import { expect, test } from "@jest/globals";
import { electrodeTable } from "../../src/eeg/electrode-table.ts";
import { sphericalHarmonics } from "../../src/eeg/harmonics.ts";
import { golden } from "../npy.ts";

test("the 36 harmonics equal SciPy's", () => {
  const { shape, data } = golden("harmonics/harmonics.npy");
  const width = shape[1]!;
  expect(width).toBe(3 + 36);
  for (let row = 0; row < shape[0]!; row++) {
    const [x, y, z, ...expected] = data.subarray(row * width, (row + 1) * width);
    const values = sphericalHarmonics([x!, y!, z!]);
    for (const [i, value] of expected.entries()) expect(Math.abs(values[i]! - value)).toBeLessThan(1e-14);
  }
});

test("each degree's squares sum to (2l + 1)/4π everywhere (Unsöld's theorem)", () => {
  for (const position of electrodeTable.values()) {
    const values = sphericalHarmonics(position);
    for (let l = 0; l <= 5; l++) {
      const sum = values.subarray(l * l, (l + 1) * (l + 1)).reduce((s, v) => s + v * v, 0);
      expect(sum).toBeCloseTo((2 * l + 1) / (4 * Math.PI), 13);
    }
  }
});

test("degree 1 is y, z, x", () => {
  const scale = Math.sqrt(3 / (4 * Math.PI));
  const values = sphericalHarmonics([0.36, 0.48, 0.8]);
  expect([...values.subarray(1, 4)].map((v) => v / scale)).toEqual([
    expect.closeTo(0.48, 15),
    expect.closeTo(0.8, 15),
    expect.closeTo(0.36, 15),
  ]);
});
