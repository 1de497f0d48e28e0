import { expect, test } from "@jest/globals";
import { electrode } from "../../src/eeg/electrodes.ts";
import type { Samples } from "../../src/eeg/item.ts";
import { tokenDefinition, type Model } from "../../src/model/model.ts";
import { encodeSequence } from "../../src/model/plain-sequence.ts";
import { tokensStage } from "../../src/tokens/tokens-stage.ts";
import { encoderSizes, type TrainingConfig } from "../../src/train/config.ts";
import { covarianceSet } from "../../src/train/covariance-set.ts";
import { withProbabilities } from "../../src/train/judge.ts";
import { measure } from "../../src/train/metrics.ts";
import { keepOdd } from "../../src/train/mirror.ts";
import { preparedSamples } from "../../src/train/prepared-samples.ts";
import type { DataSet, TrainingRecording } from "../../src/train/recording-data.ts";
import { shareSplit } from "../../src/train/split.ts";
import { judgeCovariances } from "../../src/train/train-covariances.ts";
import { trainJudged } from "../../src/train/train-judged.ts";
import { randomModel } from "../model/random-model.ts";
import { streamInfo } from "../tokens/signals.ts";
import { covarianceConfig, syntheticData } from "./synthetic-data.ts";

const sizes = { evoked: { responses: 2, onsets: 3, reach: 5, window: 12 } };
const recipe = { evoked: { dropOut: 0.2, earlierSeconds: 0.2 } };

function unreferenced(data: DataSet): DataSet {
  return { ...data, recordings: data.recordings.map((one) => ({ ...one, alignment: "none" as const })) };
}

/** The encoder's logits at every patch, of tokens as a stream gives them. */
function streamed(model: Model, recording: TrainingRecording, data: DataSet) {
  const stage = tokensStage(tokenDefinition(model))(
    streamInfo({ labels: data.electrodes, settleSamples: 144 }),
  );
  const samples = preparedSamples(recording);
  const { nSamples } = recording;
  const cut = (from: number, to: number): Samples => {
    const rows = data.electrodes.map((_, c) => [...samples.subarray(c * nSamples + from, c * nSamples + to)]);
    return { kind: "samples", start: from, nSamples: to - from, data: Float32Array.from(rows.flat()) };
  };
  const tokens = stage.push(cut(0, nSamples)).flatMap((token) => (token.kind === "token" ? [token] : []));
  return encodeSequence(
    model,
    tokens.map(({ values }, p) => (recording.valid[p] === 1 ? values : null)),
  );
}

test("evoked responses are judged as a stream finds them", async () => {
  const data = unreferenced(syntheticData(2));
  const [, ...recordings] = data.recordings; // the first has a gap that its samples do not say
  const config: TrainingConfig = covarianceConfig(recipe, sizes);
  const random = randomModel({ sizes: encoderSizes(config), seed: 3 });
  const { bandCentres, bandWidths } = config.recipe.start;
  const weights = new Map(random.weights)
    .set("bands.centre", Float32Array.from(bandCentres))
    .set("bands.width", Float32Array.from(bandWidths));
  const { architecture } = random.manifest;
  const manifest = { ...random.manifest, architecture: { ...architecture, epsilon: config.epsilon } };
  const model: Model = { ...random, manifest, weights };
  const covariances = await covarianceSet(data, config, 1);
  const found = await judgeCovariances(recordings, { config, covariances, weights, threads: 1 });
  let compared = 0;
  for (const [i, recording] of recordings.entries()) {
    const logits = streamed(model, recording, data);
    recording.judged.forEach(({ patch }, k) =>
      found[i * recording.judged.length + k]!.logits?.forEach((value, c) => {
        expect(value).toBeCloseTo(logits[patch]![c]!, 3);
        compared++;
      }),
    );
  }
  expect(compared).toBe(3 * 5 * 2);
});

/** In noise a wave half a second before each decision: up on one side of the head and down on the other. */
function wavedData(nSubjects: number): DataSet {
  const data = syntheticData(nSubjects);
  data.recordings.forEach(({ samples, nSamples, judged, classes }, i) => {
    const known = classes.slice();
    classes.fill(-1);
    for (const { patch } of judged) {
      classes[patch] = known[patch]!;
      const middle = patch * 16;
      data.electrodes.forEach((name, c) => {
        const x = electrode(name)!.position[0] * (i % 2 === 0 ? 1 : -1);
        for (let t = middle - 40; t < middle + 40; t++)
          samples[c * nSamples + t]! += 40 * x * Math.exp(-0.5 * ((t - middle) / 12) ** 2);
      });
    }
  });
  return data;
}

test("they tell on which side a wave was, where powers cannot", async () => {
  const data = unreferenced(wavedData(6));
  const config = covarianceConfig({ ...recipe, mirror: "odd", steps: 80, tokenDropOut: 0.5 }, sizes);
  const split = shareSplit(
    data.recordings.map(({ subject }) => subject),
    0.34,
    1,
  );
  const { weights, judge } = await trainJudged({ config, data, split, seed: 1, threads: 1 });
  const chosen = data.recordings.filter(({ subject }) => split.choose.includes(subject));
  expect(measure(withProbabilities(await judge(chosen), 1), 2).balancedAccuracy).toBeGreaterThan(0.9);
  const tied = new Map([...weights].map(([name, values]) => [name, values.slice()]));
  keepOdd(tied, encoderSizes(config));
  expect(tied).toEqual(weights);
});

test("their sizes and their recipe go together, and with covariances only", () => {
  expect(() => covarianceConfig({}, sizes)).toThrow(
    "synthetic.json, recipe.evoked: goes with sizes.evoked: both or neither",
  );
  expect(() => covarianceConfig({ ...recipe, powers: "samples" }, sizes)).toThrow(
    'synthetic.json, recipe.powers: recipe.mirror, sizes.evoked and alignment need "covariances"',
  );
});
