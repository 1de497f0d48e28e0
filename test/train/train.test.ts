import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Tensors } from "../../src/train/adamw.ts";
import { encoderSizes, type TrainingConfig } from "../../src/train/config.ts";
import { judgeRecordings, withProbabilities } from "../../src/train/judge.ts";
import { centreOf } from "../../src/train/personal-centre.ts";
import { measure } from "../../src/train/metrics.ts";
import type { DataSet } from "../../src/train/recording-data.ts";
import { shareSplit } from "../../src/train/split.ts";
import { train } from "../../src/train/train.ts";
import type { CheckpointStore } from "../../src/train/descent.ts";
import { createWholeRecordings } from "../../src/train/whole-recordings.ts";
import { syntheticConfig, syntheticData } from "./synthetic-data.ts";

const subjects = (data: DataSet) => data.recordings.map(({ subject }) => subject);

describe("training", () => {
  let data: DataSet;
  beforeAll(() => {
    data = syntheticData(8);
  });

  test("learns what tells the classes apart, for people it has not met", async () => {
    const config = syntheticConfig();
    const split = shareSplit(subjects(data), 0.25, 1);
    const losses: number[] = [];
    const weights = await train({
      config,
      data,
      split,
      seed: 3,
      threads: 1,
      progress: ({ loss }) => losses.push(loss),
    });
    expect(losses).toHaveLength(60);
    expect(losses.at(-1)!).toBeLessThan(0.6 * losses[0]!);
    const unseenPeople = data.recordings.filter(({ subject }) => split.choose.includes(subject));
    expect((await accuracyOf({ data, recordings: unseenPeople, weights })).balancedAccuracy).toBeGreaterThan(
      0.8,
    );
  });

  test.each(["calm", "any"])(
    "for use calibrated on %s learns from what people differ in from their own mean",
    async (state) => {
      // everybody's amplifier has a gain of its own, which hides the rhythm from who knows nothing of the person
      const people = new Map(subjects(data).map((name, i) => [name, 2 ** ((i % 7) - 3)]));
      const scaled = {
        ...data,
        recordings: data.recordings.map((one) => ({
          ...one,
          samples: one.samples.map((x) => x * people.get(one.subject)!),
        })),
      };
      const frozen = ["mix.weight", "bands.centre", "bands.width"];
      const plain = syntheticConfig({ frozen });
      const config = { ...plain, calibration: { way: "centre-tokens" as const, state } };
      const split = shareSplit(subjects(data), 0.25, 1);
      const weights = await train({ config, data: scaled, split, seed: 3, threads: 1 });
      const unseenPeople = scaled.recordings.filter(({ subject }) => split.choose.includes(subject));
      expect(
        (await accuracyOf({ data: scaled, recordings: unseenPeople, weights, config })).balancedAccuracy,
      ).toBeGreaterThan(0.9);
    },
  );

  test("goes on after an interrupt with the same weights, bit for bit", async () => {
    const config = syntheticConfig({
      steps: 12,
      doubleCentring: true,
      check: { everySteps: 4, patience: 2 },
    });
    const split = shareSplit(subjects(data), 0.25, 1);
    const options = { config, data, split, seed: 5, threads: 1 };
    const whole = await train(options);

    let saved: Uint8Array | null = null;
    const checkpoint: CheckpointStore = {
      load: async () => saved,
      // as a file is read: somewhere in a larger buffer
      save: async (bytes) => void (saved = Buffer.concat([Buffer.alloc(24), bytes]).subarray(24)),
    };
    const interrupt = new AbortController();
    const progress = ({ step }: { step: number }) => step === 7 && interrupt.abort(new Error("interrupted"));
    await expect(train({ ...options, checkpoint, signal: interrupt.signal, progress })).rejects.toThrow(
      "interrupted",
    );
    expect(saved).not.toBeNull();
    const steps: number[] = [];
    const resumed = await train({ ...options, checkpoint, progress: ({ step }) => steps.push(step) });
    expect(steps[0]).toBe(8);
    expect([...resumed.keys()]).toEqual([...whole.keys()]);
    for (const [name, data] of whole)
      expect(Buffer.from(resumed.get(name)!.buffer)).toEqual(Buffer.from(data.buffer));

    await expect(train({ ...options, seed: 6, checkpoint })).rejects.toThrow(
      "the checkpoint belongs to another configuration, split or seed; delete it to train from the start",
    );
  });
});

interface Accuracy {
  readonly data: DataSet;
  readonly recordings: DataSet["recordings"];
  readonly weights: Tensors;
  /** @default one that takes no calibration */
  readonly config?: TrainingConfig;
}

async function accuracyOf({ data, recordings, weights, config = syntheticConfig() }: Accuracy) {
  const sizes = encoderSizes(config);
  const whole = await createWholeRecordings({ ...config, sizes, data, threads: 1 });
  const judged = await judgeRecordings(whole, recordings, {
    centre: centreOf(config),
    weights,
    sizes,
    minContextSeconds: config.minContextSeconds,
  });
  await whole.release();
  return measure(withProbabilities(judged, 1), data.labels.length);
}
