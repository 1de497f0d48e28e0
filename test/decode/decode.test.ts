import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decode, decodeItems } from "../../src/decode/decode.ts";
import { inputStage } from "../../src/decode/input.ts";
import type { DecodeOptions } from "../../src/decode/stream-decoder.ts";
import type { Decision } from "../../src/eeg/decision.ts";
import type { Item, Marker, Samples } from "../../src/eeg/item.ts";
import { exp } from "../../src/eeg/math.ts";
import { openFile } from "../../src/formats/open.node.ts";
import { type Model, tokenDefinition } from "../../src/model/model.ts";
import { encodeSequence } from "../../src/model/plain-sequence.ts";
import { tokensStage } from "../../src/tokens/tokens-stage.ts";
import { randomModel } from "../model/random-model.ts";
import { describeWith, eegmmidb } from "../shared-data.ts";
import { labels, noise, streamInfo } from "../tokens/signals.ts";
import { all, interrupted, source, type SourceOptions } from "./streams.ts";

const model = randomModel();

function decisions(
  items: readonly Item[],
  info: SourceOptions = {},
  options: DecodeOptions = {},
): Promise<Decision[]> {
  return all(decode(source(items, info), model, { clock: "none", ...options }));
}

/** Why decisions abstain, in runs: `0.5-1.3 settling`; those that do not are left out. */
function abstained(list: readonly Decision[]): string[] {
  const runs: { from: number; to: number; text: string }[] = [];
  for (const { time, reasons, abstained: is } of list) {
    const text = is ? reasons.join("+") : "";
    const last = runs.at(-1);
    if (last?.text === text) last.to = time;
    else runs.push({ from: time, to: time, text });
  }
  return runs.filter(({ text }) => text !== "").map(({ from, to, text }) => `${from}-${to} ${text}`);
}

/** The probabilities at every patch by the whole-sequence form in plain loops. */
function oracle(items: readonly Item[], of: Model): (number[] | null)[] {
  const [info, ...rest] = items as [Item & { kind: "info" }, ...Samples[]];
  const input = inputStage(of.manifest)(info.stream);
  const tokens = tokensStage(tokenDefinition(of))(input.output);
  const found = rest
    .flatMap((item) => input.push(item))
    .flatMap((item) => tokens.push(item as Samples))
    .filter((token) => token.kind === "token");
  return encodeSequence(
    of,
    found.map(({ values }) => values),
  ).map((logits) => {
    if (!logits) return null;
    const shares = [...logits].map((logit) => exp(logit / of.manifest.output.temperature));
    const total = shares.reduce((sum, share) => sum + share, 0);
    return shares.map((share) => share / total);
  });
}

/** Largest difference of decided probabilities from the oracle's. */
function worst(list: readonly Decision[], truth: readonly (number[] | null)[]): number {
  let most = 0;
  list.forEach(({ probabilities, reasons }, patch) => {
    if (probabilities)
      Object.values(probabilities).forEach(
        (p, c) => (most = Math.max(most, Math.abs(p - truth[patch]![c]!))),
      );
    else if (!truth[patch]) expect(reasons.length).toBeGreaterThan(0);
  });
  return most;
}

test("decisions at every hop are those of the whole-sequence form, also around a gap", async () => {
  const list = await decisions(interrupted());
  const truth = oracle(source(interrupted()), model);
  expect(list.length).toBe(truth.length);
  expect(list.filter(({ label }) => label !== null).length).toBeGreaterThan(100);
  expect(worst(list, truth)).toBeLessThan(1e-5);
  const plain = await decisions(interrupted(), {}, { engine: "plain" });
  const said = ({ label, sample, reasons }: Decision): unknown => ({ label, sample, reasons });
  expect(plain.map(said)).toEqual(list.map(said));
});

