import { expect, test } from "@jest/globals";
import { calibrate } from "../../src/decode/calibrate.ts";
import { calibrateChannels } from "../../src/decode/calibrate-channels.ts";
import { calibrated, formatCalibration, parseCalibration } from "../../src/decode/calibration.ts";
import { decode } from "../../src/decode/decode.ts";
import type { Model } from "../../src/model/model.ts";
import { oddSizes, randomModel } from "../model/random-model.ts";
import { labels, noise } from "../tokens/signals.ts";
import { all, interrupted, source } from "./streams.ts";

const random = randomModel({ sizes: oddSizes });
const model: Model = {
  ...random,
  manifest: { ...random.manifest, calibration: { way: "align-channels", state: "imagery" } },
};
const items = source([noise(labels.length, 3200)]);
const options = { state: "imagery", name: "me.edf" };

test("a calibration holds the covariance of the settled signal, however it was cut", async () => {
  const calibration = await calibrateChannels(items, model, options);
  expect(calibration.channels).toHaveLength(labels.length);
  expect(calibration.covariance).toHaveLength(labels.length ** 2);
  expect(calibration.recording).toEqual({ name: "me.edf", seconds: (3200 - 135) / 160 });
  const cut = source([noise(labels.length, 3200)], { sizes: [1, 77, 300] });
  expect(await calibrateChannels(cut, model, options)).toEqual(calibration);
  expect(parseCalibration(formatCalibration(calibration), "me.json")).toEqual(calibration);
});

test("decoding with a calibration aligns the channels; without, they stay as they are", async () => {
  const calibration = await calibrateChannels(items, model, options);
  const fitted = await all(decode(items, model, { calibration, clock: "none" }));
  expect(fitted).toEqual(await all(decode(items, calibrated(model, calibration), { clock: "none" })));
  const plain = await all(decode(items, model, { clock: "none" }));
  expect(fitted.map(({ sample }) => sample)).toEqual(plain.map(({ sample }) => sample));
  expect(fitted).not.toEqual(plain);
  expect(plain).toEqual(await all(decode(items, random, { clock: "none" })));
});

test("signal around gaps is not counted, nor are channels while they are missing", async () => {
  const calibration = await calibrateChannels(source(interrupted()), model, options);
  expect(calibration.recording.seconds).toBe((1920 - 135 + 1760 - 135) / 160);
  expect(calibration.covariance.every(Number.isFinite)).toBe(true);
  const decisions = await all(decode(source(interrupted()), model, { calibration, clock: "none" }));
  expect(decisions.some(({ label }) => label !== null)).toBe(true);
});

test("another way, another state and too little signal are refused", async () => {
  await expect(calibrate(items, model, options)).rejects.toThrow(
    "model random is calibrated by align-channels, not by centre-tokens; calibrate anew",
  );
  await expect(calibrateChannels(items, model, { ...options, state: "rest" })).rejects.toThrow(
    "model random is calibrated on imagery, not on rest: a person is to be fitted as people were in training",
  );
  await expect(calibrateChannels(items, model, { ...options, seconds: 9 })).rejects.toThrow(
    "me.edf: 8.2 s of imagery are too few to calibrate on, at least 10 are needed; record some minutes of it",
  );
  const calibration = await calibrateChannels(items, model, options);
  const centring = { way: "centre-tokens", state: "imagery" } as const;
  const other: Model = { ...model, manifest: { ...model.manifest, calibration: centring } };
  expect(() => calibrated(other, calibration)).toThrow(
    "is calibrated by centre-tokens, not by align-channels",
  );
  expect(() => parseCalibration(formatCalibration({ ...calibration, covariance: [1] }), "me.json")).toThrow(
    "me.json, covariance: expected a number for each pair of channels",
  );
});

test("a stream that lacks a calibrated channel is refused by its name; others of it are left out", async () => {
  const calibration = await calibrateChannels(items, model, options);
  const name = calibration.channels[0]!;
  const renamed = { ...calibration, channels: calibration.channels.map((c) => (c === name ? "TPP9h" : c)) };
  await expect(all(decode(items, model, { calibration: renamed, clock: "none" }))).rejects.toThrow(
    "channel alignment: the stream has no channel TPP9h",
  );
});
