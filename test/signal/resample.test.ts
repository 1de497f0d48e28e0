import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { gcd, sfreq } from "../../src/eeg/sfreq.ts";
import {
  halfLength,
  polyphase,
  resampleRatio,
  sourcePrefix,
  type Ratio,
} from "../../src/signal/polyphase.ts";
import { resampleStage } from "../../src/signal/resample.ts";
import { itemsOf, joined, noise, run, streamOf, stretch, type StreamItem } from "./streams.ts";

const ratios: fc.Arbitrary<Ratio> = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
  .map(([a, b]) => ({ up: a / gcd(a, b), down: b / gcd(a, b) }));

const stageOf = ({ up, down }: Ratio): ReturnType<typeof resampleStage> =>
  resampleStage({ sfreq: sfreq(160 * up, down) });

test("sourcePrefix is the shortest prefix from which an output comes", () => {
  fc.assert(
    fc.property(ratios, fc.integer({ min: 130, max: 200 }), (ratio, output) => {
      const prefix = sourcePrefix(output, ratio);
      const reach = (n: number): number => {
        const stage = stageOf(ratio)(streamOf(["Cz"]));
        const out = stage.push(stretch(1, [0, n])) as StreamItem[];
        return out.reduce((end, item) => (item.kind === "samples" ? item.start + item.nSamples : end), 0);
      };
      expect(reach(prefix)).toBeGreaterThan(output);
      expect(reach(prefix - 1)).toBeLessThanOrEqual(output);
    }),
    { numRuns: 60 },
  );
});

test("each output is the sum over its kernel, tap by tap, for any number of channels", () => {
  fc.assert(
    fc.property(
      ratios,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 30, max: 300 }),
      (ratio, channels, n) => {
        const { up, down } = ratio;
        if (up === down) return;
        const { taps, offset, first, count } = polyphase(ratio);
        const item = stretch(channels, [0, n]);
        const labels = Array.from({ length: channels }, (_, c) => `E${c}`);
        for (const out of joined(run(stageOf(ratio), streamOf(labels), [item])) as StreamItem[]) {
          if (out.kind !== "samples") continue;
          out.data.forEach((y, i) => {
            const t = (out.start + (i % out.nSamples)) * down;
            const from = Math.floor(i / out.nSamples) * n + Math.floor(t / up) + first[t % up]!;
            let sum = 0;
            for (let k = 0; k < count[t % up]!; k++) sum += item.data[from + k]! * taps[offset[t % up]! + k]!;
            if (y !== Math.fround(sum)) throw new Error(`${y} is not ${sum}`);
          });
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("outputs at the edges are gaps, and only those whose kernel is not whole", () => {
  fc.assert(
    fc.property(ratios, fc.integer({ min: 260, max: 400 }), (ratio, n) => {
      const { up, down } = ratio;
      if (up === down) return;
      const out = run(stageOf(ratio), streamOf(["Cz"]), [stretch(1, [0, n])]) as StreamItem[];
      const half = halfLength(ratio);
      const whole = (k: number): boolean =>
        Math.ceil((k * down - half) / up) >= 0 && Math.floor((k * down + half) / up) < n;
      for (const item of out) {
        if (item.kind === "marker") continue;
        for (let k = item.start; k < item.start + item.nSamples; k++)
          expect(whole(k)).toBe(item.kind === "samples");
        if (item.kind === "gap") expect(item.reason).toBe("edge");
      }
    }),
    { numRuns: 60 },
  );
});

test("a gap maps to the output's grid and keeps its reason", () => {
  const parts = [
    { kind: "samples", nSamples: 100 },
    { kind: "gap", nSamples: 51 },
    { kind: "samples", nSamples: 100 },
  ] as const;
  const out = joined(run(stageOf({ up: 1, down: 2 }), streamOf(["Cz"]), itemsOf(1, parts))) as StreamItem[];
  expect(out.map((item) => item.kind !== "marker" && [item.kind, item.start, item.nSamples])).toEqual([
    ["gap", 0, 10],
    ["samples", 10, 30],
    ["gap", 40, 10],
    ["gap", 50, 26],
    ["gap", 76, 10],
    ["samples", 86, 30],
    ["gap", 116, 10],
  ]);
  expect(out.map((item) => item.kind === "gap" && item.reason)).toEqual([
    "edge",
    false,
    "edge",
    "lost",
    "edge",
    false,
    "edge",
  ]);
});

test("a stretch too short for one kernel gives a gap", () => {
  const out = run(stageOf({ up: 5, down: 8 }), streamOf(["Cz"]), [stretch(1, [0, 16])]);
  expect(out).toEqual([{ kind: "gap", start: 0, nSamples: 10, reason: "edge" }]);
});

test("a sine keeps its time and its size", () => {
  const wave = (hz: number) => (_: number, i: number) => 50 * Math.sin((2 * Math.PI * 10 * i) / hz);
  const stage = resampleStage({ sfreq: sfreq(160) });
  for (const item of run(stage, streamOf(["Oz"], 250), [stretch(1, [0, 2000], wave(250))]) as StreamItem[])
    if (item.kind === "samples")
      item.data.forEach((y, i) => expect(Math.abs(y - wave(160)(0, item.start + i))).toBeLessThan(0.1));
});

test("NaN makes those outputs NaN whose kernel holds it", () => {
  const signal = (c: number, i: number): number => (i === 200 ? NaN : noise(c, i));
  const out = run(stageOf({ up: 1, down: 2 }), streamOf(["Cz"]), [
    stretch(1, [0, 400], signal),
  ]) as StreamItem[];
  for (const item of out)
    if (item.kind === "samples")
      item.data.forEach((y, i) => expect(Number.isNaN(y)).toBe(Math.abs(2 * (item.start + i) - 200) <= 20));
});

test("delay and settling time are told on the new grid", () => {
  const { output } = stageOf({ up: 1, down: 2 })({
    ...streamOf(["Cz"]),
    delaySamples: 3,
    settleSamples: 101,
  });
  expect(output).toMatchObject({ delaySamples: 1.5, settleSamples: 61, sfreq: { num: 80, den: 1 } });
  expect(output.filters).toEqual([
    { kind: "resample", description: "resampled from 160 to 80 Hz", highHz: 40 },
  ]);
});

test("a ratio of large numbers is refused with its numbers", () => {
  expect(() => resampleRatio(sfreq(499907, 1000), sfreq(160))).toThrow(
    expect.objectContaining({
      code: "SFREQ_UNSUPPORTED",
      message:
        "resampling from 499.907 Hz to 160 Hz takes the ratio 160000/499907; only whole numbers up to 1000 are supported, so bring the recording to a rounder rate first",
    }),
  );
  expect(resampleRatio(sfreq(512), sfreq(160))).toEqual({ up: 5, down: 16 });
  expect(resampleRatio({ num: 500, den: 2 }, { num: 320, den: 2 })).toEqual({ up: 16, down: 25 });
  expect(resampleRatio(sfreq(250, 3), sfreq(160))).toEqual({ up: 48, down: 25 });
});

test("a stream that skips samples without a gap is refused", () => {
  const stage = stageOf({ up: 1, down: 2 })(streamOf(["Cz"]));
  stage.push(stretch(1, [0, 10]));
  expect(() => stage.push(stretch(1, [11, 20]))).toThrow(
    expect.objectContaining({
      code: "STREAM_ORDER",
      message:
        "the stream stands at sample 10, but its next stretch begins at 11; samples and gaps must follow one another",
    }),
  );
});
