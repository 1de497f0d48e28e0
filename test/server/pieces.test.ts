import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Item } from "../../src/eeg/item.ts";
import { laterLocalTime } from "../../src/server/local-time.ts";
import { createQuality, type Quality } from "../../src/server/quality.ts";
import { createStreamLog } from "../../src/server/stream-log.ts";
import { samplesEntry } from "../../src/server/entry.ts";
import { seek } from "../../src/server/seek.ts";
import { madeInfo, ramp } from "./harness.ts";

test("local time is never converted, whatever the zone of this machine", () => {
  expect(laterLocalTime("2009-08-12T16:15:00", 0.5)).toBe("2009-08-12T16:15:00.5");
  expect(laterLocalTime("2009-08-12T16:15:00.25", 0.75)).toBe("2009-08-12T16:15:01");
  expect(laterLocalTime("2009-12-31T23:59:59.999999999", 1e-9)).toBe("2010-01-01T00:00:00");
  expect(laterLocalTime("2009-03-29T01:30:00", 3600)).toBe("2009-03-29T02:30:00"); // no such hour in Berlin
});

async function all(items: AsyncIterable<Item>): Promise<Item[]> {
  const out: Item[] = [];
  for await (const item of items) out.push(item);
  return out;
}

async function* source(items: readonly Item[]): AsyncGenerator<Item> {
  yield { kind: "info", stream: madeInfo() };
  yield* items;
}

describe("seeking", () => {
  test("begins with the sample there, within samples, gaps and markers", async () => {
    const items: Item[] = [
      { kind: "marker", onset: 10, duration: 0, text: "before" },
      { kind: "marker", onset: 20, duration: 200, text: "lasting" },
      ramp(0, 150),
      { kind: "marker", onset: 155, duration: 0, text: "after" },
      { kind: "gap", start: 150, nSamples: 50, reason: "lost" },
      ramp(200, 100),
    ];
    const from = async (seconds: number): Promise<Item[]> =>
      (await all(seek(source(items), seconds))).slice(1);
    expect(await from(0)).toEqual(items);
    const [lasting, first, after, gap] = await from(1.2);
    expect(lasting).toMatchObject({ onset: -100, text: "lasting" });
    expect(first).toMatchObject({ start: 0, nSamples: 30, data: ramp(120, 30).data });
    expect(after).toMatchObject({ onset: 35, text: "after" });
    expect(gap).toMatchObject({ start: 30, nSamples: 50 });
    expect((await from(1.8))[1]).toMatchObject({ kind: "gap", start: 0, nSamples: 20 });
    expect(await from(3)).toEqual([]);
    expect((await all(seek(source(items), 1.2)))[0]).toMatchObject({
      stream: { t0: "2020-01-01T10:00:01.2" },
    });
  });
});

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

test("a stream's memory is bounded in bytes, however much goes through it", () => {
  const log = createStreamLog({ memoryBytes: 50_000, memoryMs: 1e9 });
  for (let i = 0; i < 20_000; i++) {
    log.append(samplesEntry({ stream: 1, segment: 0 }, ramp(i * 10, 10), 0n));
    if (i % 997 === 0) expect(log.bytesFrom(log.first)).toBeLessThanOrEqual(50_000);
  }
  expect(log.end).toBe(20_000);
  expect(log.at(log.end - 1).start).toBe(199_990);
  expect(() => log.at(0)).toThrow("entry 0 is not remembered");
  expect(log.bytesFrom(log.end)).toBe(0);
  expect(log.oldest()).toEqual({ segment: 0, start: 10 * log.first });
});
