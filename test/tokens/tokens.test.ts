import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Item, Marker, Samples } from "../../src/eeg/item.ts";
import { log } from "../../src/eeg/math.ts";
import type { Stage } from "../../src/eeg/stage.ts";
import { tokenDefinition } from "../../src/model/model.ts";
import { bandTaps } from "../../src/tokens/bands.ts";
import { mixByPosition } from "../../src/tokens/mix.ts";
import { bandPowers, logMean, logSingle, mixSample } from "./plain-tokens.ts";
import type { Token } from "../../src/tokens/token.ts";
import { tokensStage } from "../../src/tokens/tokens-stage.ts";
import { oddSizes, randomModel, usualSizes } from "../model/random-model.ts";
import { cut, type InfoOptions, labels, noise, rechunk, streamInfo } from "./signals.ts";

const definition = tokenDefinition(randomModel());

function run(items: readonly Item[], info: InfoOptions = {}, of = definition): (Token | Marker)[] {
  const stage: Stage<Token | Marker> = tokensStage(of)(streamInfo(info));
  return [...items.flatMap((item) => stage.push(item as Samples)), ...stage.end()];
}

function tokens(items: readonly Item[], info: InfoOptions = {}): Token[] {
  return run(items, info).filter((item) => item.kind === "token");
}

/** Reasons in runs, such as `0-4 gap`; `-` for a token without any. */
function reasons(list: readonly Token[]): string[] {
  const runs: string[] = [];
  for (let i = 0; i < list.length;) {
    const say = ({ reasons: r, values }: Token): string => `${r.join("+") || "-"}${values ? "" : " masked"}`;
    let end = i;
    while (end + 1 < list.length && say(list[end + 1]!) === say(list[i]!)) end++;
    runs.push(`${list[i]!.patch}-${list[end]!.patch} ${say(list[i]!)}`);
    i = end + 1;
  }
  return runs;
}

/** The same stream with some samples of some channels missing. */
function without(item: Samples, channels: readonly number[], [from, to]: readonly [number, number]): Samples {
  const data = item.data.slice();
  for (const c of channels) data.fill(NaN, c * item.nSamples + from, c * item.nSamples + to);
  return { ...item, data };
}

describe.each([
  ["usual sizes", usualSizes],
  ["odd sizes", oddSizes],
])("%s", (_, sizes) => {
  test("the kernel has the bits of the plain loops", () => {
    const of = tokenDefinition(randomModel({ sizes }));
    const signal = noise(labels.length, 400);
    const found = run([signal], {}, of) as Token[];
    const positions = streamInfo().channels.map(({ position }) => position!);
    const { weights, channels } = mixByPosition(of, positions)(new Uint8Array(labels.length).fill(1));
    const padded = weights.length / labels.length;
    const mixed = Array.from({ length: 400 }, (__, t) =>
      mixSample(
        channels.map((c) => signal.data[c * 400 + t]!),
        weights,
      ),
    );
    const taps = bandTaps(of.centre, of.width);
    expect(found.length).toBe(21);
    for (const { patch, values } of found)
      for (let s = 0; s < sizes.components; s++) {
        const powers = (of: number): Float32Array =>
          bandPowers(
            Float32Array.from({ length: 80 }, (__, n) => mixed[of * 16 + n]![s]!),
            taps,
          );
        const first = Math.max(0, patch - sizes.average + 1);
        const averaged = Array.from({ length: patch - first + 1 }, (__, i) => powers(first + i));
        const expected = Float32Array.from(logMean(averaged, of.epsilon), (power, k) => {
          const i = s * sizes.bands + k;
          return (power - of.mean[i]!) / of.deviation[i]!;
        });
        expect(values!.subarray(s * sizes.bands, (s + 1) * sizes.bands)).toEqual(expected);
      }
    expect(padded % 4).toBe(0);
  });
});

test("the logarithm is within 1.5 units in the last place", () => {
  let worst = 0;
  for (let x = 1e-6; x < 1e9; x *= 1.00037) {
    const single = Math.fround(x);
    const exact = log(single);
    worst = Math.max(worst, Math.abs(logSingle(single) - exact) / Math.max(Math.abs(exact), 1e-3));
  }
  expect(worst).toBeLessThanOrEqual(1.8e-7);
});

test("a filter passes a sinusoid at its centre with half its amplitude, and others less", () => {
  const taps = bandTaps(Float32Array.of(10), Float32Array.of(1.5));
  const amplitude = (hz: number): number => {
    const patch = Float32Array.from({ length: 80 }, (_, n) => 8 * Math.sin((2 * Math.PI * hz * n) / 160 + 1));
    return Math.sqrt(bandPowers(patch, taps)[0]!);
  };
  expect(amplitude(10)).toBeCloseTo(4, 3);
  expect(amplitude(13)).toBeLessThan(1);
  expect(amplitude(20)).toBeLessThan(0.05);
});

test("a component's weights have norm 1 over the channels present", () => {
  const positions = streamInfo().channels.map(({ position }) => position!);
  const present = new Uint8Array(positions.length).fill(1);
  present[3] = 0;
  const { channels, weights } = mixByPosition(definition, positions)(present);
  expect(channels).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  for (let s = 0; s < 16; s++) {
    const norm = Math.hypot(...channels.map((__, i) => weights[i * 16 + s]!));
    expect(norm).toBeCloseTo(1, 6);
  }
});

