/** Folds by subjects: trains in each, and judges the people that it left out, with the baseline beside it. */
import { baselineRows, fitBaseline, judgeBaseline } from "./baseline.ts";
import type { TrainingConfig } from "./config.ts";
import type { Watch } from "./descent.ts";
import { withProbabilities } from "./judge.ts";
import type { Judged } from "./metrics.ts";
import { isPlain, type DataSet } from "./recording-data.ts";
import { foldSplit, type Split } from "./split.ts";
import { fitTemperature } from "./temperature.ts";
import { trainJudged } from "./train-judged.ts";
import type { WarmStart } from "./warm-start.ts";

export interface FoldOptions extends Watch {
  readonly config: TrainingConfig;
  readonly data: DataSet;
  readonly folds: number;
  /** Share of the subjects outside the test who choose. */
  readonly choose: number;
  readonly seed: number;
  /** Which of the folds. */
  readonly fold: number;
  /** Who trains, chooses and tests instead of the fold's people, as where few of them are to train. */
  readonly split?: Split;
  /** Cores. @default 2 */
  readonly threads?: number;
  /** Weights to go on from. @default none: fresh ones */
  readonly from?: WarmStart;
}

/** One fold: the decisions that count of the people who were left out. */
export async function trainFold(options: FoldOptions): Promise<readonly Judged[]> {
  const { data } = options;
  const subjects = data.recordings.map(({ subject }) => subject);
  const split = options.split ?? foldSplit(subjects, options);
  const { judge: judgeThem } = await trainJudged({ ...options, split });
  const judge = (of: readonly string[]) => judgeThem(recordingsOf(data, of));
  const temperature = fitTemperature(
    (await judge(split.choose)).flatMap(({ truth, logits }) => (logits ? [{ truth, logits }] : [])),
  );
  return withProbabilities(await judge(split.test), temperature);
}

/** All folds of the baseline. It has nothing to choose, so it is fitted to everybody outside the test. */
export function crossValidateBaseline(data: DataSet, folds: number): readonly Judged[] {
  const rows = baselineRows(data.recordings.filter(isPlain));
  const subjects = data.recordings.map(({ subject }) => subject);
  return Array.from({ length: folds }, (_, fold) => fold).flatMap((fold) => {
    const { test } = foldSplit(subjects, { folds, fold, choose: 0 });
    const fitted = fitBaseline(
      rows.filter(({ subject }) => !test.includes(subject)),
      data.labels.length,
    );
    return judgeBaseline(
      fitted,
      rows.filter(({ subject }) => test.includes(subject)),
    );
  });
}

export function recordingsOf(data: DataSet, subjects: readonly string[]): DataSet["recordings"] {
  return data.recordings.filter(({ subject }) => subjects.includes(subject));
}
