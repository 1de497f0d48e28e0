/** The classical decoders of motor imagery, fitted and judged on the same folds as a model. Nothing is tuned. */
import { discriminate, fitDiscriminant } from "./discriminant.ts";
import { fitLogistic, logisticProbabilities } from "./logistic-regression.ts";
import { softmax, type Judged } from "./metrics.ts";
import { fitSpatialPatterns, patternFeatures } from "./spatial-patterns.ts";
import { isPlain, type DataSet } from "./recording-data.ts";
import { foldSplit } from "./split.ts";
import type { Symmetric } from "./symmetric.ts";
import { fitTangentPoint, tangentFeatures } from "./tangent-space.ts";
import { type TrialCovariance, trialCovariances } from "./trial-covariance.ts";

/** Three spatial filters for each of two classes and shrinkage LDA; or tangent space and logistic regression. */
type CovarianceBaseline = "csp-lda" | "tangent-logistic";

/** Filters for each class. */
const pairs = 3;
/** Of the weights of a logistic regression. */
const decay = 0.1;

type Decide = (covariance: Symmetric) => readonly number[];

/**
 * Fits a baseline to covariances of two classes.
 * @returns what gives the classes' probabilities
 * @internal for tests
 */
export function fitCovarianceBaseline(
  baseline: CovarianceBaseline,
  covariances: readonly Symmetric[],
  classes: readonly number[],
): Decide {
  if (baseline === "csp-lda") {
    const filters = fitSpatialPatterns(covariances, classes, pairs);
    const rows = covariances.map((covariance) => patternFeatures(filters, covariance));
    const fitted = fitDiscriminant(rows, classes, 2);
    return (covariance) => softmax(discriminate(fitted, patternFeatures(filters, covariance)));
  }
  const point = fitTangentPoint(covariances);
  const rows = covariances.map((covariance) => tangentFeatures(point, covariance));
  const fitted = fitLogistic(rows, classes, { decay });
  return (covariance) => logisticProbabilities(fitted, tangentFeatures(point, covariance));
}

interface CovarianceFolds {
  readonly folds: number;
  /** Recordings as they are, or aligned to their subjects. */
  readonly view: "plain" | "aligned";
}

/**
 * All folds of both baselines: fitted to everybody outside the test, for there is nothing to choose.
 * @throws RangeError unless the data set has two classes
 */
export function crossValidateCovariances(
  data: DataSet,
  { folds, view }: CovarianceFolds,
): Readonly<Record<CovarianceBaseline, readonly Judged[]>> {
  if (data.labels.length !== 2)
    throw new RangeError(`covariance baselines tell two classes apart, got ${data.labels.length}`);
  const trials = trialCovariances(data.recordings.filter((one) => isPlain(one) === (view === "plain")));
  return {
    "csp-lda": crossValidate("csp-lda", trials, folds),
    "tangent-logistic": crossValidate("tangent-logistic", trials, folds),
  };
}

function crossValidate(
  baseline: CovarianceBaseline,
  trials: readonly TrialCovariance[],
  folds: number,
): readonly Judged[] {
  const subjects = trials.map(({ subject }) => subject);
  return Array.from({ length: folds }, (_, fold) => fold).flatMap((fold) => {
    const { test } = foldSplit(subjects, { folds, fold, choose: 0 });
    const learned = trials.filter(({ subject, covariance }) => covariance && !test.includes(subject));
    const decide = fitCovarianceBaseline(
      baseline,
      learned.map(({ covariance }) => covariance!),
      learned.map(({ truth }) => truth),
    );
    return trials
      .filter(({ subject }) => test.includes(subject))
      .map(({ subject, truth, covariance }) => ({
        subject,
        truth,
        probabilities: covariance && decide(covariance),
      }));
  });
}
