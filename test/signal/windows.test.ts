import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { rechunkStage } from "../../src/signal/rechunk.ts";
import { windowsStage, type Window } from "../../src/signal/windows.ts";
import {
  anyParts,
  anySizes,
  itemsOf,
  joined,
  recut,
  run,
  streamOf,
  stretch,
  type StreamItem,
} from "./streams.ts";

const info = streamOf(["Fp1", "Cz"]);
const ramp = (c: number, t: number): number => 1000 * c + t; // a number names its origin

test("windows start at whole multiples of the hop and hold what the stream had there", () => {
  fc.assert(
    fc.property(anyParts, anySizes, fc.integer({ min: 1, max: 90 }), (parts, sizes, length) => {
      const hop = sizes[0]!;
      const items = itemsOf(2, parts, ramp);
      const out = run(windowsStage({ length, hop }), info, recut(items, sizes)).filter(
        (i) => i.kind === "window",
      );
      const solid = joined(items.filter((i) => i.kind !== "marker")).filter(isSamples);
      const starts = solid.flatMap(({ start, nSamples }) => {
        const all: number[] = [];
        for (let s = Math.ceil(start / hop) * hop; s + length <= start + nSamples; s += hop) all.push(s);
        return all;
      });
      expect(out.map(({ start }) => start)).toEqual(starts);
      for (const window of out)
        expect(window).toEqual({
          kind: "window",
          start: window.start,
          nSamples: length,
          data: stretch(2, [window.start, window.start + length], ramp).data,
        });
    }),
  );
});

test("a window is no stretch of samples, so that no filter takes it twice", () => {
  const [window] = run(windowsStage({ length: 4, hop: 2 }), info, [stretch(2, [0, 5])]) as Window[];
  expect(window!.kind).toBe("window");
});

test.each([
  [0, 1],
  [1, 0],
  [1.5, 1],
  [NaN, 1],
])("windows of length %d and hop %d are refused", (length, hop) => {
  expect(() => windowsStage({ length, hop })).toThrow(
    new RangeError(`windows: expected length and hop as positive integers, got ${length} and ${hop}`),
  );
});

test("pieces end at whole multiples on the grid, at gaps and at the end, and change nothing", () => {
  fc.assert(
    fc.property(anyParts, anySizes, fc.integer({ min: 1, max: 200 }), (parts, sizes, n) => {
      const items = itemsOf(
        2,
        parts.filter((part) => part.kind !== "marker"),
        ramp,
      );
      const out = run(rechunkStage(n), info, recut(items, sizes)) as StreamItem[];
      expect(joined(out)).toEqual(joined(items));
      out.forEach((item, i) => {
        if (!isSamples(item)) return;
        expect(Math.floor(item.start / n)).toBe(Math.floor((item.start + item.nSamples - 1) / n));
        const next = out[i + 1];
        if (next && isSamples(next)) expect(next.start % n).toBe(0);
      });
    }),
  );
});

test("pieces of no samples are refused", () => {
  expect(() => rechunkStage(0)).toThrow(new RangeError("rechunk: expected a positive integer, got 0"));
});

function isSamples(item: unknown): item is Extract<StreamItem, { kind: "samples" }> {
  return (item as StreamItem).kind === "samples";
}
