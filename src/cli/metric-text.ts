import type { Metrics } from "../train/metrics.ts";

export interface Measured {
  readonly model: Metrics;
  /** Null where there is none. */
  readonly baseline: Metrics | null;
}

/** A table of the figures, the baseline beside the model, then each subject's balanced accuracy. */
export function metricLines({ model, baseline }: Measured): string[] {
  const columns = baseline ? [model, baseline] : [model];
  const persons = model.subjects.map(({ subject }) =>
    row(`  ${subject}`, ({ subjects }) =>
      subjects.find((one) => one.subject === subject)!.balancedAccuracy.toFixed(3),
    ),
  );
  function row(name: string, of: (metrics: Metrics) => string): string {
    return name.padEnd(28) + columns.map((metrics) => of(metrics).padStart(18)).join("");
  }
  return [
    row("", (metrics) => (metrics === model ? "model" : "band power + LDA")),
    row("balanced accuracy", ({ balancedAccuracy }) => balancedAccuracy.toFixed(3)),
    row("  95 % over subjects", ({ interval: [low, high] }) => `${low.toFixed(3)}-${high.toFixed(3)}`),
    row("  worst tenth of subjects", ({ worstTenth }) => worstTenth.toFixed(3)),
    row("AUC", ({ auc }) => auc.toFixed(3)),
    row("log loss (nats)", ({ logLoss }) => logLoss.toFixed(3)),
    row("calibration error (ECE)", ({ ece }) => ece.toFixed(3)),
    row("decisions, abstained", ({ n, abstained }) => `${n}, ${abstained}`),
    row("subjects", ({ subjects }) => String(subjects.length)),
    ...persons,
  ];
}
