import { expect, test } from "@jest/globals";
import { decode } from "../../src/decode/decode.ts";
import { decodeAt, type DecodeAtOptions } from "../../src/decode/decode-at.ts";
import type { Item, Marker } from "../../src/eeg/item.ts";
import { randomModel } from "../model/random-model.ts";
import { labels, noise } from "../tokens/signals.ts";
import { all, source } from "./streams.ts";

const model = randomModel();
const at = (text: string, onset: number): Marker => ({ kind: "marker", onset, duration: 0, text });

async function decided(items: readonly Item[], options: Partial<DecodeAtOptions> = {}): Promise<string[]> {
  const wanted = { texts: ["T1", "T2"], offsetSeconds: 4, clock: "none", ...options } as const;
  const list = await all(decodeAt(items, model, wanted));
  return list.map(
    ({ marker, decision }) => `${marker.text} ${marker.onset} ${decision.sample} ${decision.reasons.join()}`,
  );
}

test("one decision at each annotation plus offset: the last that is not later", async () => {
  const items = source([at("T0", 0), at("T1", 100), at("T2", 500.5), noise(labels.length, 1600)]);
  // onset + 640, down to a multiple of 16
  expect(await decided(items)).toEqual(["T1 100 736 ", "T2 500.5 1136 "]);
  const found = await all(decodeAt(items, model, { texts: ["T1"], offsetSeconds: 4, clock: "none" }));
  const every = await all(decode(items, model, { clock: "none" }));
  expect(found[0]!.decision).toEqual(every.find(({ sample }) => sample === 736));
});

test("late and early annotations, and those whose time lies beyond the end", async () => {
  const signal = noise(labels.length, 1600);
  const items = source([at("T1", 1500), at("T2", 300), signal, at("T1", 200)]);
  expect(await decided(items)).toEqual(["T2 300 928 ", "T1 200 832 ", "T1 1500 1600 "]);
  expect(await decided(source([at("T1", 0), signal]), { offsetSeconds: 0.1 })).toEqual(["T1 0 16 settling"]);
});

test("each segment has its own", async () => {
  const items = source([at("T1", 300), noise(labels.length, 1600)]);
  expect(await decided([...items, ...items], { hopSeconds: 1 })).toEqual(["T1 300 800 ", "T1 300 800 "]);
});

test("no annotation with any of the texts is an error that says which there are", async () => {
  const items = source([at("eyes", 0), at("rest", 10), noise(labels.length, 400)]);
  await expect(decided(items)).rejects.toThrow("no annotation says T1 or T2; the recording's say eyes, rest");
});
