import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Decision } from "../../src/eeg/decision.ts";
import type { Gap, Samples } from "../../src/eeg/item.ts";
import { createEngine } from "../../src/model/engines.ts";
import { createDecodingService, type Decoding } from "../../src/server/decoding.ts";
import { gatherSamples } from "../../src/server/gathered-decoding.ts";
import { randomModel } from "../model/random-model.ts";
import { itemsOf, recut, streamOf } from "../signal/streams.ts";

const model = randomModel();
const input = streamOf(["O1", "Oz", "O2", "Pz", "P3", "P4", "PO7", "PO8"], 250);
const service = createDecodingService({
  model,
  engine: createEngine(model, { engine: "wasm" }),
  hopSeconds: 0.2,
});
const items = itemsOf(input.channels.length, [
  { kind: "samples", nSamples: 1700 },
  { kind: "gap", nSamples: 260 },
  { kind: "samples", nSamples: 900 },
  { kind: "gap", nSamples: 3 },
  { kind: "samples", nSamples: 611 },
]) as (Samples | Gap)[];

/** What is decided, and during which item. */
function decided(decoding: Decoding, stream: readonly (Samples | Gap)[]): [Decision, number][] {
  const all: [Decision, number][] = [];
  const hear =
    (i: number) =>
    (timed: Decision): void => {
      const { timing: _, ...decision } = timed;
      all.push([decision, i]);
    };
  stream.forEach((item, i) => void decoding.push(item, hear(i)));
  void decoding.end(hear(stream.length));
  return all;
}

test("samples that wait for a decision to come due change no decision, nor when it is made", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 12 }), (sizes) => {
      const frames = recut(items, sizes) as (Samples | Gap)[];
      const plain = decided(service.begin(input), frames);
      expect(plain.length).toBeGreaterThan(60);
      expect(decided(gatherSamples(service.begin(input), 50), frames)).toEqual(plain);
    }),
    { numRuns: 20 },
  );
});

test("a decoding is given a hop's samples at once, however small the frames, but never very many", () => {
  const pushed: number[] = [];
  const counted = (hopSamples: number): Decoding => {
    const decoding = service.begin(input);
    const push: Decoding["push"] = (item, hear) => {
      pushed.push(item.nSamples);
      return decoding.push(item, hear);
    };
    return gatherSamples({ push, end: (hear) => decoding.end(hear) }, hopSamples);
  };
  decided(counted(50), recut(items.slice(0, 1), [10]) as Samples[]);
  expect(pushed.slice(20, -1).every((n) => n === 50)).toBe(true);
  pushed.length = 0;
  decided(counted(1000), recut(items.slice(0, 1), [10]) as Samples[]);
  expect(Math.max(...pushed)).toBe(130);
});
