import { expect, test } from "@jest/globals";
import { decode } from "../../src/decode/decode.ts";
import type { DecodeOptions } from "../../src/decode/stream-decoder.ts";
import type { Item } from "../../src/eeg/item.ts";
import type { Model } from "../../src/model/model.ts";
import { oddSizes, randomModel } from "../model/random-model.ts";
import { labels, noise } from "../tokens/signals.ts";
import { all, interrupted, source } from "./streams.ts";

const random = randomModel({ sizes: { ...oddSizes, average: 1 } });
const model: Model = {
  ...random,
  manifest: { ...random.manifest, calibration: { way: "align-channels", state: "any" } },
};
const running = { runningCentreSeconds: 12, clock: "none" } as const;

test("no label comes before the warm-up, and every one after it is of aligned channels", async () => {
  const items = source([noise(labels.length, 4800)]);
  const decisions = await all(decode(items, model, running));
  const early = decisions.filter(({ time }) => time < 12);
  expect(early.every(({ abstained, reasons }) => abstained && reasons.includes("settling"))).toBe(true);
  expect(decisions.filter(({ time }) => time >= 12).every(({ abstained }) => !abstained)).toBe(true);
  // what everybody's amplifier multiplies by is taken away
  const loud = source([
    { ...noise(labels.length, 4800), data: noise(labels.length, 4800).data.map((x) => 8 * x) },
  ]);
  const louder = await all(decode(loud, model, running));
  decisions.forEach((one, i) => {
    if (one.probability !== null) expect(louder[i]!.probability).toBeCloseTo(one.probability, 4);
  });
});

test("the same bits however the stream is cut, with gaps and missing channels", async () => {
  const whole = await all(decode(source(interrupted()), model, running));
  const items = interrupted().flatMap((item): Item[] => (item.kind === "samples" ? halves(item) : [item]));
  expect(await all(decode(source(items), model, running))).toEqual(whole);
});

function halves(item: ReturnType<typeof noise>) {
  const at = 777;
  const part = (from: number, to: number) => {
    const data = new Float32Array(labels.length * (to - from));
    labels.forEach((_, c) =>
      data.set(item.data.subarray(c * item.nSamples + from, c * item.nSamples + to), c * (to - from)),
    );
    return { ...item, start: item.start + from, nSamples: to - from, data };
  };
  return [part(0, at), part(at, item.nSamples)];
}

test("models whose label lasts, and those that take no calibration, refuse it", async () => {
  const refuse = (of: Model, options: DecodeOptions = running) =>
    expect(all(decode(source([noise(labels.length, 160)]), of, options))).rejects;
  const lasting: Model = {
    ...random,
    manifest: { ...random.manifest, calibration: { way: "centre-tokens", state: "eyes-open" } },
  };
  await refuse(lasting).toThrow(
    "model random tells states that last, which a running centre takes away with the person (eyes falls to chance); calibrate it on eyes-open",
  );
  await refuse(random).toThrow(
    "model random takes no calibration, so it cannot be fitted to what it hears either",
  );
  await refuse(model, { ...running, runningCentreSeconds: 0 }).toThrow(
    "warm-up: expected seconds > 0, got 0",
  );
});
