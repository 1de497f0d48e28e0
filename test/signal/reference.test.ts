import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Samples } from "../../src/eeg/item.ts";
import type { StreamInfo } from "../../src/eeg/stream-info.ts";
import { pickStage } from "../../src/signal/pick.ts";
import { averageReferenceStage, referenceStage } from "../../src/signal/reference.ts";
import { noise, run, streamOf, stretch } from "./streams.ts";

const labels = ["Fp1", "F7", "T3", "C3", "Cz", "Pz", "O1", "O2"];
const info = streamOf(labels);

function typed(stream: StreamInfo, types: Record<string, "eog" | "misc">): StreamInfo {
  return { ...stream, channels: stream.channels.map((c) => ({ ...c, type: types[c.label] ?? c.type })) };
}

test("the mean over the EEG channels is taken off each of them, and off no other", () => {
  const stream = typed(streamOf(["Fz", "EOG", "Cz", "Pz"]), { EOG: "eog" });
  const item = stretch(4, [0, 50]);
  const [out] = run(averageReferenceStage(), stream, [item]) as Samples[];
  for (let i = 0; i < 50; i++) {
    const at = (c: number): number => item.data[50 * c + i]!;
    const mean = (at(0) + at(2) + at(3)) / 3;
    [at(0) - mean, at(1), at(2) - mean, at(3) - mean].forEach((y, c) =>
      expect(out!.data[50 * c + i]).toBeCloseTo(y, 4),
    );
  }
  expect(out!.data.subarray(50, 100)).toEqual(item.data.subarray(50, 100));
});

test("the order of the channels in the file changes no bit", () => {
  const item = stretch(8, [0, 1500], (c, i) => noise(c, i) * 10 ** (c % 3) + 0.1);
  const [expected] = run(averageReferenceStage(), info, [item]) as Samples[];
  fc.assert(
    fc.property(fc.shuffledSubarray(labels, { minLength: 8 }), (order) => {
      const shuffled = run(pickStage(order), info, [item]);
      const [out] = run(averageReferenceStage(), streamOf(order), shuffled as Samples[]) as Samples[];
      expect(run(pickStage(labels), streamOf(order), [out!])).toEqual([expected]);
    }),
    { numRuns: 20 },
  );
});

test("a channel that is NaN is left out of the mean where it is", () => {
  const item = stretch(3, [0, 2000], (c, i) => (c === 0 && i >= 1000 ? NaN : noise(c, i)));
  const [out] = run(averageReferenceStage(), streamOf(["Fz", "Cz", "Pz"]), [item]) as Samples[];
  const [two] = run(averageReferenceStage(), streamOf(["Cz", "Pz"]), [
    stretch(2, [0, 2000], (c, i) => noise(c + 1, i)),
  ]) as Samples[];
  expect(out!.data.subarray(1000, 2000).every(Number.isNaN)).toBe(true);
  expect(out!.data.subarray(3000, 4000)).toEqual(two!.data.subarray(1000, 2000));
  expect(out!.data.subarray(2000, 3000)).not.toEqual(two!.data.subarray(0, 1000));
});

test("where every channel is NaN so is the output", () => {
  const [out] = run(averageReferenceStage(), streamOf(["Fz", "Cz"]), [
    stretch(2, [0, 9], () => NaN),
  ]) as Samples[];
  expect(out!.data.every(Number.isNaN)).toBe(true);
});

test("named channels, found by any spelling, are averaged and subtracted", () => {
  const item = stretch(8, [0, 30]);
  const [out] = run(referenceStage(["t7", " O2. "]), info, [item]) as Samples[];
  for (let i = 0; i < 30; i++)
    expect(out!.data[30 * 4 + i]).toBeCloseTo(
      item.data[30 * 4 + i]! - (item.data[60 + i]! + item.data[210 + i]!) / 2,
      4,
    );
  const { output } = referenceStage(["T7"])(info);
  expect(output.channels[0]!.reference).toBe("T3");
  expect(output.filters).toEqual([{ kind: "reference", description: "reference T3" }]);
});

test("the channels say their reference, those of other types keep theirs", () => {
  const { output } = averageReferenceStage()(typed(info, { F7: "misc" }));
  expect(output.channels.map(({ reference }) => reference)).toEqual([
    "average",
    null,
    ...Array<string>(6).fill("average"),
  ]);
  expect(output.filters).toEqual([{ kind: "reference", description: "reference average" }]);
});

test("a reference that the stream cannot give is refused by name", () => {
  expect(() => referenceStage(["M1", "Cz", "M2"])(info)).toThrow(
    expect.objectContaining({
      code: "CHANNEL_MISSING",
      message: "reference: the stream has no channel M1, M2; it has Fp1, F7, T3, C3, Cz, Pz, O1, O2",
    }),
  );
  expect(() => referenceStage([])).toThrow(RangeError);
  expect(() => averageReferenceStage()(streamOf(["Cz"]))).toThrow(
    "average reference: needs at least 2 EEG channels, the stream has 1",
  );
});
