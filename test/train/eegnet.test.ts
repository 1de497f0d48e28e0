import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { electrode } from "../../src/eeg/electrodes.ts";
import { createRandom } from "../../src/eeg/random.ts";
import { sizeOf } from "../../src/model/graph/graph.ts";
import { eegnetGraph, eegnetTrainingGraph } from "../../src/train/eegnet-graph.ts";
import {
  eegnetShapes,
  limitNorms,
  startStatistics,
  startWeights,
  type EegnetSizes,
} from "../../src/train/eegnet.ts";
import { fitEegnetFold, trainEegnetFold, type EegnetFoldOptions } from "../../src/train/eegnet-fold.ts";
import { createEegnetJudge, trainEegnet } from "../../src/train/eegnet-training.ts";
import { eegnetWindows } from "../../src/train/eegnet-windows.ts";
import { withProbabilities } from "../../src/train/judge.ts";
import { measure } from "../../src/train/metrics.ts";
import type { DataSet } from "../../src/train/recording-data.ts";
import { createSession } from "../../src/train/session.node.ts";
import { syntheticConfig, syntheticData } from "./synthetic-data.ts";

type Numbers = Readonly<Record<string, readonly number[]>>;
interface Golden {
  readonly sizes: EegnetSizes;
  readonly truths: readonly number[];
  /** [window, channel, sample] */
  readonly samples: readonly number[];
  readonly tensors: Numbers;
  readonly statistics: Numbers;
  readonly judged: readonly number[];
  readonly step: {
    readonly loss: number;
    readonly logits: readonly number[];
    readonly statistics: Numbers;
    readonly gradients: Numbers;
  };
  /** Logits of the step where the temporal convolution is normalised too. */
  readonly first_norm: readonly number[];
}

const golden = JSON.parse(
  readFileSync(new URL("../golden/eegnet/eegnet.json", import.meta.url), "utf8"),
) as Golden;
const { sizes } = golden;
const batch = golden.truths.length;
const floats = (of: Numbers) =>
  Object.fromEntries(Object.entries(of).map(([name, values]) => [name, Float32Array.from(values)]));

/** [window, channel, sample] -> [channel, window, sample] */
function channelsFirst(): Float32Array {
  const { channels, samples: n } = sizes;
  const out = new Float32Array(golden.samples.length);
  for (let w = 0; w < batch; w++)
    for (let c = 0; c < channels; c++) {
      const from = (w * channels + c) * n;
      out.set(golden.samples.slice(from, from + n), (c * batch + w) * n);
    }
  return out;
}

function stepFeeds(drops: ReadonlyMap<string, number>): Record<string, Float32Array> {
  return {
    samples: channelsFirst(),
    target: Float32Array.from(golden.truths.flatMap((truth) => [1 - truth, truth])),
    ...Object.fromEntries([...drops].map(([place, n]) => [`drop.${place}`, new Float32Array(n).fill(1)])),
  };
}

function expectClose(actual: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(wanted.length);
  const scale = Math.max(1, ...Array.from(wanted, Math.abs));
  const worst = Math.max(...Array.from(wanted, (v, i) => Math.abs(v - actual[i]!)));
  expect(worst / scale).toBeLessThan(tolerance);
}

