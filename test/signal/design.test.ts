import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { sfreq } from "../../src/eeg/sfreq.ts";
import { butterworth, type Passband } from "../../src/signal/butterworth.ts";
import { notchSection, type NotchOptions } from "../../src/signal/notch.ts";
import { groupDelay, restState, settlingSamples } from "../../src/signal/sections.ts";

interface Designs {
  designs: { band: Passband; sfreq: number; sos: number[]; zi: number[] }[];
  notches: { options: NotchOptions; sfreq: number; sos: number[] }[];
}

const { designs, notches } = JSON.parse(
  readFileSync(new URL("../golden/signal/designs.json", import.meta.url), "utf8"),
) as Designs;

/** Greatest difference, relative to SciPy's number, or absolute where that is rounding noise. */
function difference(got: Float64Array, expected: readonly number[]): number {
  expect(got).toHaveLength(expected.length);
  return Math.max(...expected.map((e, i) => Math.abs(got[i]! - e) / (Math.abs(e) < 1e-12 ? 1 : Math.abs(e))));
}

describe("butterworth is scipy.signal.butter(..., output='sos')", () => {
  test.each(designs)("$band at $sfreq Hz", ({ band, sfreq: hz, sos, zi }) => {
    const sections = butterworth(band, sfreq(hz));
    expect(difference(sections, sos)).toBeLessThan(1e-9);
    const scale = Math.max(...zi.map(Math.abs));
    restState(sections).forEach((state, i) => expect(Math.abs(state - zi[i]!) / scale).toBeLessThan(1e-6));
  });
});

test.each(notches)(
  "notchSection is scipy.signal.iirnotch: $options at $sfreq Hz",
  ({ options, sfreq: hz, sos }) => {
    expect(difference(notchSection(options, sfreq(hz)), sos)).toBeLessThan(1e-9);
  },
);

test("fractional rates count as what they are", () => {
  const band: Passband = { kind: "bandpass", lowHz: 1, highHz: 40, order: 2 };
  expect(butterworth(band, sfreq(320, 2))).toEqual(butterworth(band, sfreq(160)));
});

test.each([
  [
    { kind: "bandpass", lowHz: 1, highHz: 80, order: 4 },
    "SFREQ_UNSUPPORTED",
    "band-pass 1-80 Hz, Butterworth order 4: 80 Hz does not lie below half the sampling frequency, 80 Hz (the stream has 160 Hz); choose a lower one",
  ],
  [
    { kind: "highpass", lowHz: 100, order: 1 },
    "SFREQ_UNSUPPORTED",
    "high-pass 100 Hz, Butterworth order 1: 100 Hz does not lie below half the sampling frequency, 80 Hz (the stream has 160 Hz); choose a lower one",
  ],
  [
    { kind: "bandpass", lowHz: 40, highHz: 1, order: 4 },
    undefined,
    "band-pass 40-1 Hz, Butterworth order 4: expected lowHz below highHz, got 40 and 1 Hz",
  ],
  [
    { kind: "lowpass", highHz: 0, order: 4 },
    undefined,
    "low-pass 0 Hz, Butterworth order 4: expected edges above 0 Hz, got 0 Hz",
  ],
  [
    { kind: "lowpass", highHz: NaN, order: 4 },
    undefined,
    "low-pass NaN Hz, Butterworth order 4: expected edges above 0 Hz, got NaN Hz",
  ],
  [
    { kind: "lowpass", highHz: 10, order: 2.5 },
    undefined,
    "low-pass 10 Hz, Butterworth order 2.5: expected an order from 1 to 24, got 2.5",
  ],
] as [Passband, string | undefined, string][])("%j is refused", (band, code, message) => {
  const design = (): unknown => butterworth(band, sfreq(160));
  expect(design).toThrow(message);
  expect(design).toThrow(expect.objectContaining(code ? { code } : { name: "RangeError" }));
});

test("a notch that fits no stream is refused", () => {
  expect(() => notchSection({ frequencyHz: 50, q: 0 }, sfreq(160))).toThrow(
    new RangeError("notch 50 Hz, Q 0: expected a frequency and a Q above 0"),
  );
  expect(() => notchSection({ frequencyHz: 90, q: 30 }, sfreq(160))).toThrow("does not lie below half");
});

test("settling is where less than 1 % of the impulse response is still to come", () => {
  const settling = (order: number): number =>
    settlingSamples(butterworth({ kind: "bandpass", lowHz: 1, highHz: 40, order }, sfreq(160))) / 160;
  expect(settling(2)).toBeCloseTo(0.84, 2);
  expect(settling(4)).toBeCloseTo(1.72, 2);
});

test("a filter with an edge far too low is refused rather than simulated for ever", () => {
  expect(() =>
    settlingSamples(butterworth({ kind: "highpass", lowHz: 1e-6, order: 2 }, sfreq(1000))),
  ).toThrow("would not settle within 16777216 samples");
});

test("group delay is the slope of the phase", () => {
  const sections = butterworth({ kind: "lowpass", highHz: 30, order: 4 }, sfreq(160));
  const phase = (w: number): number => {
    let angle = 0;
    for (let k = 0; k < sections.length; k += 6) {
      const part = (at: number): number => {
        const [c0, c1, c2] = sections.subarray(at, at + 3) as unknown as [number, number, number];
        return Math.atan2(
          -c1 * Math.sin(w) - c2 * Math.sin(2 * w),
          c0 + c1 * Math.cos(w) + c2 * Math.cos(2 * w),
        );
      };
      angle += part(k) - part(k + 3);
    }
    return angle;
  };
  for (const w of [0.05, 0.4, 0.9])
    expect(groupDelay(sections, w)).toBeCloseTo(-(phase(w + 1e-5) - phase(w - 1e-5)) / 2e-5, 6);
});
