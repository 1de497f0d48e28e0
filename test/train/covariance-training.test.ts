import { describe, expect, test } from "@jest/globals";
import { electrode } from "../../src/eeg/electrodes.ts";
import { createRandom } from "../../src/eeg/random.ts";
import { encoderSizes } from "../../src/train/config.ts";
import { withAligned } from "../../src/train/aligned-recordings.ts";
import { covarianceSet } from "../../src/train/covariance-set.ts";
import { logitsGraph } from "../../src/train/covariance-graph.ts";
import { initialWeights } from "../../src/train/initial-weights.ts";
import { judgeRecordings, withProbabilities } from "../../src/train/judge.ts";
import { measure } from "../../src/train/metrics.ts";
import { dropPairs, keepOdd, mirrorSigns } from "../../src/train/mirror.ts";
import type { DataSet, TrainingRecording } from "../../src/train/recording-data.ts";
import { createSession } from "../../src/train/session.node.ts";
import { shareSplit } from "../../src/train/split.ts";
import { judgeCovariances } from "../../src/train/train-covariances.ts";
import { trainJudged } from "../../src/train/train-judged.ts";
import { createWholeRecordings } from "../../src/train/whole-recordings.ts";
import { sphericalHarmonics } from "../../src/eeg/harmonics.ts";
import { covarianceConfig, syntheticData } from "./synthetic-data.ts";

/** The rhythm is at the left in the first class and at the right in the second. */
function sidedData(nSubjects: number): DataSet {
  const data = syntheticData(nSubjects);
  const recordings = data.recordings.map((recording, i): TrainingRecording => {
    const random = createRandom(i);
    const { samples, nSamples } = recording;
    const left = i % 2 === 0;
    data.electrodes.forEach((name, c) => {
      const x = electrode(name)!.position[0];
      const amplitude = (left ? x < -0.1 : x > 0.1) ? 8 : 0;
      for (let t = 0; t < nSamples; t++)
        samples[c * nSamples + t] = 8 * random.normal() + amplitude * Math.sin((2 * Math.PI * 10 * t) / 160);
    });
    return recording;
  });
  return { ...data, recordings };
}

const subjects = (data: DataSet) => data.recordings.map(({ subject }) => subject);

describe("training on covariances", () => {
  test("sees the same powers as the samples give", async () => {
    const plain = syntheticData(3);
    const recordings = plain.recordings.map((one) => ({ ...one, alignment: "none" as const }));
    const data = { ...plain, recordings };
    const config = covarianceConfig();
    const sizes = encoderSizes(config);
    const weights = initialWeights(sizes, config.recipe.start, 7);
    const covariances = await covarianceSet(data, config, 1);
    const found = await judgeCovariances(data.recordings, { config, covariances, weights, threads: 1 });
    const whole = await createWholeRecordings({ ...config, sizes, data, threads: 1 });
    const expected = await judgeRecordings(whole, data.recordings, {
      weights,
      sizes,
      minContextSeconds: config.minContextSeconds,
      centre: null,
    });
    await whole.release();
    expect(found).toHaveLength(expected.length);
    found.forEach(({ logits, truth }, i) => {
      expect(truth).toBe(expected[i]!.truth);
      expect(logits === null).toBe(expected[i]!.logits === null);
      logits?.forEach((value, c) => expect(value).toBeCloseTo(expected[i]!.logits![c]!, 3));
    });
  });

  test("learns what is odd between the sides, aligned and not, and stays odd", async () => {
    const data = sidedData(5);
    const both = { ...data, recordings: withAligned(data.recordings) };
    const config = covarianceConfig({ mirror: "odd", steps: 30 });
    const split = shareSplit(subjects(data), 0.2, 1);
    const { weights, judge } = await trainJudged({ config, data: both, split, seed: 1, threads: 1 });
    const chosen = both.recordings.filter(({ subject }) => split.choose.includes(subject));
    const judged = withProbabilities(await judge(chosen), 1);
    for (const fitted of [false, true]) {
      const some = judged.filter(({ aligned }) => (aligned === true) === fitted);
      expect(measure(some, 2).balancedAccuracy).toBeGreaterThan(0.9);
    }
    const tied = new Map([...weights].map(([name, values]) => [name, values.slice()]));
    keepOdd(tied, encoderSizes(config));
    expect(tied).toEqual(weights);
  });

  test("an interrupted training goes on to the same weights", async () => {
    const data = sidedData(3);
    const config = covarianceConfig({ mirror: "even", steps: 12 });
    const split = shareSplit(subjects(data), 0.25, 1);
    const options = { config, data, split, seed: 3, threads: 1 };
    const straight = await trainJudged(options);
    let kept: Uint8Array | null = null;
    const checkpoint = {
      load: () => Promise.resolve(kept),
      save: (bytes: Uint8Array) => Promise.resolve(void (kept = bytes)),
    };
    const controller = new AbortController();
    const progress = ({ step }: { step: number }): void => {
      if (step === 5) controller.abort(new Error("enough"));
    };
    await expect(
      trainJudged({ ...options, checkpoint, progress, signal: controller.signal }),
    ).rejects.toThrow("enough");
    expect((await trainJudged({ ...options, checkpoint })).weights).toEqual(straight.weights);
  });
});

