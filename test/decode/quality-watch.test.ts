import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { decode } from "../../src/decode/decode.ts";
import { electrode } from "../../src/eeg/electrodes.ts";
import type { Item } from "../../src/eeg/item.ts";
import { createRandom } from "../../src/eeg/random.ts";
import { loadEncoder } from "../../src/model/load.node.ts";
import type { Model } from "../../src/model/model.ts";
import { replay } from "../../src/source/replay.node.ts";
import { all } from "./streams.ts";

const demo = fileURLToPath(new URL("../../recordings/demo.edf", import.meta.url));
const endSeconds = 48;

/** The demo's first seconds, in which the first `share` of the model's electrodes are noise from 16 s on. */
async function* spoilt(model: Model, share: number, chunkSeconds: number): AsyncGenerator<Item> {
  const region = new Set(model.manifest.input.channels.region);
  let bad: number[] = [];
  let begin = 0;
  for await (const item of replay(demo, { chunkSeconds })) {
    if (item.kind === "info") {
      const all = item.stream.channels.flatMap(({ label }, c) =>
        region.has(electrode(label)?.name ?? "") ? [c] : [],
      );
      bad = all.slice(0, Math.round(share * all.length));
      begin = 16 * item.stream.sfreq.num;
      yield item;
    } else if (item.kind === "samples") {
      if (item.start >= endSeconds * 200) return;
      const data = item.data.slice();
      for (const c of bad)
        for (let i = 0; i < item.nSamples; i++)
          if (item.start + i >= begin)
            data[c * item.nSamples + i] = 400 * (createRandom((item.start + i) * 64 + c).uniform() - 0.5);
      yield { ...item, data };
    } else yield item;
  }
}

test("where most of a model's region is noise there is no label, only the reason", async () => {
  const model = await loadEncoder("eyes");
  const how = { hopSeconds: 1, quality: "abstain", clock: "none" } as const;
  const decisions = await all(decode(spoilt(model, 0.7, 1), model, how));
  const bad = decisions.filter(({ reasons }) => reasons.includes("quality"));
  expect(bad.length).toBeGreaterThan(15);
  expect(bad.every(({ label, abstained, time }) => label === null && abstained && time > 17)).toBe(true);
  expect(bad.some(({ probabilities }) => probabilities !== null)).toBe(true);
  expect(await all(decode(spoilt(model, 0.7, 0.32), model, how))).toEqual(decisions);
  const said = await all(decode(spoilt(model, 0.7, 1), model, { ...how, quality: "say" }));
  expect(said.map(({ reasons }) => reasons)).toEqual(decisions.map(({ reasons }) => reasons));
  expect(said.some(({ reasons, label }) => reasons.includes("quality") && label !== null)).toBe(true);
});

test("some bad electrodes are no reason, nor is a good recording", async () => {
  const model = await loadEncoder("eyes");
  for (const share of [0, 0.25]) {
    const watched = await all(
      decode(spoilt(model, share, 1), model, { hopSeconds: 1, quality: "abstain", clock: "none" }),
    );
    const plain = await all(decode(spoilt(model, share, 1), model, { hopSeconds: 1, clock: "none" }));
    expect(watched).toEqual(plain);
  }
});
