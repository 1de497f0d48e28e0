import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Item, Samples } from "../../src/eeg/item.ts";
import { sfreq } from "../../src/eeg/sfreq.ts";
import { replay } from "../../src/source/replay.ts";
import { synthetic, type SyntheticOptions } from "../../src/source/synthetic.ts";
import { all } from "./made-recording.ts";

const electrodes = ["Fp1", "Fz", "C3", "T7", "Pz", "O1", "O2"];
const options: SyntheticOptions = {
  seed: 5,
  sfreq: sfreq(160),
  electrodes,
  schedule: [
    { state: "eyes-open", seconds: 3 },
    { state: "eyes-closed", seconds: 2.5 },
  ],
};

/** Channels of a stream's samples, gaps left out. */
async function signals(items: AsyncIterable<Item>): Promise<Float32Array[]> {
  const samples = (await all(items)).filter((item): item is Samples => item.kind === "samples");
  const nChannels = samples[0]!.data.length / samples[0]!.nSamples;
  return Array.from({ length: nChannels }, (_, c) =>
    Float32Array.from(
      samples.flatMap(({ data, nSamples }) => [...data.subarray(c * nSamples, (c + 1) * nSamples)]),
    ),
  );
}

/** Power at a frequency over one-second Hann windows, µV²/Hz. */
function density(signal: Float32Array, frequencyHz: number, hz: number): number {
  const size = hz;
  let sum = 0;
  let count = 0;
  for (let from = 0; from + size <= signal.length; from += size / 2, count++) {
    const part = signal.subarray(from, from + size);
    const mean = part.reduce((s, v) => s + v, 0) / size;
    let re = 0;
    let im = 0;
    let norm = 0;
    for (let i = 0; i < size; i++) {
      const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size);
      re += hann * (part[i]! - mean) * Math.cos((2 * Math.PI * frequencyHz * i) / hz);
      im += hann * (part[i]! - mean) * Math.sin((2 * Math.PI * frequencyHz * i) / hz);
      norm += hann * hann;
    }
    sum += (2 * (re * re + im * im)) / (norm * hz);
  }
  return sum / count;
}

const root = (signal: Float32Array, hz: number, frequencies: number[]): number =>
  Math.sqrt(frequencies.reduce((s, f) => s + density(signal, f, hz), 0) / frequencies.length);

