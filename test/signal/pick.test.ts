import { expect, test } from "@jest/globals";
import type { Samples } from "../../src/eeg/item.ts";
import { pickElectrodesStage, pickStage } from "../../src/signal/pick.ts";
import { run, streamOf, stretch } from "./streams.ts";

const info = streamOf(["EEG T3-REF", "Fp1-F7", "Oz", "Resp", "Fc5."]);

test("channels are found by any spelling and come in the order named", () => {
  const factory = pickStage(["fc5", "T7", "RESP", "FP1-F7"]);
  expect(factory(info).output.channels.map(({ label }) => label)).toEqual([
    "Fc5.",
    "EEG T3-REF",
    "Resp",
    "Fp1-F7",
  ]);
  const [out] = run(factory, info, [stretch(5, [0, 4], (c) => c)]) as Samples[];
  expect([...out!.data]).toEqual([4, 4, 4, 4, 0, 0, 0, 0, 3, 3, 3, 3, 1, 1, 1, 1]);
});

test("an exact label goes before another spelling of the electrode", () => {
  const stream = streamOf(["EEG T3", "T7"]);
  expect(pickStage(["t7"])(stream).output.channels[0]!.label).toBe("T7");
});

test("what the stream lacks is refused by name", () => {
  expect(() => pickStage(["Cz", "oz", "Fz"])(info)).toThrow(
    expect.objectContaining({
      code: "CHANNEL_MISSING",
      message: "pick: the stream has no channel Cz, Fz; it has EEG T3-REF, Fp1-F7, Oz, Resp, Fc5.",
    }),
  );
  expect(() => pickStage(["T3", "T7"])(info)).toThrow(
    new RangeError("pick: 'T3' and 'T7' name the same channel"),
  );
  expect(() => pickStage([])).toThrow(RangeError);
});

test("electrodes come in the table's order, without derivations and other signals", () => {
  const { output } = pickElectrodesStage()(info);
  expect(output.channels.map(({ label }) => label)).toEqual(["Fc5.", "EEG T3-REF", "Oz"]);
});

test("a stream without electrodes is refused", () => {
  expect(() => pickElectrodesStage()(streamOf(["Fp1-F7", "F7-T3"]))).toThrow(
    expect.objectContaining({
      code: "CHANNEL_POSITION",
      message: "no EEG channel of the stream has a position on the head; it has Fp1-F7, F7-T3",
    }),
  );
});
