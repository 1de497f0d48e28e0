/** Training and judging on band covariances: `recipe.powers: "covariances"`. */
import { createRandom } from "../eeg/random.ts";
import { evokedPatches, type EncoderSizes } from "../model/encoder.ts";
import { harmonics, modelHz, strideSamples } from "../tokens/patch-grid.ts";
import { startAdamW, type Tensors } from "./adamw.ts";
import { encoderSizes, type TrainingConfig } from "./config.ts";
import { covarianceTrainingGraph, logitsGraph, powersGraph } from "./covariance-graph.ts";
import type { CovarianceSet, PatchOf, View } from "./covariance-set.ts";
import { initialWeights } from "./initial-weights.ts";
import type { JudgedPatch } from "./judge.ts";
import { dropPairs, keepOdd } from "./mirror.ts";
import { decidable, isPlain, type TrainingRecording } from "./recording-data.ts";
import { createMoments } from "./token-statistics.ts";
import { createSampler, seedOf, type Draw } from "./sampler.ts";
import { createSession } from "./session.node.ts";
import { descend, moveWeights } from "./descent.ts";
import type { TrainOptions } from "./train.ts";
import { waveDeviations } from "./wave-deviations.ts";
import { copyTensors, parseCheckpoint, type TrainingState } from "./training-state.ts";

export interface TrainCovariancesOptions extends Omit<TrainOptions, "from"> {
  readonly covariances: CovarianceSet;
}

/**
 * Trains a model on single patches. The same configuration, data and seed give the same weights, bit for bit, on the
 * same machine and number of cores, also across interrupts.
 * @returns its tensors
 * @throws EegError TRAINING_DATA, ENGINE_UNAVAILABLE; the signal's reason once it was aborted
 */
export async function trainCovariances(options: TrainCovariancesOptions): Promise<Tensors> {
  const { config, data, covariances, split, seed, threads = 2, checkpoint } = options;
  const { recipe, epsilon } = config;
  const sizes = encoderSizes(config);
  const { batch } = recipe;
  const key = JSON.stringify([config, split, seed]);
  const saved = await checkpoint?.load();
  const state = saved ? parseCheckpoint(saved, key) : await startState(options);
  const { weights } = state.optimiser;
  const frozen = new Set(["token.mean", "token.deviation", "evoked.deviation", ...recipe.frozen]);
  const graph = covarianceTrainingGraph({ sizes, batch, epsilon, frozen });
  const draw = createSampler({ data, subjects: split.train, batch, patches: 1, quiet: 0, seed });
  const fill = createFeeds({ config, covariances, drops: graph.drops, seed });
  const session = await createSession(graph, threads);
  try {
    await descend({
      ...options,
      state,
      recipe,
      key,
      async step({ step }) {
        const outputs = await session.run({ ...fill(step, draw(step)), ...Object.fromEntries(weights) });
        if (recipe.mirror === "odd")
          keepOdd(new Map(graph.learned.map((name) => [name, outputs[`gradient.${name}`]!])), sizes);
        moveWeights(state, outputs, { learned: graph.learned, recipe });
        return outputs["loss"]![0]!;
      },
    });
    return state.means;
  } finally {
    await session.release();
  }
}

async function startState(options: TrainCovariancesOptions): Promise<TrainingState> {
  const weights = await startWeights(options);
  return { step: 0, optimiser: startAdamW(weights), means: copyTensors(weights), best: null };
}

async function startWeights(options: TrainCovariancesOptions): Promise<Map<string, Float32Array>> {
  const { config, data, covariances, split, seed, threads = 2 } = options;
  const sizes = encoderSizes(config);
  const weights = initialWeights(sizes, config.recipe.start, seed);
  if (config.recipe.mirror === "odd") keepOdd(weights, sizes);
  const batch = 64;
  const session = await createSession(powersGraph({ ...config, sizes, batch }), threads);
  const labelled = data.recordings
    .filter(({ subject }) => split.train.includes(subject))
    .flatMap((recording) => judgedPatches(recording));
  const features = sizes.components * sizes.bands;
  const half = features / 2;
  const odd = config.recipe.mirror === "odd";
  const powerMoments = createMoments(features);
  const differenceMoments = createMoments(features);
  const differences = new Float32Array(features);
  await inBatches(labelled, { batch, covariances, sizes, waves: false }, async (feeds, n) => {
    const { powers } = await session.run({ ...feeds, ...Object.fromEntries(weights) });
    for (let b = 0; b < n; b++) {
      const row = powers!.subarray(b * features, (b + 1) * features);
      powerMoments.add(row);
      row.forEach((power, i) => (differences[i] = power - row[i < half ? i + half : i - half]!));
      if (odd) differenceMoments.add(differences);
    }
  });
  await session.release();
  weights.set("token.mean", powerMoments.mean());
  // Of pairs only the differences are embedded: they are what is to be of size 1.
  weights.set("token.deviation", (odd ? differenceMoments : powerMoments).deviation());
  if (sizes.evoked) weights.set("evoked.deviation", waveDeviations(labelled, { weights, covariances, odd }));
  if (odd) keepOdd(weights, sizes);
  return weights;
}

function judgedPatches(recording: TrainingRecording): PatchOf[] {
  return recording.judged.map(({ patch }) => ({ recording, patch }));
}

interface InBatches {
  readonly batch: number;
  readonly covariances: CovarianceSet;
  readonly sizes: EncoderSizes;
  /** Whether the graph takes slow waves too, where the model looks at them. */
  readonly waves: boolean;
}

