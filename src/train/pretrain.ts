/** Pre-training: the encoder learns from recordings without labels to say what it was not shown. */
import { createRandom } from "../eeg/random.ts";
import { modelHz } from "../model/encoder.ts";
import { patchesIn } from "../model/graph/token-graph.ts";
import { startAdamW, type Tensors } from "./adamw.ts";
import { createBatches } from "./batch.ts";
import { encoderSizes } from "./config.ts";
import { descend, moveWeights, type Watch } from "./descent.ts";
import { initialWeights } from "./initial-weights.ts";
import { unlabelled, type PretrainingConfig } from "./pretraining-config.ts";
import { predictorShapes, pretrainingGraph } from "./pretraining-graph.ts";
import type { DataSet } from "./recording-data.ts";
import { createSampler, seedOf } from "./sampler.ts";
import { createSession } from "./session.node.ts";
import type { Split } from "./split.ts";
import { tokenStatistics } from "./token-statistics.ts";
import { copyTensors, parseCheckpoint, type TrainingState } from "./training-state.ts";
import { createWholeRecordings } from "./whole-recordings.ts";

export interface PretrainOptions extends Watch {
  readonly config: PretrainingConfig;
  /** Read by the configuration as `unlabelled` has it. */
  readonly data: DataSet;
  readonly split: Split;
  /** Cores. @default 2 */
  readonly threads?: number;
}

export interface PretrainResult {
  /** Of the encoder, without a head. */
  readonly weights: Tensors;
  /** Mean squared error of hidden tokens, of deviation about 1, for the people who choose. */
  readonly error: number;
  /** The same of who says the mean of the people who train. */
  readonly ofMean: number;
}

/** Batches of the choosing people that the error is measured on. */
const judgedBatches = 8;

/** @throws EegError as `train` */
export async function pretrain(options: PretrainOptions): Promise<PretrainResult> {
  const { config, split, threads = 2, checkpoint } = options;
  const { seed } = config;
  const training = unlabelled(config);
  const key = JSON.stringify([config, split]);
  const saved = await checkpoint?.load();
  const state = saved ? parseCheckpoint(saved, key) : await startState(options);
  const graph = graphOf(options, true);
  const session = await createSession(graph, threads);
  const fill = createFeeds(options, { subjects: split.train, drops: graph.drops, seed });
  try {
    await descend({
      ...options,
      state,
      recipe: training.recipe,
      key,
      async step(at) {
        const outputs = await session.run({
          ...fill(at.step),
          ...Object.fromEntries(at.optimiser.weights),
        });
        moveWeights(at, outputs, { learned: graph.learned, recipe: training.recipe });
        return outputs["loss"]![0]!;
      },
    });
  } finally {
    await session.release();
  }
  return { weights: state.means, ...(await judge(options, state.means)) };
}

function graphOf({ config, data }: PretrainOptions, learning: boolean) {
  const { recipe, epsilon } = config;
  return pretrainingGraph({
    sizes: encoderSizes(unlabelled(config)),
    batch: recipe.batch,
    channels: data.electrodes.length,
    patches: patchesIn(recipe.stretchSeconds * modelHz),
    epsilon,
    frozen: new Set(["token.mean", "token.deviation", ...recipe.frozen]),
    learning,
  });
}

async function startState({ config, data, split, threads = 2 }: PretrainOptions): Promise<TrainingState> {
  const training = unlabelled(config);
  const sizes = encoderSizes(training);
  const weights = initialWeights(sizes, config.recipe.start, config.seed);
  const whole = await createWholeRecordings({ ...training, sizes, data, threads });
  const recordings = data.recordings.filter(({ subject }) => split.train.includes(subject));
  const statistics = await tokenStatistics(whole, { sizes, recordings, weights });
  await whole.release();
  weights.set("token.mean", statistics.mean).set("token.deviation", statistics.deviation);
  for (const name of ["head.weight", "head.bias"]) weights.set(name, weights.get(name)!.fill(0));
  const random = createRandom(seedOf(config.seed, 1));
  for (const [name, shape] of predictorShapes(sizes)) {
    const bound = name === "predict.weight" ? 1 / Math.sqrt(sizes.width) : 0;
    const size = shape.reduce((product, n) => product * n, 1);
    weights.set(
      name,
      Float32Array.from({ length: size }, () => bound * (2 * random.uniform() - 1)),
    );
  }
  return { step: 0, optimiser: startAdamW(weights), means: copyTensors(weights), best: null };
}

