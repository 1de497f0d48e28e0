/** How good decisions are, subject by subject. Nothing here knows a model. */
import { exp, log } from "../eeg/math.ts";
import { createRandom } from "../eeg/random.ts";

/** One decision that counts. */
export interface Judged {
  readonly subject: string;
  /** Index of the class that was there. */
  readonly truth: number;
  /** Of every class; null where the decoder abstained. */
  readonly probabilities: readonly number[] | null;
  /** Whether the decoder was fitted to the subject. @default false */
  readonly aligned?: boolean;
}

export interface SubjectMetrics {
  readonly subject: string;
  readonly n: number;
  readonly abstained: number;
  /** Mean over the classes of the share of their decisions that were right; an abstention is none. */
  readonly balancedAccuracy: number;
}

export interface Metrics {
  /** Decisions, and those among them that abstained. */
  readonly n: number;
  readonly abstained: number;
  /** Share of those with a label that were right; null where none had one. */
  readonly rightOfDecided: number | null;
  /** Means over subjects. */
  readonly balancedAccuracy: number;
  /** 95 % interval of that mean over subjects (percentile bootstrap, 2,000 draws, seeded). */
  readonly interval: readonly [low: number, high: number];
  /** Mean balanced accuracy of the worst tenth of the subjects. */
  readonly worstTenth: number;
  /** Area under the ROC curve over all decisions; with several classes the mean of each against the rest. */
  readonly auc: number;
  /** Mean negative logarithm of the truth's probability, in nats. */
  readonly logLoss: number;
  /** Expected calibration error of the label's probability, 10 bins of equal width (Guo et al. 2017). */
  readonly ece: number;
  readonly subjects: readonly SubjectMetrics[];
}

/** @throws RangeError if nothing was decided */
export function measure(judged: readonly Judged[], nClasses: number): Metrics {
  if (judged.length === 0) throw new RangeError("metrics of no decisions");
  const names = [...new Set(judged.map(({ subject }) => subject))].toSorted();
  const subjects = names.map((subject) =>
    ofSubject(
      subject,
      judged.filter((one) => one.subject === subject),
    ),
  );
  const accuracies = subjects.map(({ balancedAccuracy }) => balancedAccuracy);
  const decided = judged.filter(isDecided);
  return {
    n: judged.length,
    abstained: judged.length - decided.length,
    rightOfDecided:
      decided.length === 0
        ? null
        : mean(decided.map(({ truth, probabilities }) => (largest(probabilities) === truth ? 1 : 0))),
    balancedAccuracy: mean(accuracies),
    interval: bootstrap(accuracies),
    worstTenth: mean(accuracies.toSorted((a, b) => a - b).slice(0, Math.ceil(accuracies.length / 10))),
    auc: areaUnderCurve(decided, nClasses),
    logLoss: mean(decided.map(({ truth, probabilities }) => -log(Math.max(probabilities[truth]!, 1e-12)))),
    ece: calibrationError(decided),
    subjects,
  };
}

type Decided = Judged & { readonly probabilities: readonly number[] };

function isDecided(judged: Judged): judged is Decided {
  return judged.probabilities !== null;
}

function ofSubject(subject: string, judged: readonly Judged[]): SubjectMetrics {
  const classes = [...new Set(judged.map(({ truth }) => truth))];
  const shares = classes.map((c) => {
    const ofClass = judged.filter(({ truth }) => truth === c);
    return mean(ofClass.map(({ probabilities }) => (probabilities && largest(probabilities) === c ? 1 : 0)));
  });
  return {
    subject,
    n: judged.length,
    abstained: judged.filter(({ probabilities }) => probabilities === null).length,
    balancedAccuracy: mean(shares),
  };
}

/** The share of pairs of a decision of the class and one of another in which the first has the higher probability. */
function areaUnderCurve(decided: readonly Decided[], nClasses: number): number {
  const classes = nClasses === 2 ? [1] : Array.from({ length: nClasses }, (_, c) => c);
  const areas = classes.map((c) => {
    const sorted = decided
      .map(({ truth, probabilities }) => ({ score: probabilities[c]!, hit: truth === c }))
      .toSorted((a, b) => a.score - b.score);
    const hits = sorted.filter(({ hit }) => hit).length;
    // Equal scores share the mean of their ranks (Mann & Whitney 1947).
    let rankSum = 0;
    for (let from = 0, to = 0; from < sorted.length; from = to) {
      while (to < sorted.length && sorted[to]!.score === sorted[from]!.score) to++;
      const rank = (from + 1 + to) / 2;
      for (let i = from; i < to; i++) if (sorted[i]!.hit) rankSum += rank;
    }
    return (rankSum - (hits * (hits + 1)) / 2) / (hits * (sorted.length - hits));
  });
  return mean(areas);
}

function calibrationError(decided: readonly Decided[]): number {
  const nBins = 10;
  const bins = Array.from({ length: nBins }, () => ({ n: 0, right: 0, confidence: 0 }));
  for (const { truth, probabilities } of decided) {
    const label = largest(probabilities);
    const confidence = probabilities[label]!;
    const bin = bins[Math.min(nBins - 1, Math.floor(confidence * nBins))]!;
    bin.n++;
    bin.confidence += confidence;
    if (label === truth) bin.right++;
  }
  return bins.reduce((sum, { right, confidence }) => sum + Math.abs(right - confidence), 0) / decided.length;
}

function bootstrap(values: readonly number[]): [number, number] {
  const random = createRandom(1);
  const draws = 2000;
  const means = Array.from({ length: draws }, () =>
    mean(values.map(() => values[random.integer(values.length)]!)),
  );
  means.sort((a, b) => a - b);
  return [means[Math.floor(0.025 * draws)]!, means[Math.floor(0.975 * draws)]!];
}

/** Index of the largest number; the first among equals. */
function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** Probabilities of logits, divided by a temperature. */
export function softmax(logits: ArrayLike<number>, temperature = 1): number[] {
  const top = logits[largest(logits)]!;
  const powers = Array.from(logits, (logit) => exp((logit - top) / temperature));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

export function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