/** Feeds of a fixed size, with how many of their patches count. */
async function inBatches(
  patches: readonly PatchOf[],
  { batch, covariances, sizes, waves }: InBatches,
  run: (feeds: Record<string, Float32Array>, n: number) => Promise<void>,
): Promise<void> {
  const size = sizes.bands * harmonics * harmonics;
  const covariance = new Float32Array(batch * size);
  const stretches = waves && sizes.evoked ? createStretches(sizes, { batch, covariances }) : null;
  for (let from = 0; from < patches.length; from += batch) {
    const part = patches.slice(from, from + batch);
    part.forEach((patch, b) => {
      covariances.write(covariance.subarray(b * size, (b + 1) * size), patch, "plain");
      stretches?.write(b, patch, "plain");
    });
    await run({ covariance, gram: covariances.gram, ...stretches?.feeds }, part.length);
  }
}

/** The inputs `waves` and `mask` of a graph, in memory that is used again. */
function createStretches(
  sizes: EncoderSizes,
  { batch, covariances }: { readonly batch: number; readonly covariances: CovarianceSet },
) {
  const seen = evokedPatches(sizes.evoked!);
  const waves = new Float32Array(batch * harmonics * seen);
  const mask = new Float32Array(batch * seen);
  return {
    feeds: { waves, mask },
    write(b: number, patch: PatchOf, view: View): void {
      const out = {
        waves: waves.subarray(b * harmonics * seen, (b + 1) * harmonics * seen),
        mask: mask.subarray(b * seen, (b + 1) * seen),
      };
      covariances.writeWaves(out, patch, view);
    },
  };
}

interface FeedsOptions {
  readonly config: TrainingConfig;
  readonly covariances: CovarianceSet;
  readonly drops: ReadonlyMap<string, number>;
  readonly seed: number;
}

/** Makes the inputs of a step, in memory that the next step uses again. */
function createFeeds({ config, covariances, drops, seed }: FeedsOptions) {
  const { recipe, labels } = config;
  const { batch } = recipe;
  const sizes = encoderSizes(config);
  const size = sizes.bands * harmonics * harmonics;
  const powers = sizes.components * sizes.bands;
  const earlier = Math.round(((recipe.evoked?.earlierSeconds ?? 0) * modelHz) / strideSamples);
  const stretches = sizes.evoked ? createStretches(sizes, { batch, covariances }) : null;
  const nClasses = labels.length;
  const covariance = new Float32Array(batch * size);
  const target = new Float32Array(batch * nClasses);
  const feeds: Record<string, Float32Array> = {
    covariance,
    target,
    gram: covariances.gram,
    ...stretches?.feeds,
  };
  for (const [place, features] of drops) feeds[`drop.${place}`] = new Float32Array(batch * features);
  const rateOf = (place: string): number =>
    place === "token" ? recipe.tokenDropOut : place === "waves" ? recipe.evoked!.dropOut : recipe.dropOut;
  return (step: number, draws: readonly Draw[]): Record<string, Float32Array> => {
    const random = createRandom(seedOf(seed ^ 0x5bd1e995, step));
    draws.forEach(({ recording, firstPatch: patch }, b) => {
      const mirrored = recipe.mirror !== undefined && random.uniform() < 0.5;
      const out = covariance.subarray(b * size, (b + 1) * size);
      const view = mirrored ? "mirrored" : "plain";
      covariances.write(out, { recording, patch }, view);
      if (stretches) {
        const at = patch - random.integer(earlier + 1);
        stretches.write(b, { recording, patch: recording.valid[at] === 1 ? at : patch }, view);
      }
      const label = recording.classes[patch]!;
      const seen = mirrored && recipe.mirror === "odd" ? 1 - label : label;
      for (let c = 0; c < nClasses; c++)
        target[b * nClasses + c] =
          recipe.labelSmoothing / nClasses + (c === seen ? 1 - recipe.labelSmoothing : 0);
    });
    for (const [place, features] of drops) {
      const kept = feeds[`drop.${place}`]!;
      const rate = rateOf(place);
      for (let i = 0; i < kept.length; i++) kept[i] = random.uniform() < rate ? 0 : 1 / (1 - rate);
      const paired = place === "token" ? powers : place === "waves" ? features : 0;
      if (paired > 0 && recipe.mirror === "odd") dropPairs(kept, features, paired);
      // Behind the powers of a token are evoked responses: few, and made of waves that were dropped already.
      if (place === "token")
        for (let from = powers; from < kept.length; from += features)
          kept.fill(1, from, from + features - powers);
    }
    return feeds;
  };
}

export interface JudgeCovariancesOptions {
  readonly config: TrainingConfig;
  readonly covariances: CovarianceSet;
  readonly weights: Tensors;
  readonly threads: number;
}

/** Decides where decisions count, as the streaming decoder would. */
export async function judgeCovariances(
  recordings: readonly TrainingRecording[],
  { config, covariances, weights, threads }: JudgeCovariancesOptions,
): Promise<JudgedPatch[]> {
  const sizes = encoderSizes(config);
  const batch = 64;
  const session = await createSession(logitsGraph({ ...config, sizes, batch }), threads);
  const all: Float32Array[] = [];
  const patches = recordings.flatMap((recording) => judgedPatches(recording));
  await inBatches(patches, { batch, covariances, sizes, waves: true }, async (feeds, n) => {
    const { logits } = await session.run({ ...feeds, ...Object.fromEntries(weights) });
    for (let b = 0; b < n; b++) all.push(logits!.slice(b * sizes.classes, (b + 1) * sizes.classes));
  });
  await session.release();
  let at = 0;
  return recordings.flatMap((recording) => {
    const { subject, valid, judged } = recording;
    const decided = decidable(valid, sizes, config.minContextSeconds);
    const aligned = !isPlain(recording);
    return judged.map(({ patch, truth }) => {
      const logits = all[at++]!;
      return { subject, truth, logits: decided[patch] === 1 ? logits : null, aligned };
    });
  });
}
