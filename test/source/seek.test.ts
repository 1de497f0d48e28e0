import { describe, expect, test } from "@jest/globals";
import type { Item } from "../../src/eeg/item.ts";
import { laterTime, seek } from "../../src/source/seek.ts";
import { madeInfo, ramp } from "../server/harness.ts";

test("local time is never converted, whatever the zone of this machine", () => {
  expect(laterTime("2009-08-12T16:15:00", 0.5)).toBe("2009-08-12T16:15:00.5");
  expect(laterTime("2009-08-12T16:15:00.25", 0.75)).toBe("2009-08-12T16:15:01");
  expect(laterTime("2009-12-31T23:59:59.9999999", 1e-7)).toBe("2010-01-01T00:00:00");
  expect(laterTime("2009-03-29T01:30:00", 3600)).toBe("2009-03-29T02:30:00"); // no such hour in Berlin
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
