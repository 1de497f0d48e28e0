import { expect, test } from "@jest/globals";
import type { Samples } from "../../src/eeg/item.ts";
import { calibrate } from "../../src/decode/calibrate.ts";
import { calibrateHead, type CalibrateHeadOptions } from "../../src/decode/calibrate-head.ts";
import { calibrated, formatCalibration, parseCalibration } from "../../src/decode/calibration.ts";
import { decode } from "../../src/decode/decode.ts";
import type { Model } from "../../src/model/model.ts";
import { oddSizes, randomModel } from "../model/random-model.ts";
import { labels, noise } from "../tokens/signals.ts";
import { all, source } from "./streams.ts";

const model = randomModel({ sizes: { ...oddSizes, classes: 2, average: 1 } });
const [first, second] = model.manifest.labels as [string, string];

/** Noise, at the back of the head much louder where it is wanted. */
function state(loud: boolean, seed: number): Samples {
  const item = noise(labels.length, 3200, seed);
  const back = labels.indexOf("O1") * item.nSamples;
  return { ...item, data: item.data.map((x, i) => (loud && i >= back ? 6 * x : x)) };
}

const recordings = [
  { items: source([state(false, 3)]), spans: [{ from: 0, to: 20, label: first }] },
  { items: source([state(true, 4)]), spans: [{ from: 0, to: 20, label: second }] },
];

function fit(of: Model, more: Partial<CalibrateHeadOptions> = {}) {
  return calibrateHead(recordings, of, { name: "me", ...more });
}

async function share(of: Model, loud: boolean, label: string): Promise<number> {
  const decisions = await all(decode(source([state(loud, 9)]), of, { clock: "none" }));
  const given = decisions.filter(({ abstained }) => !abstained);
  return given.filter((one) => one.label === label).length / given.length;
}

test("a head fitted to a person tells her states apart, cut however her recordings are", async () => {
  const calibration = await fit(model);
  const fitted = calibrated(model, parseCalibration(formatCalibration(calibration), "me.json"));
  expect(await share(fitted, false, first)).toBeGreaterThan(0.9);
  expect(await share(fitted, true, second)).toBeGreaterThan(0.9);
  expect((await share(model, false, first)) + (await share(model, true, second))).toBeLessThan(1.7);
  for (const [name, data] of model.weights)
    if (!name.startsWith("head.")) expect(fitted.weights.get(name)).toBe(data);
  const cut = recordings.map(({ items, spans }) => ({
    items: source(items.slice(1) as Samples[], { sizes: [7, 160, 33] }),
    spans,
  }));
  expect(await calibrateHead(cut, model, { name: "me" })).toEqual(calibration);
});

test("a head goes on from a calibration by a state, which it carries", async () => {
  const calibrable: Model = {
    ...model,
    manifest: { ...model.manifest, calibration: { way: "centre-tokens", state: first } },
  };
  const centre = await calibrate(source([state(false, 3)]), calibrable, { state: first, name: "me" });
  const head = await fit(calibrable, { base: centre });
  expect(head.base).toEqual(centre);
  const fitted = calibrated(calibrable, head);
  expect([...fitted.weights.get("token.mean")!]).toEqual(centre.centre);
  expect(await share(fitted, true, second)).toBeGreaterThan(0.9);
});

test("too little of a label, and a head of another model or shape, are refused", async () => {
  const short = recordings.map((one, i) => ({
    ...one,
    spans: one.spans.map((span) => ({ ...span, to: i === 0 ? 4 : 20 })),
  }));
  await expect(calibrateHead(short, model, { name: "me" })).rejects.toThrow(
    `patches of ${first} are too few to fit a head to, at least 50 of each label are needed`,
  );
  const calibration = await fit(model);
  expect(() => calibrated({ ...model, weightsHash: "1".repeat(64) }, calibration)).toThrow(
    "the calibration is of model random 0.0.0",
  );
  const wrong = { ...calibration, head: { weight: [1, 2], bias: calibration.head.bias } };
  expect(() => calibrated(model, wrong)).toThrow(/head\.weight: expected 30 numbers for model random, got 2/);
});
