import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Item } from "../../src/eeg/item.ts";
import { recut } from "../../src/source/recut.ts";
import { all, gap, madeInfo, madeRecording, marker, ramp } from "./made-recording.ts";

const cut = (items: readonly Item[], size: number): Promise<Item[]> =>
  all(recut(madeRecording(items).items(), () => size));

test("joins and splits, the last item shorter", async () => {
  const items = await cut([ramp(0, 7), ramp(7, 7), ramp(14, 2)], 5);
  expect(items.slice(1)).toEqual([ramp(0, 5), ramp(5, 5), ramp(10, 5), ramp(15, 1)]);
});

test("a chunk longer than the stream holds all of it", async () => {
  const items = await cut([ramp(0, 7), ramp(7, 7)], 1e12);
  expect(items.slice(1)).toEqual([ramp(0, 14)]);
});

test("no chunk spans a gap; the next begins after it", async () => {
  const items = await cut([ramp(0, 7), gap(7, 10), ramp(17, 6)], 5);
  expect(items.slice(1)).toEqual([ramp(0, 5), ramp(5, 2), gap(7, 10), ramp(17, 5), ramp(22, 1)]);
});

test("a new segment begins its own grid", async () => {
  const info: Item = { kind: "info", stream: { ...madeInfo(160), segment: 1 } };
  const items = await cut([ramp(0, 7), marker(9), info, ramp(0, 6)], 5);
  expect(items.slice(1)).toEqual([ramp(0, 5), ramp(5, 2), marker(9), info, ramp(0, 5), ramp(5, 1)]);
});

test("a marker comes just before the samples that hold its onset, a late one at once", async () => {
  const items = await cut([marker(12.5), marker(3), ramp(0, 7), marker(2), marker(99), ramp(7, 7)], 5);
  expect(items.slice(1)).toEqual([
    marker(3),
    ramp(0, 5),
    marker(2),
    ramp(5, 5),
    marker(12.5),
    ramp(10, 4),
    marker(99),
  ]);
});

test("a marker within a gap comes before it", async () => {
  const items = await cut([ramp(0, 7), marker(9), gap(7, 10), ramp(17, 3)], 5);
  expect(items.slice(1)).toEqual([ramp(0, 5), ramp(5, 2), marker(9), gap(7, 10), ramp(17, 3)]);
});

test("what comes out does not depend on how the stream was cut", async () => {
  const stretch = fc.record({
    samples: fc.integer({ min: 1, max: 40 }),
    gap: fc.integer({ min: 1, max: 9 }),
  });
  const made = fc.record({
    stretches: fc.array(stretch, { minLength: 1, maxLength: 4 }),
    cuts: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }),
    onsets: fc.array(fc.double({ min: 0, max: 150, noNaN: true }), { maxLength: 5 }),
    size: fc.integer({ min: 1, max: 50 }),
  });
  await fc.assert(
    fc.asyncProperty(made, async ({ stretches, cuts, onsets, size }) => {
      const stream = (sizes: readonly number[]): Item[] => {
        const items: Item[] = onsets.toSorted((a, b) => a - b).map((onset) => marker(onset));
        let at = 0;
        let turn = 0;
        for (const { samples, gap: length } of stretches) {
          for (let left = samples; left > 0;) {
            const n = Math.min(left, sizes[turn++ % sizes.length]!);
            items.push(ramp(at, n));
            at += n;
            left -= n;
          }
          items.push(gap(at, length));
          at += length;
        }
        return items;
      };
      expect(await cut(stream(cuts), size)).toEqual(await cut(stream([1000]), size));
    }),
    { numRuns: 60 },
  );
});