test("tokens do not depend on how the signal was cut into chunks", () => {
  const whole = without(noise(labels.length, 1500), [2, 7], [500, 620]);
  const gap = { kind: "gap", start: 1500, nSamples: 333, reason: "lost" } as const;
  const after = { ...noise(labels.length, 700, 2), start: 1833 };
  const marker = (onset: number): Marker => ({ kind: "marker", onset, duration: 0, text: `at ${onset}` });
  const items = [
    cut(whole, 0, 100),
    marker(100.5),
    marker(103),
    cut(whole, 100, 1500),
    gap,
    marker(1900),
    after,
  ];
  const expected = run(items, { settleSamples: 134 });
  expect(expected.filter(({ kind }) => kind === "marker").length).toBe(3);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 }), (sizes) => {
      expect(run(rechunk(items as Samples[], sizes), { settleSamples: 134 })).toEqual(expected);
    }),
    { numRuns: 12 },
  );
  expect(run(rechunk(items as Samples[], [1]), { settleSamples: 134 })).toEqual(expected);
});

test("the order of the channels changes no bit", () => {
  const signal = noise(labels.length, 800);
  const order = [5, 0, 12, 3, 1, 11, 2, 10, 4, 9, 6, 8, 7];
  const data = new Float32Array(signal.data.length);
  order.forEach((from, to) => data.set(signal.data.subarray(from * 800, (from + 1) * 800), to * 800));
  const shuffled = tokens([{ ...signal, data }], { labels: order.map((i) => labels[i]!) });
  expect(shuffled).toEqual(tokens([signal]));
});

test("a channel that is missing all along is as one that is not there", () => {
  const signal = noise(labels.length, 800);
  const kept = labels.map((_, c) => c).filter((c) => c !== 4);
  const data = Float32Array.from(kept.flatMap((c) => [...signal.data.subarray(c * 800, (c + 1) * 800)]));
  const absent = tokens([{ ...signal, data }], { labels: kept.map((c) => labels[c]!) });
  const missing = tokens([without(signal, [4], [0, 800])]);
  expect(missing.map(({ values }) => values)).toEqual(absent.map(({ values }) => values));
  expect(reasons(missing)).toEqual(["0-45 channels-missing"]);
});

test("a patch that touches a gap or settling samples is masked", () => {
  const before = noise(labels.length, 480);
  const gap = { kind: "gap", start: 480, nSamples: 100, reason: "discontinuity" } as const;
  const after = { ...noise(labels.length, 480), start: 580 };
  // patches 0-8 begin before sample 134; 26-36 touch samples 480-579; 37-44 begin before sample 714
  expect(reasons(tokens([before, gap, after], { settleSamples: 134 }))).toEqual([
    "0-8 settling masked",
    "9-25 -",
    "26-36 gap masked",
    "37-44 settling masked",
    "45-61 -",
  ]);
});

test("a stream that begins with a gap", () => {
  const gap = { kind: "gap", start: 0, nSamples: 1000, reason: "lost" } as const;
  const after = { ...noise(labels.length, 200), start: 1000 };
  expect(reasons(tokens([gap, after]))).toEqual(["0-62 gap masked", "63-70 -"]);
});

test("a channel that comes back counts once its filters have settled", () => {
  const signal = without(noise(labels.length, 1600), [0], [400, 500]);
  // patches that touch samples 400 ... 500 + 134 - 1
  expect(reasons(tokens([signal], { settleSamples: 134 }))).toEqual([
    "0-8 settling masked",
    "9-20 -",
    "21-39 channels-missing",
    "40-95 -",
  ]);
});

test("components without their channels are 0; with most of them gone the patch is masked", () => {
  const signal = noise(labels.length, 800);
  const positions = streamInfo().channels.map(({ position }) => position!);
  const present = Uint8Array.from(labels, (_, c) => (c < 8 ? 0 : 1));
  const { masked } = mixByPosition(definition, positions)(present);
  const [token] = tokens([without(signal, [0, 1, 2, 3, 4, 5, 6, 7], [0, 800])]);
  const zero = Array.from(masked, (_, s) =>
    token!.values!.subarray(s * 12, s * 12 + 12).some(Boolean) ? 0 : 1,
  );
  expect(zero).toEqual([...masked]);
  expect(zero.filter(Boolean).length).toBe(5);
  const most = without(signal, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [300, 310]);
  expect(reasons(tokens([most]))).toEqual(["0-13 -", "14-19 channels-missing masked", "20-45 -"]);
});

test("a stream of another rate, or without positions, is refused", () => {
  expect(() => tokensStage(definition)(streamInfo({ hz: 200 }))).toThrow(
    "noise: tokens are made at 160 Hz, got 200 Hz; resample first",
  );
  expect(() => tokensStage(definition)(streamInfo({ labels: ["O1", "Fp1-F7"] }))).toThrow(
    "channel Fp1-F7 has no position on the head; leave it out",
  );
});

test("infinities count as missing", () => {
  const signal = noise(labels.length, 200);
  signal.data[3 * 200 + 120] = Infinity;
  expect(reasons(tokens([signal]))).toEqual(["0-2 -", "3-7 channels-missing"]);
});
