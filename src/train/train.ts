/** Training: batches by seed, gradients by graph, AdamW, running means of the weights, and a choice among them. */
import { EegError } from "../eeg/errors.ts";
import { createRandom } from "../eeg/random.ts";
import { modelHz } from "../model/encoder.ts";
import { patchesIn } from "../model/graph/token-graph.ts";
import { startAdamW, type Tensors } from "./adamw.ts";
import { createBatches } from "./batch.ts";
import { centredDeviation, foldCentring } from "./centring.ts";
import { encoderSizes, type TrainingConfig } from "./config.ts";
import { initialWeights } from "./initial-weights.ts";
import { descend, moveWeights, type Watch } from "./descent.ts";
import { judgeRecordings, withProbabilities } from "./judge.ts";
import { measure } from "./metrics.ts";
import { centreOf, meanPowers, statePowers, type Centre, type StatePowers } from "./personal-centre.ts";
import type { DataSet } from "./recording-data.ts";
import { createSampler, seedOf, type Draw } from "./sampler.ts";
import { createSession } from "./session.node.ts";
import type { Split } from "./split.ts";
import { tokenStatistics } from "./token-statistics.ts";
import { trainingGraph, type TrainingGraph } from "./training-graph.ts";
import { copyTensors, parseCheckpoint, type TrainingState } from "./training-state.ts";
import { frozenTensors, warmWeights, type WarmStart } from "./warm-start.ts";
import { createWholeRecordings, type WholeRecordings } from "./whole-recordings.ts";

export interface TrainOptions extends Watch {
  readonly config: TrainingConfig;
  readonly data: DataSet;
  readonly split: Split;
  readonly seed: number;
  /** Weights to go on from. @default none: fresh ones */
  readonly from?: WarmStart;
  /** Cores. @default 2 */
  readonly threads?: number;
}

/**
 * Trains a model. The same configuration, data and seed give the same weights, bit for bit, on the same machine and
 * number of cores, also across interrupts.
 * @returns its tensors
 * @throws EegError TRAINING_DATA, CONFIG_INVALID, ENGINE_UNAVAILABLE; the signal's reason once it was aborted
 */
export async function train(given: TrainOptions): Promise<Tensors> {
  const options = given.from ? { ...given, config: uncentred(given.config) } : given;
  const { config, data, split, seed, from, threads = 2, checkpoint } = options;
  const { recipe } = config;
  const key = JSON.stringify([config, split, seed, ...(from ? [from.hash, from.learn] : [])]);
  const sizes = encoderSizes(config);
  const whole = await createWholeRecordings({ ...config, sizes, data, threads });
  const saved = await checkpoint?.load();
  const state = saved ? parseCheckpoint(saved, key) : await startState(options, whole);
  const people = await peopleOf(options, whole, state.means);
  const stepper = await createStepper(options, people);
  try {
    const { check } = recipe;
    await descend({
      ...options,
      state,
      recipe,
      key,
      step: (at) => stepper.step(at),
      async check() {
        if (check && state.step % check.everySteps === 0) await checkState(options, whole, state);
      },
      enough: () => check !== undefined && (state.best?.misses ?? 0) >= check.patience,
    });
    return foldCentring(state.best?.weights ?? state.means, sizes);
  } finally {
    await stepper.release();
    await whole.release();
  }
}

/** A model that exists has its centring folded into its embedding. */
function uncentred(config: TrainingConfig): TrainingConfig {
  return { ...config, recipe: { ...config.recipe, doubleCentring: false } };
}

async function startState(
  { config, data, split, seed, from }: TrainOptions,
  whole: WholeRecordings,
): Promise<TrainingState> {
  const sizes = encoderSizes(config);
  const fresh = initialWeights(sizes, config.recipe.start, seed);
  const weights = new Map(from ? warmWeights(config, from, fresh) : fresh);
  const learnedFrom = data.recordings.filter(({ subject }) => split.train.includes(subject));
  const statistics = await tokenStatistics(whole, { sizes, recordings: learnedFrom, weights });
  if (!from) weights.set("token.mean", statistics.mean).set("token.deviation", statistics.deviation);
  const centre = centreOf(config);
  if (centre) {
    // What an uncalibrated stream gets is the mean over people in the state.
    const people = [...(await statePowers(whole, learnedFrom, { weights, centre })).values()];
    const means = people.map((rows) => meanPowers(rows, centre));
    weights.set(
      "token.mean",
      statistics.mean.map((_, i) => means.reduce((sum, row) => sum + row[i]!, 0) / means.length),
    );
  }
  if (config.recipe.doubleCentring) weights.set(centredDeviation, statistics.centred);
  return { step: 0, optimiser: startAdamW(weights), means: copyTensors(weights), best: null };
}

