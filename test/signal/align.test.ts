import { expect, test } from "@jest/globals";
import type { Samples } from "../../src/eeg/item.ts";
import { alignment, alignStage } from "../../src/signal/align.ts";
import { covarianceSums } from "../../src/signal/covariance.ts";
import { pickStage } from "../../src/signal/pick.ts";
import { noise, run, streamOf, stretch } from "./streams.ts";

const labels = ["F7", "C3", "Cz", "C4", "Pz", "O1"];
const info = streamOf(labels);
/** Channels that vary together, more and less. */
const item = stretch(6, [0, 2000], (c, i) => noise(c, i) * (c + 1) + 3 * noise(9, i) - 10 * c * (c + 1));

function covarianceOf(samples: Samples, stream = info) {
  const sums = covarianceSums(stream);
  sums.add(samples, 0, samples.nSamples);
  return sums.result();
}

const person = covarianceOf(item);

test("what is aligned varies by 10 µV in every direction, up to the shrinkage", () => {
  const n = labels.length;
  const matrix = alignment(Float64Array.from(person.covariance), new Uint8Array(n).fill(1));
  const trace = labels.reduce((sum, _, c) => sum + person.covariance[c * n + c]!, 0);
  for (let a = 0; a < n; a++)
    for (let b = 0; b < n; b++) {
      let sum = 0;
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) {
          const shrunk = person.covariance[i * n + j]! + (i === j ? (0.01 * trace) / n : 0);
          sum += matrix[a * n + i]! * shrunk * matrix[j * n + b]!;
        }
      expect(sum).toBeCloseTo(a === b ? 100 : 0, 8);
      expect(matrix[a * n + b]).toBe(matrix[b * n + a]);
    }
});

test("the stage multiplies samples by this matrix", () => {
  const matrix = alignment(Float64Array.from(person.covariance), new Uint8Array(6).fill(1));
  const [out] = run(alignStage(person), info, [item]) as Samples[];
  for (let a = 0; a < 6; a++)
    for (let i = 0; i < 2000; i += 111) {
      let sum = 0;
      for (let c = 0; c < 6; c++) sum += matrix[a * 6 + c]! * item.data[c * 2000 + i]!;
      expect(out!.data[a * 2000 + i]).toBe(Math.fround(sum));
    }
});

test("neither the order of the stream's channels nor that of the covariance's changes a bit", () => {
  const order = ["O1", "Cz", "F7", "Pz", "C4", "C3"];
  const [expected] = run(alignStage(person), info, [item]) as Samples[];
  const shuffled = run(pickStage(order), info, [item]) as Samples[];
  expect(run(alignStage(person), streamOf(order), shuffled)).toEqual([expected]);
  const other = covarianceOf(shuffled[0]!, streamOf(order));
  expect(run(alignStage(other), info, [item])).toEqual([expected]);
  const places = order.map((label) => labels.indexOf(label));
  const covariance = places.flatMap((a) => places.map((b) => person.covariance[a * 6 + b]!));
  expect(run(alignStage({ channels: order, covariance }), info, [item])).toEqual([expected]);
});

test("without a channel the others are what a calibration without it would have made of them", () => {
  const holed = {
    ...item,
    data: item.data.map((x, i) => (i >= 2 * 2000 + 500 && i < 2 * 2000 + 900 ? NaN : x)),
  };
  const [out] = run(alignStage(person), info, [holed]) as Samples[];
  const [whole] = run(alignStage(person), info, [item]) as Samples[];
  const rest = labels.filter((label) => label !== "Cz");
  const picked = run(pickStage(rest), info, [item]) as Samples[];
  const without = covarianceOf(picked[0]!, streamOf(rest));
  const [five] = run(alignStage(without), streamOf(rest), picked) as Samples[];
  const at = (of: Samples, c: number, i: number): number => of.data[c * 2000 + i]!;
  labels.forEach((label, c) => {
    expect(at(out!, c, 499)).toBe(at(whole!, c, 499));
    expect(at(out!, c, 900)).toBe(at(whole!, c, 900));
    expect(at(out!, c, 700)).toBe(label === "Cz" ? NaN : at(five!, rest.indexOf(label), 700));
  });
});

test("other channels of the stream are left out, missing ones refused by name", () => {
  const more = streamOf([...labels, "Fp1"]);
  const stage = alignStage(person);
  expect(stage(more).output.channels.map(({ label }) => label)).toEqual(labels);
  expect(() => stage(streamOf(["F7", "C3", "Cz", "Pz", "T8"]))).toThrow(
    "channel alignment: the stream has no channel C4, O1; it has F7, C3, Cz, Pz, T8",
  );
});

test("channels that are hardly there are no part of a covariance", () => {
  const data = item.data.map((x, i) => (i >= 2000 && i < 3200 ? NaN : i < 900 ? NaN : x));
  const holed = covarianceOf({ ...item, data });
  expect(holed.channels).toEqual(["F7", "Cz", "C4", "Pz", "O1"]);
  expect(holed.covariance[6]).toBe(person.covariance[14]);
});
