import { expect, test } from "@jest/globals";
import { openEdf } from "../../src/formats/edf/reader.ts";
import { examineSamples } from "../../src/formats/examine.ts";
import { build, signal, type BuiltSignal } from "./edf/build.ts";
import { memorySource } from "./edf/memory-source.ts";

const noise = (record: number, sample: number): number => ((record * 100 + sample) * 7919) % 601;

async function found(...signals: BuiltSignal[]): Promise<string[]> {
  const recording = await openEdf(memorySource(build({ nRecords: 4, signals })));
  return (await examineSamples(recording)).map(({ code, message }) => `${code}: ${message}`);
}

test("a recording without faults has none", async () => {
  expect(await found(signal("Fp1", 100, noise), signal("Oz", 100, noise))).toEqual([]);
});

test("a channel that never changes; a trigger may", async () => {
  expect(
    await found(
      signal("Fp1", 100, noise),
      signal("Oz", 100, () => 12),
      signal("Status", 100, () => 0),
    ),
  ).toEqual(["CHANNEL_FLAT: 'Oz' has one value throughout, 12 µV; no signal was recorded"]);
});

test("padding at the end of all channels, beside one that is flat anyway", async () => {
  const padded = (record: number, sample: number): number =>
    record === 3 && sample >= 40 ? 0 : 1 + noise(record, sample);
  expect(await found(signal("Fp1", 100, padded), signal("Oz", 100, padded))).toEqual([
    "TRAILING_PADDING: the last 60 samples of every channel, from 3.4 s on, are zero: padding, not a signal; leave them out",
  ]);
  expect(await found(signal("Fp1", 100, padded), signal("Oz", 100, noise))).toEqual([]);
});

test("numbers beyond the declared range are counted and placed", async () => {
  const beyond = (record: number, sample: number): number =>
    record === 2 && sample < 3 ? 700 : noise(record, sample);
  const narrow = { physicalMin: "0", physicalMax: "600", digitalMin: "0", digitalMax: "600" };
  expect(await found({ ...signal("Oz", 100, beyond), ...narrow })).toEqual([
    "SAMPLE_OUT_OF_RANGE: 'Oz': 3 samples beyond the range that the header declares, the first at 2 s; kept as stored",
  ]);
});
