import { expect, test } from "@jest/globals";
import { parseTrainingConfig } from "../../src/train/config.ts";
import { syntheticConfig } from "./synthetic-data.ts";

const frozen = ["mix.weight", "bands.centre", "bands.width"];
const parse = (state: string, recipe: Parameters<typeof syntheticConfig>[0]): unknown =>
  parseTrainingConfig(
    JSON.stringify({ ...syntheticConfig(recipe), calibration: { way: "centre-tokens", state } }),
    "train.json",
  );

test("calibration needs a label as its state, and tokens that training does not change", () => {
  expect(parse("calm", { frozen })).toMatchObject({ calibration: { state: "calm" } });
  expect(parse("any", { frozen })).toMatchObject({ calibration: { state: "any" } });
  expect(() => parse("asleep", { frozen })).toThrow(
    "train.json, calibration.state: 'asleep' is neither among the labels nor \"any\"",
  );
  expect(() => parse("calm", { frozen: ["mix.weight"] })).toThrow(
    "train.json, recipe.frozen: calibration needs bands.centre, bands.width to be frozen",
  );
  expect(() => parse("calm", { frozen, doubleCentring: true })).toThrow(
    "train.json, recipe.doubleCentring: does not go with calibration, which centres tokens by person",
  );
});
