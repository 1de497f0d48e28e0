import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import type { Samples } from "../../src/eeg/item.ts";
import { runningStandardStage } from "../../src/signal/standardise.ts";
import { stageContract } from "./contract.ts";
import { run, streamOf } from "./streams.ts";

const golden = JSON.parse(
  readFileSync(new URL("../golden/windows/running.json", import.meta.url), "utf8"),
) as { weight: number; floor: number; input: number[]; output: number[] };

test("running standardisation is braindecode's without a first block", () => {
  const { weight, floor, input, output } = golden;
  const samples: Samples = {
    kind: "samples",
    start: 0,
    data: Float32Array.from(input),
    nSamples: input.length / 2,
  };
  const [out] = run(runningStandardStage({ weight, floor }), streamOf(["C3", "C4"]), [samples]) as [Samples];
  out.data.forEach((value, i) => expect(Math.abs(value - output[i]!)).toBeLessThan(1e-5));
});

test("NaN stays NaN and teaches nothing", () => {
  const stage = runningStandardStage({ weight: 0.1, floor: 1e-4 });
  const item = (values: number[]): Samples => ({
    kind: "samples",
    start: 0,
    data: Float32Array.from(values),
    nSamples: values.length,
  });
  const [with_] = run(stage, streamOf(["C3"]), [item([1, 2, NaN, 3, 4])]) as [Samples];
  const [without] = run(stage, streamOf(["C3"]), [item([1, 2, 3, 4])]) as [Samples];
  expect([...with_.data].filter((value) => !Number.isNaN(value))).toEqual([...without.data]);
});

stageContract("running standardisation", runningStandardStage({ weight: 0.05, floor: 1e-4 }));