describe.each([160, 200, 250, 128])("at %s Hz", (hz) => {
  test("chunks of any size give the same bits", async () => {
    const expected = await decisions(interrupted(), { hz });
    expect(expected.length).toBeGreaterThan(130);
    for (const sizes of [[1], [16], [7, 400, 33], [5000]])
      expect(await decisions(interrupted(), { hz, sizes })).toEqual(expected);
  });

  test("a decision's sample is the shortest prefix that determines it", async () => {
    let given = 0;
    function* counted(): Generator<Item> {
      for (const item of source([noise(labels.length, 3 * hz)], { hz, sizes: [1] })) {
        if (item.kind === "samples") given = item.start + item.nSamples;
        yield item;
      }
    }
    const list: Decision[] = [];
    for await (const decision of decode(counted(), model, { clock: "none" })) {
      expect(decision.sample).toBe(given);
      list.push(decision);
    }
    expect(list.length).toBeGreaterThan(20);
    expect(list[0]!.time).toBe(list[0]!.sample / hz);
  });
});

test("the order of the file's channels changes no bit", async () => {
  const signal = noise(labels.length, 1600);
  const order = [5, 0, 12, 3, 1, 11, 2, 10, 4, 9, 6, 8, 7];
  const data = new Float32Array(signal.data.length);
  order.forEach((from, to) => data.set(signal.data.subarray(from * 1600, (from + 1) * 1600), to * 1600));
  const shuffled = await decisions([{ ...signal, data }], { labels: order.map((i) => labels[i]!) });
  expect(shuffled).toEqual(await decisions([signal]));
});

test("channels under another spelling of their names change no bit", async () => {
  const signal = noise(labels.length, 1600);
  const spelt = labels.map(
    (label, i) => [`EEG ${label}-Ref`, label.toUpperCase(), `${label}.`, label][i % 4]!,
  );
  expect(await decisions([signal], { labels: spelt })).toEqual(await decisions([signal]));
});

test("channels may be dropped, down to those that the model needs", async () => {
  const signal = noise(labels.length, 1600);
  const kept = (names: readonly string[]) => {
    const data = new Float32Array(names.length * 1600);
    names.forEach((name, to) => {
      const from = labels.indexOf(name) * 1600;
      data.set(signal.data.subarray(from, from + 1600), to * 1600);
    });
    return decisions([{ ...signal, data }], { labels: names });
  };
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(labels, { minLength: 2 }), async (names) => {
      const back = names.filter((name) => /^O[1z2]$/.test(name)).length;
      if (back < 2) return expect(kept(names)).rejects.toThrow(/needs 2 or more of O1, Oz, O2/);
      const list = await kept(names);
      expect(list).toEqual(await kept(names.toSorted()));
      expect(list.every(({ abstained, reasons }) => abstained === reasons.length > 0)).toBe(true);
    }),
    { numRuns: 25, seed: 5 },
  );
});

test("after a gap decisions abstain until there is enough context again", async () => {
  const gap = { kind: "gap", start: 1600, nSamples: 800, reason: "lost" } as const;
  const items = [noise(labels.length, 1600, 1), gap, { ...noise(labels.length, 1600, 2), start: 2400 }];
  // 134 samples to settle; 2 s of context are 16 patches of the 39 that the encoder sees
  expect(abstained(await decisions(items))).toEqual([
    "0.5-2.8 settling",
    "10.1-15.4 gap",
    "15.5-16.3 settling",
    "16.4-17.8 gap+settling",
  ]);
  // a short gap leaves enough of the 39
  const short = [items[0]!, { ...gap, nSamples: 16 }, { ...items[2]!, start: 1616 } as Samples];
  expect(abstained(await decisions(short))).toEqual([
    "0.5-2.8 settling",
    "10.1-10.5 gap",
    "10.6-11.4 settling",
  ]);
});

test("a channel that goes flat is left out and said; when all do there is nothing to decide", async () => {
  const signal = noise(labels.length, 3200);
  signal.data.fill(7, 5 * 3200 + 1600, 5 * 3200 + 2400);
  const list = await decisions([signal]);
  expect(abstained(list)).toEqual(["0.5-2.8 settling"]);
  const flagged = list.filter(({ abstained: is, reasons }) => !is && reasons.includes("channels-missing"));
  // flat for 0.5 s at sample 1679; back at 2400, settled 134 later; patches of 80
  expect(flagged[0]!.sample).toBe(1680);
  expect(flagged.at(-1)!.sample).toBe(2608);
  for (let c = 0; c < labels.length; c++) signal.data.fill(0, c * 3200 + 2800, (c + 1) * 3200);
  expect(abstained(await decisions([signal]))).toEqual(["0.5-2.8 settling", "18-20 channels-missing"]);
});