describe("the network", () => {
  test("has as many numbers as table 2 of the paper says, less the first normalisation", () => {
    const [channels, samples, taps, classes] = [64, 640, 80, 2];
    const shapes = eegnetShapes({ channels, samples, taps, classes });
    const [f1, d, f2] = [8, 2, 16];
    const paper = [
      taps * f1 + 2 * f1, // temporal convolution and its normalisation
      channels * d * f1 + 2 * d * f1,
      16 * d * f1 + f2 * d * f1 + 2 * f2,
      classes * (f2 * Math.floor(samples / 32)) + classes,
    ].reduce((a, b) => a + b);
    expect([...shapes.values()].reduce((sum, shape) => sum + sizeOf(shape), 0)).toBe(paper - 2 * f1);
    expect(shapes.get("head.weight")).toEqual([2, 16 * 20]);
  });

  test("judges as PyTorch's, which convolves time before space", async () => {
    const session = await createSession(eegnetGraph({ sizes, batch }), 1);
    const { logits } = await session.run({
      samples: channelsFirst(),
      ...floats(golden.tensors),
      ...floats(golden.statistics),
    });
    await session.release();
    expectClose(logits!, golden.judged, 1e-5);
  });

  test("has PyTorch's loss, batch statistics and gradients", async () => {
    const graph = eegnetTrainingGraph({ sizes, batch });
    const session = await createSession(graph, 1);
    const outputs = await session.run({ ...stepFeeds(graph.drops), ...floats(golden.tensors) });
    const { step } = golden;
    expectClose(outputs["loss"]!, [step.loss], 1e-5);
    expectClose(outputs["logits"]!, step.logits, 1e-5);
    for (const [name, values] of Object.entries(step.statistics)) expectClose(outputs[name]!, values, 1e-5);
    for (const [name, values] of Object.entries(step.gradients))
      expectClose(outputs[`gradient.${name}`]!, values, 1e-5);
    // A normalisation after the temporal convolution is taken off by the next one but for its epsilon.
    expectClose(outputs["logits"]!, golden.first_norm, 5e-3);
    await session.release();
  });

  test("has gradients that are its slopes", async () => {
    const graph = eegnetTrainingGraph({ sizes, batch });
    const session = await createSession(graph, 1);
    const tensors = floats(golden.tensors);
    const feeds = stepFeeds(graph.drops);
    const outputs = await session.run({ ...feeds, ...tensors });
    const gradients = Object.fromEntries(
      Object.keys(tensors).map((name) => [name, outputs[`gradient.${name}`]!.slice()]),
    );
    for (const name of Object.keys(tensors)) {
      const random = createRandom(name.length);
      const direction = tensors[name]!.map(() => random.normal());
      const step = 1e-2 / Math.sqrt(direction.reduce((sum, v) => sum + v * v, 0));
      const lossAt = async (by: number) => {
        const moved = tensors[name]!.map((w, i) => w + by * direction[i]!);
        return (await session.run({ ...feeds, ...tensors, [name]: moved }))["loss"]![0]!;
      };
      const slope = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
      const expected = gradients[name]!.reduce((sum, g, i) => sum + g * direction[i]!, 0);
      expect(Math.abs(slope - expected) / Math.max(1, Math.abs(slope))).toBeLessThan(2e-2);
    }
    await session.release();
  });

  test("keeps spatial filters within norm 1 and what leads to a class within 0.25", () => {
    const weights = startWeights(sizes, 1);
    weights.get("spatial.weight")!.fill(3);
    weights.get("head.weight")!.fill(-2);
    const temporal = weights.get("temporal.weight")!.slice();
    limitNorms(weights, sizes);
    const norm = (row: Float32Array) => Math.sqrt(row.reduce((sum, w) => sum + w * w, 0));
    expect(norm(weights.get("spatial.weight")!.subarray(0, sizes.channels))).toBeCloseTo(1, 6);
    expect(norm(weights.get("head.weight")!.subarray(0, 16 * 6))).toBeCloseTo(0.25, 6);
    expect(weights.get("temporal.weight")).toEqual(temporal);
  });
});

const config = syntheticConfig();

describe("windows", () => {
  const data = syntheticData(2);
  const windows = eegnetWindows(data, { config, view: "plain" });
  const length = 640;

  test("are 4 s before each decision, of root mean square 1", () => {
    expect(windows.samples).toBe(length);
    expect(windows.trials).toHaveLength(4 * 5);
    const out = new Float32Array(7 * 2 * length).fill(9);
    const { recording, patch } = windows.trials[6]!;
    expect(windows.write(out, { recording, patch, row: 1, rows: 2 })).toBe(true);
    const written = Float32Array.from({ length: 7 * length }, (_, i) => {
      const channel = Math.floor(i / length);
      return out[(2 * channel + 1) * length + (i % length)]!;
    });
    const power = written.reduce((sum, v) => sum + v * v, 0) / written.length;
    expect(power).toBeCloseTo(1, 4);
    const end = patch * 16 + 80;
    const ratio = written[length - 1]! / written[0]!;
    expect(ratio).toBeCloseTo(recording.samples[end - 1]! / recording.samples[end - length]!, 3);
    expect([...out.subarray(0, length)]).toEqual(Array.from({ length }, () => 9)); // the other row
  });

  test("begin with zeros where the signal does not, and are none where too little is left", () => {
    const out = new Float32Array(7 * length);
    const at = (trial: number) => ({ ...windows.trials[trial]!, row: 0, rows: 1 });
    expect(windows.write(out, at(0))).toBe(true);
    expect(out.subarray(0, 9 * 16).every((v) => v === 0)).toBe(true);
    expect(out[9 * 16]).not.toBe(0);
    expect(at(2).patch).toBe(115); // 20 patches after the gap
    expect(windows.write(out, at(2))).toBe(true);
    expect(windows.write(out, { ...at(2), patch: 95 })).toBe(false);
    expect(windows.write(out, { ...at(2), patch: 85 })).toBe(false);
  });

  test("for training end earlier only where the class is the same and the signal whole", () => {
    const [first, second] = windows.trials;
    expect(windows.shifts).toBe(40);
    expect(windows.shifted(second!, 7)).toBe(68);
    expect(windows.shifted(first!, 35)).toBe(35);
    const classes = second!.recording.classes.slice().fill(-1, 60, 70);
    const other = { ...second!, recording: { ...second!.recording, classes } };
    expect(windows.shifted(other, 7)).toBe(75);
  });
});

