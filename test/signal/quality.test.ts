import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createQuality, type Quality } from "../../src/signal/quality.ts";
import { madeInfo, ramp } from "../server/harness.ts";

describe("quality", () => {
  const found = (quality: readonly Quality[]) =>
    quality.map(({ start, nSamples, channels }) => [start, nSamples, ...channels.map(({ state }) => state)]);

  test("does not depend on how the stream was cut", () => {
    const whole = createQuality(madeInfo())(ramp(0, 1000));
    expect(whole).toHaveLength(10);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 30 }), (sizes) => {
        const look = createQuality(madeInfo());
        const out: Quality[] = [];
        for (let at = 0, i = 0; at < 1000; i++) {
          const n = Math.min(sizes[i % sizes.length]!, 1000 - at);
          out.push(...look(ramp(at, n)));
          at += n;
        }
        expect(out).toEqual(whole);
      }),
    );
  });

  test("tells flat, noisy and missing channels, and stops at gaps", () => {
    const samples = ramp(0, 250);
    samples.data.fill(3, 0, 100); // channel 0: flat, then wild
    for (let i = 100; i < 200; i++) samples.data[i] = i % 2 === 0 ? 1000 : -1000;
    samples.data.fill(Number.NaN, 250, 350); // channel 1: missing in the first second
    for (let i = 350; i < 500; i++) samples.data[i] = i % 7;
    const look = createQuality(madeInfo());
    expect(found(look(samples))).toEqual([
      [0, 100, "flat", "missing"],
      [100, 100, "noisy", "good"],
    ]);
    expect(found(look(ramp(400, 100)))).toEqual([
      [200, 50, "good", "good"],
      [400, 100, "good", "good"],
    ]);
  });
});