test("the mirror changes the sign of the harmonics that are odd from side to side", () => {
  const position = electrode("FC5")!.position;
  const other = electrode("FC6")!.position;
  const mirrored = sphericalHarmonics(other).map((value, h) => value * mirrorSigns[h]!);
  sphericalHarmonics(position).forEach((value, h) => expect(mirrored[h]).toBeCloseTo(value, 12));
});

test("drop-out takes both of a mirrored pair or neither", () => {
  const kept = Float32Array.of(0, 2, 9, 9, 2, 0, 9, 9);
  dropPairs(kept, 4);
  expect([...kept]).toEqual([0, 2, 0, 2, 2, 0, 2, 0]);
});

test("a mirrored covariance gives an odd model's tokens the other sign", async () => {
  const data = sidedData(2);
  const config = covarianceConfig({ mirror: "odd" });
  const sizes = encoderSizes(config);
  const weights = initialWeights(sizes, config.recipe.start, 7);
  keepOdd(weights, sizes);
  const covariances = await covarianceSet(data, config, 1);
  const recording = data.recordings[0]!;
  const patch = recording.judged[0]!.patch;
  const size = sizes.bands * 36 * 36;
  const covariance = new Float32Array(2 * size);
  covariances.write(covariance.subarray(0, size), { recording, patch }, "plain");
  covariances.write(covariance.subarray(size), { recording, patch }, "mirrored");
  const linear = new Map([...weights].map(([name, values]) => [name, values]));
  for (const name of ["layers.0.attention.output", "layers.0.feedforward.down"])
    for (const part of ["weight", "bias"])
      linear.set(`${name}.${part}`, new Float32Array(weights.get(`${name}.${part}`)!.length));
  linear.set("head.bias", new Float32Array(sizes.classes));
  const session = await createSession(logitsGraph({ ...config, sizes, batch: 2 }), 1);
  const { logits } = await session.run({
    covariance,
    gram: covariances.gram,
    ...Object.fromEntries(linear),
  });
  await session.release();
  expect(logits![2]).toBeCloseTo(-logits![0]!, 4);
  expect(logits![3]).toBeCloseTo(-logits![1]!, 4);
});

describe("is refused", () => {
  test.each([
    [{ channelGain: 0.1 }, "recipe.channelGain: powers from covariances need 0"],
    [{ frozen: [] }, "recipe.frozen: powers from covariances need bands.centre, bands.width frozen"],
    [
      { powers: "samples" as const, mirror: "even" as const },
      'recipe.powers: recipe.mirror, sizes.evoked and alignment need "covariances"',
    ],
  ])("%j", (recipe, message) => {
    expect(() => covarianceConfig(recipe)).toThrow(`synthetic.json, ${message}`);
  });
});
