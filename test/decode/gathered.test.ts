import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Decision } from "../../src/eeg/decision.ts";
import type { Gap, Samples } from "../../src/eeg/item.ts";
import { gatherSamples } from "../../src/decode/gathered.ts";
import { createSession } from "../../src/decode/session.ts";
import type { StreamDecoder } from "../../src/decode/stream-decoder.ts";
import { randomModel } from "../model/random-model.ts";
import { itemsOf, recut, streamOf } from "../signal/streams.ts";

const input = streamOf(["O1", "Oz", "O2", "Pz", "P3", "P4", "PO7", "PO8"], 250);
const session = createSession(randomModel(), { hopSeconds: 0.2, clock: "none" });
const items = itemsOf(input.channels.length, [
  { kind: "samples", nSamples: 1700 },
  { kind: "gap", nSamples: 260 },
  { kind: "samples", nSamples: 900 },
  { kind: "gap", nSamples: 3 },
  { kind: "samples", nSamples: 611 },
]) as (Samples | Gap)[];

/** What is decided, and up to where the stream had come then. */
function decided(
  decoder: StreamDecoder,
  stream: readonly (Samples | Gap)[],
): { readonly decision: Decision; readonly at: number }[] {
  const all: { decision: Decision; at: number }[] = [];
  const take = (batches: Iterable<ReturnType<StreamDecoder["end"]>>, at: number): void => {
    for (const places of batches)
      for (const place of places) {
        const decision = decoder.decide(place, decoder.encode(place) as Float32Array | null);
        if (decision) all.push({ decision, at });
      }
  };
  for (const item of stream) take(decoder.push(item), item.start + item.nSamples);
  take([decoder.end()], Infinity);
  decoder.close();
  return all;
}

test("samples that wait for a decision to come due change no decision, nor when it is made", () => {
  const whole = decided(session.begin(input), items).map(({ decision }) => decision);
  expect(whole.length).toBeGreaterThan(60);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 12 }), (sizes) => {
      const frames = recut(items, sizes) as (Samples | Gap)[];
      const ends = frames.map(({ start, nSamples }) => start + nSamples);
      const found = decided(session.begin(input), frames);
      expect(found.map(({ decision }) => decision)).toEqual(whole);
      for (const { decision, at } of found)
        expect(at).toBe(ends.find((end) => end >= decision.sample) ?? Infinity);
    }),
    { numRuns: 20 },
  );
});

test("samples that wait are not the sender's any more, who may write over them", () => {
  const whole = decided(session.begin(input), items);
  const decoder = session.begin(input);
  const found: Decision[] = [];
  const take = (places: ReturnType<StreamDecoder["end"]>): void => {
    for (const place of places) {
      const decision = decoder.decide(place, decoder.encode(place) as Float32Array | null);
      if (decision) found.push(decision);
    }
  };
  for (const item of recut(items, [7]) as (Samples | Gap)[]) {
    const own = item.kind === "gap" ? item : { ...item, data: item.data.slice() };
    for (const places of decoder.push(own)) take(places);
    if (own.kind === "samples") own.data.fill(1e6);
  }
  take(decoder.end());
  decoder.close();
  expect(found).toEqual(whole.map(({ decision }) => decision));
});

test("a decoder is given most of a hop's samples at once, and the few that are left when the decision is due", () => {
  const pushed: number[] = [];
  const counted = (hopSamples: number): StreamDecoder => {
    const plain = session.begin(input);
    return gatherSamples(
      {
        ...plain,
        push(item) {
          pushed.push(item.nSamples);
          return plain.push(item);
        },
      },
      hopSamples,
    );
  };
  const frames = recut(items.slice(0, 1), [10]) as Samples[];
  decided(counted(50), frames);
  expect(pushed.slice(20, -1).every((n) => n === 40 || n === 10)).toBe(true);
  pushed.length = 0;
  decided(counted(1000), frames);
  expect(Math.max(...pushed)).toBe(40);
});

test("an engine that is waited for is given each frame as it comes", () => {
  const plain = session.begin(input);
  const pushed: number[] = [];
  const gathered = gatherSamples(
    {
      ...plain,
      encode: (place) => Promise.resolve(plain.encode(place)),
      push(item) {
        pushed.push(item.nSamples);
        return plain.push(item);
      },
    },
    50,
  );
  for (const frame of recut(items.slice(0, 1), [10]) as Samples[])
    for (const places of gathered.push(frame))
      for (const place of places) {
        void gathered.encode(place);
        gathered.decide(place, null);
      }
  expect(new Set(pushed)).toEqual(new Set([10]));
});
