import { describe, expect, test } from "@jest/globals";
import type { Item } from "../../src/eeg/item.ts";
import { collectStretch } from "../../src/train/recording-data.ts";

const options = { rows: [1, -1, 0], settleSamples: 10, untilSample: Infinity };

function samples(start: number, nSamples: number): Item {
  const data = Float32Array.from(
    { length: 2 * nSamples },
    (_, i) => 1000 * Math.floor(i / nSamples) + start + (i % nSamples),
  );
  return { kind: "samples", start, nSamples, data };
}

describe("a recording for training", () => {
  test("holds its channels in the order asked for, absent ones as zeros, in whole strides", async () => {
    const {
      nSamples,
      samples: kept,
      present,
      valid,
    } = await collectStretch([samples(0, 100), samples(100, 71)], options);
    expect(nSamples).toBe(160);
    expect(present).toEqual(Float32Array.of(1, 0, 1));
    expect([kept[0], kept[159], kept[160], kept[320], kept[320 + 150]]).toEqual([1000, 1159, 0, 0, 150]);
    expect([...valid]).toEqual([0, 1, 1, 1, 1, 1]); // settling spoils the first patch
  });

  test("marks patches that touch a gap or what has not settled after it", async () => {
    const gap: Item = { kind: "gap", start: 160, nSamples: 16, reason: "lost" };
    const { valid } = await collectStretch([samples(0, 160), gap, samples(176, 144)], options);
    // Patch p is [16 p, 16 p + 80); spoiled are [0, 10) and [160, 186).
    expect([...valid]).toEqual([0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
  });

  test("marks where a channel is missing, and leaves out one that hardly ever is there", async () => {
    const some = samples(0, 320) as Item & { data: Float32Array };
    some.data[100] = Number.NaN; // channel 0
    const whole = await collectStretch([some], options);
    expect(whole.present).toEqual(Float32Array.of(1, 0, 1));
    expect([...whole.valid]).toEqual([0, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1]);

    const mostly = samples(0, 320) as Item & { data: Float32Array };
    mostly.data.fill(Number.NaN, 100, 300);
    const without = await collectStretch([mostly], options);
    expect(without.present).toEqual(Float32Array.of(1, 0, 0));
    expect([...without.valid]).toEqual([0, ...new Array<number>(15).fill(1)]);
  });

  test("ends where it is told to", async () => {
    const { nSamples } = await collectStretch([samples(0, 320)], { ...options, untilSample: 200 });
    expect(nSamples).toBe(192);
  });
});
