import { describe, expect, test } from "@jest/globals";
import type { Samples } from "../../src/eeg/item.ts";
import { sfreq } from "../../src/eeg/sfreq.ts";
import type { StageFactory } from "../../src/eeg/stage.ts";
import { bandpassStage, highpassStage, lowpassStage, notchStage } from "../../src/signal/filters.ts";
import { resampleStage } from "../../src/signal/resample.ts";
import { welch } from "../../src/signal/spectrum.ts";
import { golden, type NpyArray } from "../npy.ts";
import { joined, recut, run, streamOf, type StreamItem } from "./streams.ts";

function whole({ shape, data }: NpyArray): Samples {
  return { kind: "samples", start: 0, data: Float32Array.from(data), nSamples: shape.at(-1)! };
}

/** The greatest difference, relative to the oracle's peak. */
function difference(got: Float32Array | Float64Array, oracle: Float32Array | Float64Array): number {
  expect(got).toHaveLength(oracle.length);
  let worst = 0;
  let peak = 0;
  oracle.forEach((y, i) => {
    const distance = Math.abs(y - got[i]!);
    if (!(distance <= worst)) worst = distance;
    peak = Math.max(peak, Math.abs(y));
  });
  return worst / peak;
}

describe("filters are scipy.signal.sosfilt with sosfilt_zi * x[0]", () => {
  const input = golden("signal/input.npy");
  const filters: [string, StageFactory][] = [
    ["bandpass-1-40-2", bandpassStage({ lowHz: 1, highHz: 40, order: 2 })],
    ["bandpass-1-40-4", bandpassStage({ lowHz: 1, highHz: 40 })],
    ["bandpass-8-13-3", bandpassStage({ lowHz: 8, highHz: 13, order: 3 })],
    ["highpass-0.5-1", highpassStage({ lowHz: 0.5, order: 1 })],
    ["lowpass-30-5", lowpassStage({ highHz: 30, order: 5 })],
    ["notch-50-30", notchStage({ frequencyHz: 50, q: 30 })],
  ];
  test.each(filters)("%s", (name, factory) => {
    const [out] = joined(run(factory, streamOf(["C3", "C4"]), [whole(input)])) as Samples[];
    expect(difference(out!.data, golden(`signal/${name}.npy`).data)).toBeLessThan(1e-7);
  });
});

describe("resampling is scipy.signal.resample_poly away from the edges", () => {
  const input = whole(golden("signal/resample-input.npy"));
  test.each([
    [250, 160],
    [160, 250],
    [512, 160],
    [100, 200],
    [200, 100],
    [499, 160],
  ])("from %d to %d Hz", (from, to) => {
    const oracle = golden(`signal/resample-${from}-${to}.npy`).data;
    const out = run(
      resampleStage({ sfreq: sfreq(to) }),
      streamOf(["Cz"], from),
      recut([input], [100, 7]),
    ) as StreamItem[];
    let edges = 0;
    let end = 0;
    for (const item of out) {
      if (item.kind === "marker") continue;
      end = item.start + item.nSamples;
      if (item.kind === "gap") edges += item.nSamples;
      else expect(difference(item.data, oracle.subarray(item.start, end)) / 2).toBeLessThan(1e-7);
    }
    expect(end).toBe(oracle.length);
    expect(edges).toBeLessThanOrEqual(2 * Math.ceil(10 * Math.max(1, to / from)));
  });
});

describe("welch is scipy.signal.welch", () => {
  const { data } = golden("signal/welch-input.npy");
  test.each([64, 256, 1024])("in segments of %d", (segment) => {
    const oracle = golden(`signal/welch-${segment}.npy`).data;
    const { frequencies, power } = welch(data, { sfreq: sfreq(160), segment });
    expect(difference(frequencies, oracle.subarray(0, segment / 2 + 1))).toBeLessThan(1e-15);
    expect(difference(power, oracle.subarray(segment / 2 + 1))).toBeLessThan(1e-12);
  });

  test("refuses what has no such spectrum", () => {
    expect(() => welch(data, { sfreq: sfreq(160), segment: 100 })).toThrow(
      new RangeError("welch: expected a segment of a power of two samples, at least 4, got 100"),
    );
    expect(() => welch(data.subarray(0, 63), { sfreq: sfreq(160), segment: 64 })).toThrow(
      new RangeError("welch: expected at least one segment of 64 samples, got 63"),
    );
  });
});
