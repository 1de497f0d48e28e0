/**
 * Trains EEGNet as its authors do (Lawhern et al. 2018): Adam, batches of 64, drop-out of a half, norms of the spatial
 * filters and of the last layer limited, and of all rounds the weights with the least loss on subjects set aside.
 */
import { log } from "../eeg/math.ts";
import { createRandom, type Random } from "../eeg/random.ts";
import { startAdamW, stepAdamW, type Tensors } from "./adamw.ts";
import { eegnetGraph, eegnetTrainingGraph } from "./eegnet-graph.ts";
import { limitNorms, startStatistics, startWeights, type EegnetSizes } from "./eegnet.ts";
import type { EegnetTrial, EegnetWindows } from "./eegnet-windows.ts";
import { withProbabilities, type JudgedPatch } from "./judge.ts";
import { mean } from "./metrics.ts";
import { isPlain } from "./recording-data.ts";
import { seedOf } from "./sampler.ts";
import { createSession } from "./session.node.ts";
import { permutation } from "./split.ts";
import { copyTensors } from "./training-state.ts";

const batch = 64;
const learningRate = 1e-3;
const dropOut = 0.5;
/** Share of the running statistics that each batch renews. */
const renewal = 0.1;

export interface TrainEegnetOptions {
  readonly windows: EegnetWindows;
  readonly sizes: EegnetSizes;
  /** Decisions of the subjects who train, and of those who choose among the rounds. */
  readonly train: readonly EegnetTrial[];
  readonly choose: readonly EegnetTrial[];
  /** Passes over the training windows at most. */
  readonly rounds: number;
  /** Passes without a better one that end the training. */
  readonly patience: number;
  readonly seed: number;
  /** Cores. */
  readonly threads: number;
  readonly progress?: (done: EegnetProgress) => void;
}

export interface EegnetProgress {
  readonly round: number;
  readonly rounds: number;
  /** Of the subjects who choose, mean over their decisions. */
  readonly logLoss: number;
}

/**
 * The same options give the same weights, bit for bit, on the same machine and number of cores.
 * @returns the learned tensors and the running statistics of the best round
 * @throws EegError ENGINE_UNAVAILABLE
 */
export async function trainEegnet(options: TrainEegnetOptions): Promise<Tensors> {
  const { windows, sizes, choose, rounds, patience, seed, threads, progress } = options;
  const scratch = new Float32Array(sizes.channels * sizes.samples);
  const train = options.train.filter((trial) => windows.write(scratch, { ...trial, row: 0, rows: 1 }));
  const graph = eegnetTrainingGraph({ sizes, batch });
  const session = await createSession(graph, threads);
  const judge = await createEegnetJudge({ windows, sizes, threads });
  const optimiser = startAdamW(startWeights(sizes, seed));
  const statistics = startStatistics();
  const steps = Math.max(1, Math.floor(train.length / batch));
  let best = { logLoss: Infinity, tensors: new Map<string, Float32Array>() };
  const fill = createFeeds(windows, sizes, graph.drops);
  for (let round = 0, misses = 0; round < rounds && misses < patience; round++) {
    const order = permutation(train.length, seedOf(seed, round));
    const random = createRandom(seedOf(seed ^ 0x5bd1e995, round));
    for (let at = 0; at < steps; at++) {
      const drawn = Array.from({ length: batch }, (_, i) => train[order[(at * batch + i) % train.length]!]!);
      const outputs = await session.run({ ...fill(drawn, random), ...Object.fromEntries(optimiser.weights) });
      const gradients = new Map(
        [...optimiser.weights.keys()].map((name) => [name, outputs[`gradient.${name}`]!]),
      );
      stepAdamW(optimiser, gradients, { ...adam, step: round * steps + at });
      limitNorms(optimiser.weights, sizes);
      for (const [name, running] of statistics)
        outputs[name]!.forEach((value, i) => (running[i] = (1 - renewal) * running[i]! + renewal * value));
    }
    const tensors = new Map([...optimiser.weights, ...statistics]);
    const logLoss = lossOf(await judge.judge(choose, tensors));
    misses++;
    if (logLoss < best.logLoss) {
      best = { logLoss, tensors: copyTensors(tensors) };
      misses = 0;
    }
    progress?.({ round: round + 1, rounds, logLoss });
  }
  await session.release();
  await judge.release();
  return best.tensors;
}

const adam = { learningRate, weightDecay: 0, decays: () => false, beta1: 0.9, beta2: 0.999 };

function lossOf(judged: readonly JudgedPatch[]): number {
  const decided = withProbabilities(judged, 1).filter(({ probabilities }) => probabilities !== null);
  return mean(decided.map(({ truth, probabilities }) => -log(Math.max(probabilities![truth]!, 1e-12))));
}

/** Makes the inputs of a step, in memory that the next step uses again. */
function createFeeds(windows: EegnetWindows, sizes: EegnetSizes, drops: ReadonlyMap<string, number>) {
  const samples = new Float32Array(sizes.channels * batch * sizes.samples);
  const target = new Float32Array(batch * sizes.classes);
  const feeds: Record<string, Float32Array> = { samples, target };
  for (const [place, n] of drops) feeds[`drop.${place}`] = new Float32Array(n);
  return (trials: readonly EegnetTrial[], random: Random): Record<string, Float32Array> => {
    target.fill(0);
    trials.forEach((trial, row) => {
      const patch = windows.shifted(trial, random.integer(windows.shifts + 1));
      windows.write(samples, { recording: trial.recording, patch, row, rows: batch });
      target[row * sizes.classes + trial.truth] = 1;
    });
    for (const [place, n] of drops) {
      const kept = feeds[`drop.${place}`]!;
      for (let i = 0; i < n; i++) kept[i] = random.uniform() < dropOut ? 0 : 1 / (1 - dropOut);
    }
    return feeds;
  };
}

export interface EegnetJudgeOptions {
  readonly windows: EegnetWindows;
  readonly sizes: EegnetSizes;
  readonly threads: number;
}

export interface EegnetJudge {
  /** Decides; there are no logits where the window has too little whole signal. */
  judge(trials: readonly EegnetTrial[], tensors: Tensors): Promise<JudgedPatch[]>;
  release(): Promise<void>;
}

/** A session that judges with any weights. */
export async function createEegnetJudge({
  windows,
  sizes,
  threads,
}: EegnetJudgeOptions): Promise<EegnetJudge> {
  const session = await createSession(eegnetGraph({ sizes, batch }), threads);
  const samples = new Float32Array(sizes.channels * batch * sizes.samples);
  return {
    async judge(trials, tensors) {
      const judged: JudgedPatch[] = [];
      for (let from = 0; from < trials.length; from += batch) {
        const part = trials.slice(from, from + batch);
        const whole = part.map((trial, row) => windows.write(samples, { ...trial, row, rows: batch }));
        const { logits } = await session.run({ samples, ...Object.fromEntries(tensors) });
        part.forEach(({ recording, truth }, row) =>
          judged.push({
            subject: recording.subject,
            truth,
            logits: whole[row] ? logits!.slice(row * sizes.classes, (row + 1) * sizes.classes) : null,
            aligned: !isPlain(recording),
          }),
        );
      }
      return judged;
    },
    release: () => session.release(),
  };
}
