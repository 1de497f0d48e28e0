/** EEGNet as a baseline: on the same folds, subjects and decisions as a model. */
import { modelHz } from "../model/encoder.ts";
import type { TrainingConfig } from "./config.ts";
import type { EegnetSizes } from "./eegnet.ts";
import { createEegnetJudge, trainEegnet, type EegnetProgress } from "./eegnet-training.ts";
import { eegnetWindows, type EegnetTrial } from "./eegnet-windows.ts";
import { withProbabilities } from "./judge.ts";
import type { Judged } from "./metrics.ts";
import type { DataSet } from "./recording-data.ts";
import { foldSplit } from "./split.ts";
import { fitTemperature } from "./temperature.ts";

/** Passes over the training windows; of these the best on the subjects who choose is kept. */
const rounds = 60;
/** Passes without a better one that end it. */
const patience = 25;
/** Share of the subjects outside the test who choose. */
const choose = 1 / 8;

export interface EegnetFoldOptions {
  readonly config: TrainingConfig;
  readonly data: DataSet;
  readonly folds: number;
  /** Which of the folds. */
  readonly fold: number;
  /** Recordings as they are, or aligned to their subjects. */
  readonly view: "plain" | "aligned";
  /** How much earlier than the decision about an event a window for training may end. @default 0.5 */
  readonly earlierSeconds?: number;
  readonly seed: number;
  /** Cores. @default 1 */
  readonly threads?: number;
  readonly progress?: (done: EegnetProgress) => void;
}

/** EEGNet, trained in one fold. */
interface EegnetFold {
  /** The decisions that count of the people who were left out. */
  readonly tested: readonly EegnetTrial[];
  /** With probabilities scaled on those who choose. */
  judge(trials: readonly EegnetTrial[]): Promise<Judged[]>;
  release(): Promise<void>;
}

/**
 * One fold: the decisions that count of the people who were left out, with probabilities scaled on those who choose.
 * @throws EegError TRAINING_DATA if there are too few subjects for the folds; ENGINE_UNAVAILABLE
 */
export async function trainEegnetFold(options: EegnetFoldOptions): Promise<readonly Judged[]> {
  const fold = await fitEegnetFold(options);
  const judged = await fold.judge(fold.tested);
  await fold.release();
  return judged;
}

/**
 * The same, to judge decisions at other times too, as scripts/after-cue.mjs does.
 * @throws EegError as `trainEegnetFold`
 * @internal
 */
export async function fitEegnetFold(options: EegnetFoldOptions): Promise<EegnetFold> {
  const { data, threads = 1 } = options;
  const windows = eegnetWindows(data, options);
  const split = foldSplit(
    windows.trials.map(({ recording }) => recording.subject),
    { ...options, choose },
  );
  const of = (subjects: readonly string[]) =>
    windows.trials.filter(({ recording }) => subjects.includes(recording.subject));
  const sizes: EegnetSizes = {
    channels: data.electrodes.length,
    samples: windows.samples,
    taps: modelHz / 2,
    classes: data.labels.length,
  };
  const chosen = of(split.choose);
  const tensors = await trainEegnet({
    ...options,
    windows,
    sizes,
    train: of(split.train),
    choose: chosen,
    rounds,
    patience,
    threads,
  });
  const session = await createEegnetJudge({ windows, sizes, threads });
  const temperature = fitTemperature(
    (await session.judge(chosen, tensors)).flatMap(({ truth, logits }) =>
      logits ? [{ truth, logits }] : [],
    ),
  );
  return {
    tested: of(split.test),
    judge: async (trials) => withProbabilities(await session.judge(trials, tensors), temperature),
    release: () => session.release(),
  };
}