/** A rhythm at the left in the first class and at the right in the second. */
function sidedData(nSubjects: number): DataSet {
  const data = syntheticData(nSubjects);
  data.recordings.forEach(({ samples, nSamples }, i) => {
    const random = createRandom(i);
    data.electrodes.forEach((name, c) => {
      const x = electrode(name)!.position[0];
      const amplitude = (i % 2 === 0 ? x < -0.1 : x > 0.1) ? 8 : 0;
      for (let t = 0; t < nSamples; t++)
        samples[c * nSamples + t] = 8 * random.normal() + amplitude * Math.sin((2 * Math.PI * 10 * t) / 160);
    });
  });
  return data;
}

describe("training", () => {
  const data = sidedData(10);
  const windows = eegnetWindows(data, { config, view: "plain" });
  const of = (from: string, to: string) =>
    windows.trials.filter(({ recording: { subject } }) => subject >= from && subject < to);
  const options = {
    windows,
    sizes: { channels: 7, samples: windows.samples, taps: 80, classes: 2 },
    train: of("P00", "P07"),
    choose: of("P07", "P08"),
    patience: 99,
    seed: 1,
    threads: 1,
  };

  test("learns where a rhythm is, for people it has not met", async () => {
    const tensors = await trainEegnet({ ...options, rounds: 60 });
    const judge = await createEegnetJudge(options);
    const judged = withProbabilities(await judge.judge(of("P08", "P99"), tensors), 1);
    await judge.release();
    expect(judged).toHaveLength(20);
    expect(measure(judged, 2).balancedAccuracy).toBeGreaterThan(0.9);
  });

  test("gives the same weights for the same seed, and others for another", async () => {
    const short = { ...options, rounds: 3 };
    const once = await trainEegnet(short);
    expect([...once.keys()]).toEqual([...eegnetShapes(options.sizes).keys(), ...startStatistics().keys()]);
    expect(await trainEegnet(short)).toEqual(once);
    const other = await trainEegnet({ ...short, seed: 2 });
    expect(other.get("head.weight")).not.toEqual(once.get("head.weight"));
  });

  test("of a fold judges everybody who was left out", async () => {
    const seen: number[] = [];
    const options: EegnetFoldOptions = {
      config,
      data,
      folds: 5,
      fold: 2,
      view: "plain",
      seed: 0,
      progress: ({ round, logLoss }) => {
        seen.push(round);
        expect(logLoss).toBeGreaterThan(0);
      },
    };
    const judged = await trainEegnetFold(options);
    expect([...new Set(judged.map(({ subject }) => subject))]).toEqual(["P02", "P07"]);
    expect(judged).toHaveLength(20);
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, i) => i + 1));

    const fold = await fitEegnetFold(options);
    expect(await fold.judge(fold.tested)).toEqual(judged);
    const earlier = await fold.judge(fold.tested.map((trial) => ({ ...trial, patch: trial.patch - 10 })));
    expect(earlier.map(({ truth }) => truth)).toEqual(judged.map(({ truth }) => truth));
    expect(earlier).not.toEqual(judged);
    await fold.release();
  });
});
