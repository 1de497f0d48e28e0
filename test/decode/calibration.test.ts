import { describe, expect, test } from "@jest/globals";
import { calibrate } from "../../src/decode/calibrate.ts";
import { calibrated, formatCalibration, parseCalibration } from "../../src/decode/calibration.ts";
import { decode } from "../../src/decode/decode.ts";
import { inputStage } from "../../src/decode/input.ts";
import { type Model, tokenDefinition } from "../../src/model/model.ts";
import { tokensStage } from "../../src/tokens/tokens-stage.ts";
import { oddSizes, randomModel } from "../model/random-model.ts";
import { labels, noise } from "../tokens/signals.ts";
import { all, source } from "./streams.ts";

const random = randomModel({ sizes: { ...oddSizes, average: 1 } });
const model: Model = {
  ...random,
  manifest: { ...random.manifest, calibration: { way: "centre-tokens", state: "eyes-open" } },
};
const items = source([noise(labels.length, 1600)]);
const options = { state: "eyes-open", name: "me.edf" };

/** Tokens of a model. */
function tokens(of: Model): (Float32Array | null)[] {
  const input = inputStage(of.manifest)(
    (items[0] as { stream: Parameters<ReturnType<typeof inputStage>>[0] }).stream,
  );
  const stage = tokensStage(tokenDefinition(of))(input.output);
  return items
    .slice(1)
    .flatMap((item) => input.push(item as Exclude<typeof item, { kind: "info" }>))
    .flatMap((item) => stage.push(item as Exclude<typeof item, { kind: "info" }>))
    .flatMap((token) => (token.kind === "token" ? [token.values] : []));
}

test("the mean of the calibrated model's tokens over the person's recording is 0, its deviation what it was", async () => {
  const calibration = await calibrate(items, model, options);
  const list = tokens(calibrated(model, calibration)).filter((values) => values !== null);
  const plain = tokens(model).filter((values) => values !== null);
  expect(calibration.recording).toEqual({ name: "me.edf", patches: list.length });
  for (let i = 0; i < list[0]!.length; i++) {
    const mean = (of: Float32Array[]): number => of.reduce((sum, values) => sum + values[i]!, 0) / of.length;
    expect(mean(list)).toBeCloseTo(0, 5);
    expect(list[3]![i]! - list[2]![i]!).toBeCloseTo(plain[3]![i]! - plain[2]![i]!, 4);
  }
});

test("only the state's time is looked at, and no more of it than is asked for", async () => {
  const signal = noise(labels.length, 4800);
  const other = { ...signal, data: signal.data.map((x, i) => (i % 4800 < 1600 ? x * 50 : x)) };
  const spans = [
    { from: 12, to: 40 },
    { from: 20, to: 25 },
  ];
  const whole = await calibrate(source([signal]), model, { ...options, spans });
  const louder = await calibrate(source([other]), model, { ...options, spans });
  expect(louder.recording.patches).toBe(whole.recording.patches);
  // the band-pass remembers what was loud 2 s ago, a little
  louder.centre.forEach((value, i) => expect(Math.abs(value - whole.centre[i]!)).toBeLessThan(0.05));
  const short = await calibrate(source([signal]), model, { ...options, spans, seconds: 10 });
  // 10 s less the settling of 134 samples: patches that lie within samples [1920 + 134, 3520)
  expect(short.recording.patches).toBe(Math.floor((3520 - 80) / 16) - Math.ceil((1920 + 134) / 16) + 1);
  const cut = await calibrate(source([signal], { sizes: [1, 77, 300] }), model, {
    ...options,
    spans,
    seconds: 10,
  });
  expect(cut).toEqual(short);
});

test("decoding with a calibration is decoding with the calibrated model", async () => {
  const calibration = parseCalibration(formatCalibration(await calibrate(items, model, options)), "me.json");
  const list = await all(decode(items, model, { calibration, clock: "none" }));
  expect(list).toEqual(await all(decode(items, calibrated(model, calibration), { clock: "none" })));
  expect(list).not.toEqual(await all(decode(items, model, { clock: "none" })));
});

describe("is refused", () => {
  test("for a model that takes none, saying what that means", async () => {
    await expect(calibrate(items, random, options)).rejects.toThrow(
      "model random takes no calibration (its manifest says none): it learned from people as they are, and fitted to one it would decode worse, not better; decode without, or use a model trained with calibration",
    );
  });

  test("for another state or another model", async () => {
    await expect(calibrate(items, model, { ...options, state: "eyes-closed" })).rejects.toThrow(
      "model random is calibrated on eyes-open, not on eyes-closed: a person is to be fitted as people were in training",
    );
    const calibration = await calibrate(items, model, options);
    expect(() => calibrated({ ...model, weightsHash: "1".repeat(64) }, calibration)).toThrow(
      "the calibration is of model random 0.0.0 (weights 000000000000), not of random 0.0.0 (111111111111); calibrate anew",
    );
    expect(() => calibrated(model, { ...calibration, state: "rest" })).toThrow(
      "model random is calibrated on eyes-open, not on rest",
    );
    expect(() => calibrated(model, { ...calibration, centre: [1] })).toThrow(
      "centre: expected 15 numbers for model random, got 1",
    );
  });

  test("where there is too little of the state", async () => {
    await expect(calibrate(items, model, { ...options, seconds: 3 })).rejects.toThrow(
      "me.edf: 17 whole patches of eyes-open are too few to calibrate on, at least 50 are needed; record half a minute of it",
    );
  });

  test("where the file is faulty", () => {
    expect(() => parseCalibration("{", "me.json")).toThrow(/^me.json: not JSON: /);
    expect(() => parseCalibration("{}", "me.json")).toThrow(/^me.json, format: /);
  });
});
