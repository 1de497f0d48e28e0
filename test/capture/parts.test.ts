import { expect, test } from "@jest/globals";
import { crc32 as zlibCrc32 } from "node:zlib";
import fc from "fast-check";
import { crc32 } from "../../src/capture/crc32.ts";
import { isEqual, sentenceOf } from "../../src/capture/compare-decisions.ts";
import { createLabelStretches } from "../../src/capture/label-stretches.ts";
import { formatFrame, readFrames, type PlacedFrame } from "../../src/capture/samples-file.ts";
import type { Decision } from "../../src/eeg/decision.ts";
import { memorySource } from "../formats/edf/memory-source.ts";

test("CRC-32 is zlib's, and that of the catalogue's check value", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  if (typeof zlibCrc32 !== "function") return; // before Node 20.15
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => crc32(bytes) === zlibCrc32(bytes)));
});

test("any samples come back with every bit, NaN as NaN", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          segment: fc.nat(1000),
          nChannels: fc.integer({ min: 1, max: 5 }),
          start: fc.nat(2 ** 40),
          values: fc.array(fc.float(), { minLength: 1, maxLength: 9 }),
        }),
        { maxLength: 6 },
      ),
      fc.nat(7),
      async (given, shift) => {
        const frames = given.map(({ segment, nChannels, start, values }) => {
          const data = Float32Array.from(
            { length: nChannels * values.length },
            (_, i) => values[i % values.length]!,
          );
          return {
            segment,
            nChannels,
            samples: { kind: "samples" as const, start, data, nSamples: values.length },
          };
        });
        const bytes = Buffer.concat(frames.map(formatFrame));
        const read: PlacedFrame[] = [];
        const reader = readFrames(memorySource(new Uint8Array(bytes), shift));
        let step = await reader.next();
        for (; step.done !== true; step = await reader.next()) read.push(step.value);
        expect(step.value).toEqual({ state: "whole", byte: bytes.length });
        expect(read).toMatchObject(frames);
        expect(read.map(({ samples }) => samples)).toEqual(frames.map(({ samples }) => samples));
      },
    ),
    { numRuns: 100, seed: 5 },
  );
});

const said = (sample: number, label: string | null, reason = "settling"): Decision => ({
  kind: "decision",
  sample,
  time: sample / 100,
  label,
  probability: label === null ? null : 0.75,
  probabilities: label === null ? null : { "eyes-open": 0.75, "eyes-closed": 0.25 },
  abstained: label === null,
  reasons: label === null ? [reason as "settling"] : [],
});

test("a stretch of what is said alike is one annotation", () => {
  const stretches = createLabelStretches();
  const all = [
    said(10, null),
    said(20, null),
    said(30, "eyes-open"),
    said(40, "eyes-open"),
    said(50, null, "gap"),
  ];
  const found = [...all.map((decision) => stretches.push(decision)), stretches.end()].filter(Boolean);
  expect(found.map((marker) => [marker!.text, marker!.onset, marker!.duration])).toEqual([
    ["decoded/none/settling", 10, 20],
    ["decoded/eyes-open", 30, 20],
    ["decoded/none/gap", 50, 10],
  ]);
  expect(createLabelStretches().end()).toBeNull();
});

test("decisions are equal bit for bit or within a tolerance, ties included", () => {
  const one = said(10, "eyes-open");
  const near = { ...one, probabilities: { "eyes-open": 0.750001, "eyes-closed": 0.249999 } };
  expect([isEqual(one, one, 0), isEqual(one, near, 0), isEqual(one, near, 1e-5)]).toEqual([
    true,
    false,
    true,
  ]);
  expect(isEqual(one, { ...one, reasons: ["channels-missing"] }, 1e-5)).toBe(false);
  expect(isEqual(one, said(10, null), 1e-5)).toBe(false);
  const tie = (label: string, p: number): Decision => ({
    ...one,
    label,
    probability: Math.max(p, 1 - p),
    probabilities: { "eyes-open": p, "eyes-closed": 1 - p },
  });
  expect(isEqual(tie("eyes-open", 0.500001), tie("eyes-closed", 0.499999), 1e-5)).toBe(true);
  expect(isEqual(tie("eyes-open", 0.51), tie("eyes-closed", 0.51), 1e-5)).toBe(false);
  expect(sentenceOf(one)).toBe("eyes-open 0.75");
  expect(sentenceOf(said(1, null))).toBe("none (settling)");
});
