/** Trains in the way that a configuration asks for, and judges what came out of it in the same way. */
import { EegError } from "../eeg/errors.ts";
import type { Tensors } from "./adamw.ts";
import { encoderSizes } from "./config.ts";
import { covarianceSet } from "./covariance-set.ts";
import { judgeRecordings, type JudgedPatch } from "./judge.ts";
import { centreOf } from "./personal-centre.ts";
import type { TrainingRecording } from "./recording-data.ts";
import { train, type TrainOptions } from "./train.ts";
import { judgeCovariances, trainCovariances } from "./train-covariances.ts";
import { createWholeRecordings } from "./whole-recordings.ts";

export interface TrainedJudge {
  readonly weights: Tensors;
  /** The trained model's decisions where they count. */
  readonly judge: (recordings: readonly TrainingRecording[]) => Promise<JudgedPatch[]>;
}

/** @throws EegError TRAINING_DATA, CONFIG_INVALID, ENGINE_UNAVAILABLE; the signal's reason once it was aborted */
export async function trainJudged(options: TrainOptions): Promise<TrainedJudge> {
  const { config, data, threads = 2 } = options;
  if (config.recipe.powers === "covariances") {
    if (options.from)
      throw new EegError(
        "CONFIG_INVALID",
        'recipe.powers: training that goes on from a model needs "samples"',
      );
    const covariances = await covarianceSet(data, config, threads);
    const weights = await trainCovariances({ ...options, covariances });
    return {
      weights,
      judge: (recordings) => judgeCovariances(recordings, { config, covariances, weights, threads }),
    };
  }
  const weights = await train(options);
  return {
    weights,
    async judge(recordings) {
      const whole = await createWholeRecordings({ ...config, sizes: encoderSizes(config), data, threads });
      const judged = await judgeRecordings(whole, recordings, {
        weights,
        sizes: encoderSizes(config),
        minContextSeconds: config.minContextSeconds,
        centre: centreOf(config),
      });
      await whole.release();
      return judged;
    },
  };
}
