import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Samples } from "../../src/eeg/item.ts";
import { sfreq } from "../../src/eeg/sfreq.ts";
import { butterworth } from "../../src/signal/butterworth.ts";
import { bandpassStage, highpassStage, lowpassStage, notchStage } from "../../src/signal/filters.ts";
import { plainSosfilt } from "../../src/signal/plain-sosfilt.ts";
import { restState } from "../../src/signal/sections.ts";
import { blockSamples, createSosfilt } from "../../src/signal/sosfilt.ts";
import { noise, run, streamOf, stretch } from "./streams.ts";

const info = streamOf(["Fp1", "Cz", "O2"]);
const filtered = (factory = bandpassStage({ lowHz: 1, highHz: 40 }), signal = noise): Samples =>
  run(factory, info, [stretch(3, [0, 400], signal)])[0] as Samples;

test("the kernel gives the bits of the plain loop, for any number of channels and sections", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: blockSamples }),
      (channels, order, n) => {
        const sections = butterworth({ kind: "bandpass", lowHz: 1, highHz: 40, order }, sfreq(160));
        const item = stretch(channels, [0, n]);
        const output = new Float32Array(item.data.length);
        for (let c = 0; c < channels; c++) {
          const state = restState(sections).map((r) => r * item.data[c * n]!);
          plainSosfilt(sections, state, { input: item.data, output, from: c * n, to: (c + 1) * n });
        }
        expect(createSosfilt(sections, channels).run(item, 0, n)).toEqual(output);
      },
    ),
    { numRuns: 50 },
  );
});

test("a constant is at rest from the first sample on", () => {
  const out = filtered(lowpassStage({ highHz: 30 }), () => 100).data;
  for (const y of out) expect(y).toBeCloseTo(100, 4);
  for (const y of filtered(highpassStage({ lowHz: 1 }), () => 100).data)
    expect(Math.abs(y)).toBeLessThan(1e-9);
});

test.each([NaN, Infinity, -Infinity])(
  "%d gives NaN, and the channel restarts at its next finite sample",
  (hole) => {
    fc.assert(
      fc.property(fc.nat(399), fc.nat(399), (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const out = filtered(undefined, (c, i) => (c === 1 && i >= from && i <= to ? hole : noise(c, i)));
        const whole = filtered();
        const later = filtered(undefined, (c, i) => noise(c, i + to + 1));
        const channel = out.data.subarray(400, 800);
        expect(channel.subarray(0, from)).toEqual(whole.data.subarray(400, 400 + from));
        expect(channel.subarray(from, to + 1).every(Number.isNaN)).toBe(true);
        expect(channel.subarray(to + 1)).toEqual(later.data.subarray(400, 800 - to - 1));
      }),
      { numRuns: 30 },
    );
  },
);

test("a channel that is NaN throughout stays so", () => {
  const out = filtered(undefined, (c, i) => (c === 0 ? NaN : noise(c, i)));
  expect(out.data.subarray(0, 400).every(Number.isNaN)).toBe(true);
  expect(out.data.subarray(400).some(Number.isNaN)).toBe(false);
});

test("the output's info says what was done, with what delay and for how long it settles", () => {
  const { output } = bandpassStage({ lowHz: 1, highHz: 40, order: 2 })({
    ...info,
    delaySamples: 3,
    settleSamples: 10,
  });
  expect(output.filters).toEqual([
    { kind: "bandpass", description: "band-pass 1-40 Hz, Butterworth order 2", lowHz: 1, highHz: 40 },
  ]);
  expect(output.settleSamples).toBe(10 + 135);
  expect(output.delaySamples).toBeGreaterThan(3);
  expect(output.delaySamples).toBeLessThan(8);
  expect(highpassStage({ lowHz: 1 })(info).output.filters[0]!.description).toBe(
    "high-pass 1 Hz, Butterworth order 4",
  );
  expect(lowpassStage({ highHz: 30, order: 1 })(info).output.filters[0]!.description).toBe(
    "low-pass 30 Hz, Butterworth order 1",
  );
  expect(notchStage({ frequencyHz: 50, q: 30 })(info).output.filters[0]).toEqual({
    kind: "notch",
    description: "notch 50 Hz, Q 30",
    lowHz: 50,
    highHz: 50,
  });
});

test("options that fit no stream are refused at once, those that do not fit this stream when it comes", () => {
  expect(() => bandpassStage({ lowHz: 40, highHz: 1 })).toThrow(RangeError);
  expect(() => notchStage({ frequencyHz: -1, q: 30 })).toThrow(RangeError);
  const factory = bandpassStage({ lowHz: 1, highHz: 100 });
  expect(() => factory(info)).toThrow(
    expect.objectContaining({ name: "EegError", code: "SFREQ_UNSUPPORTED" }),
  );
  expect(() => notchStage({ frequencyHz: 80, q: 30 })(info)).toThrow(
    "notch 80 Hz, Q 30: 80 Hz does not lie below half the sampling frequency, 80 Hz (the stream has 160 Hz); choose a lower one",
  );
});