/** What the training subjects' means are taken from; null where the model takes no calibration. */
async function peopleOf(
  { config, data, split }: TrainOptions,
  whole: WholeRecordings,
  weights: Tensors,
): Promise<ReadonlyMap<string, StatePowers> | null> {
  const centre = centreOf(config);
  if (centre === null) return null;
  const learnedFrom = data.recordings.filter(({ subject }) => split.train.includes(subject));
  const people = await statePowers(whole, learnedFrom, { weights, centre });
  const lacks = learnedFrom.find(({ subject }) => !people.has(subject));
  if (lacks)
    throw new EegError(
      "TRAINING_DATA",
      `${lacks.subject} has no recording of ${centre.classes.map((c) => config.labels[c]).join(" or ")}, which people are calibrated on`,
    );
  return people;
}

/** Does one step on a state, and gives the loss it had. */
async function createStepper(
  { config, data, split, seed, from, threads = 2 }: TrainOptions,
  people: ReadonlyMap<string, StatePowers> | null,
) {
  const { recipe, epsilon } = config;
  const sizes = encoderSizes(config);
  const { batch } = recipe;
  const patches = patchesIn(recipe.stretchSeconds * modelHz);
  // Patches that end before this carry no loss.
  const quiet = Math.max(0, patchesIn(recipe.lossFromSeconds * modelHz) - 1);
  const frozen = frozenTensors(config, from);
  const channels = data.electrodes.length;
  const centre = centreOf(config);
  const graph: TrainingGraph = trainingGraph({
    sizes,
    batch,
    channels,
    patches,
    epsilon,
    centred: recipe.doubleCentring,
    personal: people !== null,
    shifted: recipe.frequencyShift > 0,
    frozen,
  });
  const draw = createSampler({ data, subjects: split.train, batch, patches, quiet, seed });
  const fill = createBatches({
    data,
    recipe,
    patches,
    quiet,
    before: sizes.average - 1,
    drops: graph.drops,
    seed,
  });
  const session = await createSession(graph, threads);
  return {
    async step(state: TrainingState): Promise<number> {
      const { step } = state;
      const { weights } = state.optimiser;
      const draws = draw(step);
      const feeds = { ...fill(step, draws), ...Object.fromEntries(weights) };
      if (people && centre)
        feeds["person"] = personFeed(draws, {
          people,
          centre,
          weights,
          seed: seedOf(seed ^ 0x2c1b3c6d, step),
        });
      const outputs = await session.run(feeds);
      moveWeights(state, outputs, { learned: graph.learned, recipe });
      return outputs["loss"]![0]!;
    },
    release: () => session.release(),
  };
}

interface PersonFeed {
  readonly people: ReadonlyMap<string, StatePowers>;
  readonly centre: Centre;
  readonly weights: Tensors;
  readonly seed: number;
}

/** The mean token of each stretch's subject, normalised: [batch, 1, features]. */
function personFeed(draws: readonly Draw[], { people, centre, weights, seed }: PersonFeed): Float32Array {
  const random = createRandom(seed);
  const mean = weights.get("token.mean")!;
  const deviation = weights.get("token.deviation")!;
  const feed = new Float32Array(draws.length * mean.length);
  draws.forEach(({ recording }, b) =>
    feed.set(
      meanPowers(people.get(recording.subject)!, centre, random).map(
        (v, i) => (v - mean[i]!) / deviation[i]!,
      ),
      b * mean.length,
    ),
  );
  return feed;
}

/** Keeps the averaged weights if the choosing subjects fare best with them. */
async function checkState(
  options: TrainOptions,
  whole: WholeRecordings,
  state: TrainingState,
): Promise<void> {
  const { config, data, split } = options;
  const recordings = data.recordings.filter(({ subject }) => split.choose.includes(subject));
  const { minContextSeconds } = config;
  const sizes = encoderSizes(config);
  const judged = await judgeRecordings(whole, recordings, {
    sizes,
    weights: foldCentring(state.means, sizes),
    minContextSeconds,
    centre: centreOf(config),
  });
  const { logLoss } = measure(withProbabilities(judged, 1), config.labels.length);
  state.best =
    state.best && state.best.logLoss <= logLoss
      ? { ...state.best, misses: state.best.misses + 1 }
      : { weights: copyTensors(state.means), logLoss, misses: 0 };
}
