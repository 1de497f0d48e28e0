import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Tensors } from "../../src/train/adamw.ts";
import { encoderSizes } from "../../src/train/config.ts";
import { pretrain } from "../../src/train/pretrain.ts";
import { loadPretrained, writePretrained } from "../../src/train/pretrained-file.node.ts";
import { parsePretrainingConfig } from "../../src/train/pretraining-config.ts";
import type { DataSet } from "../../src/train/recording-data.ts";
import { shareSplit, type Split } from "../../src/train/split.ts";
import { train } from "../../src/train/train.ts";
import { loadWarmStart } from "../../src/train/warm-start.node.ts";
import type { WarmStart } from "../../src/train/warm-start.ts";
import { syntheticConfig, syntheticData } from "./synthetic-data.ts";

const still = ["mix.weight", "bands.centre", "bands.width"];

describe("training that goes on from weights", () => {
  let data: DataSet;
  let split: Split;
  let first: Tensors;
  beforeAll(async () => {
    data = syntheticData(8);
    split = shareSplit(
      data.recordings.map(({ subject }) => subject),
      0.25,
      1,
    );
    first = await train({ config: syntheticConfig({ steps: 30 }), data, split, seed: 3, threads: 1 });
  });

  function startOf(weights: Tensors, more: Partial<WarmStart> = {}): WarmStart {
    const config = syntheticConfig();
    const { epsilon, input, labels } = config;
    const sizes = encoderSizes(config);
    return { name: "first", hash: "0", sizes, epsilon, input, labels, weights, learn: "all", ...more };
  }

  /** Weights and the loss of every step. */
  async function goOn(from: WarmStart, recipe = {}) {
    const losses: number[] = [];
    const config = syntheticConfig({ steps: 5, learningRate: 1e-3, ...recipe });
    const progress = ({ loss }: { loss: number }) => losses.push(loss);
    return { weights: await train({ config, data, split, seed: 4, threads: 1, from, progress }), losses };
  }

  test("begins where the other ended, also with centred tokens", async () => {
    const fresh: number[] = [];
    await train({
      config: syntheticConfig({ steps: 1 }),
      data,
      split,
      seed: 4,
      threads: 1,
      progress: ({ loss }) => fresh.push(loss),
    });
    const { losses, weights } = await goOn(startOf(first), { doubleCentring: true });
    expect(losses[0]!).toBeLessThan(0.9 * fresh[0]!);
    expect(weights.get("embed.weight")).not.toEqual(first.get("embed.weight"));
    expect(weights.get("token.mean")).toEqual(first.get("token.mean"));
  });

  test("learns the head alone where that is wanted", async () => {
    const { weights } = await goOn(startOf(first, { learn: "head" }));
    for (const [name, data] of weights)
      if (name.startsWith("head.")) expect(data).not.toEqual(first.get(name));
      else expect(data).toEqual(first.get(name));
  });

  test("has a fresh head for other labels", async () => {
    const { weights } = await goOn(startOf(first, { labels: ["left", "right"] }), { learningRate: 1e-9 });
    expect(weights.get("head.weight")![0]).not.toBeCloseTo(first.get("head.weight")![0]!, 4);
    expect(weights.get("embed.weight")![0]).toBeCloseTo(first.get("embed.weight")![0]!, 4);
  });

  test("refuses weights of another encoder by name", async () => {
    const sizes = { ...encoderSizes(syntheticConfig()), width: 16 };
    await expect(goOn(startOf(first, { sizes }))).rejects.toThrow(
      "sizes.width: first has 16, the configuration 8; training that goes on from it must keep it",
    );
    await expect(goOn(startOf(first, { epsilon: 0.2 }))).rejects.toThrow("epsilon: first has 0.2");
    const input = { ...syntheticConfig().input, reference: "none" as const };
    await expect(goOn(startOf(first, { input }))).rejects.toThrow('input.reference: first has "none"');
  });

  test("takes frequency and time shifts", async () => {
    const { losses } = await goOn(startOf(first), { frequencyShift: 0.5, timeShift: true, steps: 3 });
    expect(losses.every(Number.isFinite)).toBe(true);
  });

  test("pre-trained without labels: hidden patches are told better than by their mean, and training goes on from it", async () => {
    const { format: _, labels: __, calibration: ___, ...config } = syntheticConfig();
    const { classes: ____, judge: _____, ...recordings } = config.data;
    const { labelSmoothing: ______, doubleCentring: _______, ...recipe } = config.recipe;
    const text = JSON.stringify({
      ...config,
      format: "brainwire-pretraining/1",
      version: undefined,
      task: undefined,
      minContextSeconds: undefined,
      data: recordings,
      recipe: {
        ...recipe,
        steps: 250,
        learningRate: 0.02,
        frozen: still,
        hiddenShare: 0.3,
        hiddenPatches: 2,
      },
    });
    const pretraining = parsePretrainingConfig(text, "pretrain.json");
    const unlabelled = {
      ...data,
      labels: ["any"],
      recordings: data.recordings.map((one) => ({
        ...one,
        classes: one.classes.map((c) => (c < 0 ? -1 : 0)),
      })),
    };
    const { weights, error, ofMean } = await pretrain({
      config: pretraining,
      data: unlabelled,
      split,
      threads: 1,
    });
    expect(error).toBeLessThan(0.95 * ofMean);

    const folder = await mkdtemp(join(tmpdir(), "brainwire-pretrained-"));
    const { name, input, sizes, epsilon } = pretraining;
    const training = { data: "simulated", subjects: "6", seed: 0, config: "none", commit: "none" };
    await writePretrained(folder, weights, {
      name,
      input,
      sizes,
      epsilon,
      training,
      metrics: { error, ofMean },
    });
    const read = await loadPretrained(folder);
    expect(read.weights.get("embed.weight")).toEqual(weights.get("embed.weight"));
    expect(read.weights.has("head.weight")).toBe(false);
    const { losses } = await goOn(await loadWarmStart(folder, "all"));
    expect(losses.every(Number.isFinite)).toBe(true);
    await rm(folder, { recursive: true });

    const free = text.replace('"frozen":["mix.weight",', '"frozen":[');
    expect(() => parsePretrainingConfig(free, "pretrain.json")).toThrow(
      "pretrain.json, recipe.frozen: pre-training needs mix.weight to be frozen: they make what is predicted",
    );
  });
});