describe("the stream", () => {
  test("says what it is, and holds an annotation a state before its samples", async () => {
    const items = await all(synthetic(options));
    expect(items[0]).toMatchObject({
      kind: "info",
      stream: { sfreq: { num: 160, den: 1 }, sourceId: "simulated:5", t0: null, segment: 0 },
    });
    const [info] = items;
    if (info?.kind !== "info") throw new Error("a stream begins with its info");
    expect(info.stream.channels.map((c) => c.label)).toEqual(electrodes);
    expect(info.stream.channels.every((c) => c.position !== null && c.unit === "µV")).toBe(true);
    expect(items.slice(1).map((i) => (i.kind === "marker" ? i : (i as Samples).start))).toEqual([
      { kind: "marker", onset: 0, duration: 480, text: "eyes-open" },
      0,
      160,
      320,
      { kind: "marker", onset: 480, duration: 400, text: "eyes-closed" },
      480,
      640,
      800,
    ]);
  });

  test("the same seed gives the same bits, another one another person", async () => {
    const once = await signals(synthetic(options));
    const stream = synthetic(options);
    expect(await signals(stream)).toEqual(once);
    expect(await signals(stream)).toEqual(once);
    expect(await signals(synthetic({ ...options, seed: 6 }))).not.toEqual(once);
  });

  test("the bits stay what they were", async () => {
    const [fp1, , , , , o1] = await signals(synthetic(options));
    expect([fp1![0], fp1![333], o1![0], o1![879]]).toMatchInlineSnapshot(`
     [
       -81.0428466796875,
       -6.250983715057373,
       60.34241485595703,
       13.431695938110352,
     ]
    `);
  });

  test("the same bits in chunks of any length", async () => {
    const whole = await signals(synthetic(options));
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0.001, max: 7, noNaN: true }), async (chunkSeconds) => {
        expect(await signals(replay(synthetic(options), { chunkSeconds }))).toEqual(whole);
      }),
      { numRuns: 8 },
    );
  });

  test("an electrode's signal does not depend on the others, nor on their order", async () => {
    const whole = await signals(synthetic(options));
    const some = await signals(synthetic({ ...options, electrodes: ["O2", "EEG Fp1-REF", "T3"] }));
    expect(some).toEqual([whole[6], whole[0], whole[3]]);
  });

  test("gaps are where they were asked for, and the signal goes on behind them", async () => {
    const whole = await signals(synthetic(options));
    const gaps = [
      { startSeconds: 0.5, durationSeconds: 0.1 },
      { startSeconds: 2.75, durationSeconds: 1 },
    ];
    const items = await all(synthetic({ ...options, gaps }));
    expect(items.filter((item) => item.kind === "gap")).toEqual([
      { kind: "gap", start: 80, nSamples: 16, reason: "lost" },
      { kind: "gap", start: 440, nSamples: 160, reason: "lost" },
    ]);
    let next = 0;
    for (const item of items) {
      if (item.kind === "info" || item.kind === "marker") continue;
      expect(item.start).toBe(next);
      next += item.nSamples;
      if (item.kind === "samples")
        expect(item.data.subarray(0, item.nSamples)).toEqual(whole[0]!.subarray(item.start, next));
    }
    expect(next).toBe(880);
    const kinds = items.map((item) => (item.kind === "marker" ? item.text : item.kind));
    expect(kinds.indexOf("eyes-closed")).toBeLessThan(kinds.lastIndexOf("gap"));
  });

  test("at a fractional rate states begin at the nearest sample", async () => {
    const third = { state: "eyes-open", seconds: 1 / 3 } as const;
    const stream = synthetic({ ...options, sfreq: sfreq(1000, 7), schedule: [third, third, third] });
    const onsets = (await all(stream)).flatMap((item) => (item.kind === "marker" ? [item.onset] : []));
    expect(onsets).toEqual([0, 48, 95]);
  });

  test("what cannot be simulated is refused", () => {
    expect(() => synthetic({ ...options, electrodes: ["Fp1-F7"] })).toThrow(
      expect.objectContaining({ code: "CHANNEL_POSITION" }),
    );
    expect(() => synthetic({ ...options, schedule: [] })).toThrow(RangeError);
    expect(() => synthetic({ ...options, schedule: [{ state: "eyes-open", seconds: 0 }] })).toThrow(
      RangeError,
    );
    expect(() => synthetic({ ...options, seed: 0.5 })).toThrow(RangeError);
    expect(() => synthetic({ ...options, gaps: [{ startSeconds: 5, durationSeconds: 1 }] })).toThrow(
      new RangeError("gaps: expected them in order, apart and within the schedule, got 1 s at 5 s"),
    );
  });
});

function expectWithin(value: number, low: number, high: number): void {
  expect(value).toBeGreaterThan(low);
  expect(value).toBeLessThan(high);
}

describe("the signal is that of a typical adult (EEGMMIDB, median spectra, µV/√Hz)", () => {
  const rest = async (state: "eyes-open" | "eyes-closed", hz = 160): Promise<Float32Array[]> =>
    signals(
      synthetic({ ...options, sfreq: sfreq(hz), schedule: [{ state, seconds: 60 }], mainsHz: 60, seed: 11 }),
    );

  test.each([160, 250])("at %d Hz: background, alpha, blinks, hum", async (hz) => {
    const [fp1, fz, c3, , pz, o1] = (await rest("eyes-closed", hz)) as [Float32Array, ...Float32Array[]];
    for (const signal of [fz!, c3!, pz!]) {
      expectWithin(root(signal, hz, [2]), 6, 13);
      expectWithin(root(signal, hz, [4, 5, 6]), 4.5, 7.5);
      expectWithin(root(signal, hz, [24, 25, 26]), 1.7, 2.6);
      expectWithin(root(signal, hz, [40]), 1, 1.8);
    }
    expectWithin(root(o1!, hz, [9, 10, 11]), 7, 16);
    expect(root(fp1, hz, [10])).toBeLessThan(0.7 * root(o1!, hz, [10]));
    expectWithin(root(fp1, hz, [2]), 6, 13);
    const [fp1Open, fzOpen, , , , o1Open] = (await rest("eyes-open", hz)) as [
      Float32Array,
      ...Float32Array[],
    ];
    expectWithin(root(o1Open!, hz, [9, 10, 11]), 3.5, 6.5);
    expectWithin(root(fp1Open, hz, [1, 2]), 20, 45);
    expectWithin(root(fzOpen!, hz, [1, 2]), 11, 25);
    expect(root(o1!, hz, [60])).toBeGreaterThan(1.4 * root(o1!, hz, [55]));
  });
});