interface FeedOptions {
  readonly subjects: readonly string[];
  readonly drops: ReadonlyMap<string, number>;
  readonly seed: number;
}

/** What the graph is given at a step, but for its tensors. */
function createFeeds({ config, data }: PretrainOptions, { subjects, drops, seed }: FeedOptions) {
  const { recipe } = unlabelled(config);
  const { batch } = recipe;
  const { hiddenShare, hiddenPatches } = config.recipe;
  const patches = patchesIn(recipe.stretchSeconds * modelHz);
  const quiet = Math.max(0, patchesIn(recipe.lossFromSeconds * modelHz) - 1);
  const before = config.sizes.average - 1;
  const draw = createSampler({ data, subjects, batch, patches, quiet, seed });
  const fill = createBatches({ data, recipe, patches, quiet, before, drops, seed });
  const hidden = new Float32Array(batch * patches);
  const share = new Float32Array(batch * patches);

  /** Hides runs of the patches that may carry loss, until the share of them is hidden. */
  function hide(step: number, weight: Float32Array): void {
    const random = createRandom(seedOf(seed ^ 0x165667b1, step));
    hidden.fill(0);
    for (let b = 0; b < batch; b++)
      for (let left = Math.round(hiddenShare * (patches - quiet)); left > 0; left -= hiddenPatches) {
        const run = Math.min(left, hiddenPatches);
        const from = b * patches + quiet + random.integer(Math.max(1, patches - quiet - run + 1));
        hidden.fill(1, from, from + run);
      }
    const counted = hidden.reduce((sum, is, i) => sum + (is === 1 && weight[i]! > 0 ? 1 : 0), 0);
    for (let i = 0; i < share.length; i++) share[i] = hidden[i] === 1 && weight[i]! > 0 ? 1 / counted : 0;
  }

  return (step: number): Record<string, Float32Array> => {
    const { target: _, weight, ...feeds } = fill(step, draw(step));
    hide(step, weight!);
    return { ...feeds, hidden, share };
  };
}

/** The error for people who did not train, without augmentation. */
async function judge(options: PretrainOptions, weights: Tensors): Promise<{ error: number; ofMean: number }> {
  const { config, split, threads = 2 } = options;
  const recipe = {
    ...config.recipe,
    dropOut: 0,
    tokenDropOut: 0,
    stretchGain: 0,
    channelGain: 0,
    channelDropOut: 0,
  };
  const calm = { ...options, config: { ...config, recipe } };
  const graph = graphOf(calm, false);
  const session = await createSession(graph, threads);
  const fill = createFeeds(calm, { subjects: split.choose, drops: graph.drops, seed: config.seed + 1 });
  // Tokens are normalised: who says the mean says 0.
  const saysMean = new Map(weights);
  for (const name of ["predict.weight", "predict.bias"])
    saysMean.set(name, new Float32Array(weights.get(name)!.length));
  const sums = { error: 0, ofMean: 0 };
  for (let batch = 0; batch < judgedBatches; batch++) {
    const feeds = fill(batch);
    const run = async (by: Tensors) =>
      (await session.run({ ...feeds, ...Object.fromEntries(by) }))["loss"]![0]!;
    sums.error += (await run(weights)) / judgedBatches;
    sums.ofMean += (await run(saysMean)) / judgedBatches;
  }
  await session.release();
  return sums;
}
