import { expect, test } from "@jest/globals";
import { createRandom } from "../../src/eeg/random.ts";
import type { EncoderSizes } from "../../src/model/encoder.ts";
import { centredDeviation, centreRows, foldCentring } from "../../src/train/centring.ts";

const sizes: EncoderSizes = {
  components: 4,
  bands: 3,
  average: 1,
  width: 5,
  layers: 1,
  heads: 1,
  feedForward: 5,
  window: 2,
  classes: 2,
};
const features = 12;
const random = createRandom(6);
const normal = (n: number) => Float32Array.from({ length: n }, () => random.normal());
const positive = (n: number) => normal(n).map((v) => 0.5 + Math.abs(v));

test("rows that are centred doubly have no mean over bands or components", () => {
  const row = normal(features);
  centreRows(row, sizes);
  for (let s = 0; s < 4; s++) expect(row[3 * s]! + row[3 * s + 1]! + row[3 * s + 2]!).toBeCloseTo(0, 5);
  for (let k = 0; k < 3; k++) expect(row[k]! + row[3 + k]! + row[6 + k]! + row[9 + k]!).toBeCloseTo(0, 5);
});

test("the folded embedding gives of tokens what the other gave of centred ones", () => {
  const weights = new Map([
    ["token.deviation", positive(features)],
    ["embed.weight", normal(5 * features)],
    [centredDeviation, positive(features)],
  ]);
  const token = normal(features);
  const centred = token.map((v, i) => v * weights.get("token.deviation")![i]!);
  centreRows(centred, sizes);
  const scaled = centred.map((v, i) => v / weights.get(centredDeviation)![i]!);
  const embed = (rows: Float32Array, x: Float32Array) =>
    Array.from({ length: 5 }, (_, d) => x.reduce((sum, v, i) => sum + rows[d * features + i]! * v, 0));

  const folded = foldCentring(weights, sizes);
  expect([...folded.keys()]).toEqual(["token.deviation", "embed.weight"]);
  const wanted = embed(weights.get("embed.weight")!, scaled);
  embed(folded.get("embed.weight")!, token).forEach((v, d) => expect(v).toBeCloseTo(wanted[d]!, 4));
});

test("weights without centring stay as they are", () => {
  const weights = new Map([["embed.weight", normal(5 * features)]]);
  expect(foldCentring(weights, sizes)).toBe(weights);
});