test("a hop of several strides leaves decisions out and changes none", async () => {
  const every = await decisions(interrupted());
  const sparse = await decisions(interrupted(), {}, { hopSeconds: 0.5 });
  expect(sparse).toEqual(every.filter(({ sample }) => sample % 80 === 0));
  await expect(decisions([], {}, { hopSeconds: 0.25 })).rejects.toThrow(
    "hop: expected a whole multiple of 0.1 s, got 0.25 s",
  );
});

test("below the model's threshold a decision abstains and still tells the probabilities", async () => {
  const { manifest } = model;
  const strict = { ...model, manifest: { ...manifest, output: { ...manifest.output, abstainBelow: 1 } } };
  const list = await all(decode(source([noise(labels.length, 1600)]), strict, { clock: "none" }));
  const { label, probability, probabilities, abstained: is, reasons } = list.at(-1)!;
  expect({ label, probability, is, reasons }).toEqual({
    label: null,
    probability: null,
    is: true,
    reasons: ["low-confidence"],
  });
  expect(Object.values(probabilities!).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
});

test("a new segment begins anew", async () => {
  const one = source([noise(labels.length, 1000)]);
  const once = await all(decode(one, model, { clock: "none" }));
  expect(await all(decode([...one, ...one], model, { clock: "none" }))).toEqual([...once, ...once]);
});

test("timing is by the clock that is given", async () => {
  let ms = 0;
  const list = await decisions([noise(labels.length, 400)], { sizes: [16] }, { clock: () => (ms += 1) });
  expect(list[0]!.timing).toEqual({ tokenMs: 5, encodeMs: 1 });
  expect(list[1]!.timing).toEqual({ tokenMs: 1, encodeMs: 1 });
});

test("markers and infos are handed on, each marker before the first decision after its onset", async () => {
  const marker = (onset: number): Marker => ({ kind: "marker", onset, duration: 0, text: `at ${onset}` });
  const items = source([marker(0), marker(200), marker(5000), noise(labels.length, 400), marker(100)]);
  const out = await all(decodeItems(items, model, { clock: "none", hopSeconds: 0.5 }));
  const order = out.map((item) =>
    item.kind === "decision" ? item.sample : item.kind === "marker" ? item.text : item.kind,
  );
  expect(order).toEqual(["info", "at 0", 80, 160, "at 200", 240, 320, 400, "at 5000", "at 100"]);
});

test("a million samples need no more memory than a few", async () => {
  const chunk = noise(3, 4000);
  const info = { kind: "info", stream: streamInfo({ labels: ["O1", "Oz", "O2"] }) } as const;
  function* long(): Generator<Item> {
    yield info;
    for (let start = 0; start < 1_200_000; start += 4000) yield { ...chunk, start };
  }
  let n = 0;
  let most = 0;
  let early = 0;
  for await (const { sample } of decode(long(), model, { clock: "none" })) {
    if (++n % 1000 !== 0) continue;
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    if (sample < 300_000) early = Math.max(early, heapUsed + arrayBuffers);
    most = Math.max(most, heapUsed + arrayBuffers);
  }
  expect(n).toBe(74_996);
  expect(most - early).toBeLessThan(50e6);
});

describeWith(eegmmidb("S001R04"), "on a recording with annotations", (path) => {
  test("both forms agree to 1e-5 at every hop", async () => {
    const recording = await openFile(path);
    const items = await all(recording.items());
    await recording.close();
    const list = await all(decode(items, model, { clock: "none" }));
    const truth = oracle(
      items.filter(({ kind }) => kind !== "marker"),
      model,
    );
    expect(list.length).toBeGreaterThan(1200);
    expect(worst(list, truth)).toBeLessThan(1e-5);
  });
});
