import type { ActionMetrics } from "../train/action-metrics.ts";
import type { Metrics } from "../train/metrics.ts";

/** What one decoder came to. */
export interface MetricColumn {
  readonly name: string;
  readonly metrics: Metrics;
  /** Null where it decides at single times only. */
  readonly actions: ActionMetrics | null;
}

/** A table of the figures, decoders side by side, then each subject's balanced accuracy. */
export function metricLines(columns: readonly MetricColumn[]): string[] {
  const line = (name: string, of: (column: MetricColumn) => string): string =>
    name.padEnd(28) + columns.map((column) => of(column).padStart(18)).join("");
  const row = (name: string, of: (metrics: Metrics) => string): string =>
    line(name, ({ metrics }) => of(metrics));
  const acted = (name: string, of: (actions: ActionMetrics) => string): string =>
    line(name, ({ actions }) => (actions ? of(actions) : ""));
  const persons = columns[0]!.metrics.subjects.map(({ subject }) =>
    row(
      `  ${subject}`,
      ({ subjects }) => subjects.find((one) => one.subject === subject)?.balancedAccuracy.toFixed(3) ?? "",
    ),
  );
  const changes = columns.some(({ actions }) => (actions?.changes ?? 0) > 0);
  return [
    line("", ({ name }) => name),
    row("balanced accuracy", ({ balancedAccuracy }) => balancedAccuracy.toFixed(3)),
    row("  95 % over subjects", ({ interval: [low, high] }) => `${low.toFixed(3)}-${high.toFixed(3)}`),
    row("  worst tenth of subjects", ({ worstTenth }) => worstTenth.toFixed(3)),
    ...(columns.some(({ metrics }) => metrics.abstained > 0)
      ? [row("right, of labels given", ({ rightOfDecided }) => rightOfDecided?.toFixed(3) ?? "n/a")]
      : []),
    row("AUC", ({ auc }) => auc.toFixed(3)),
    row("log loss (nats)", ({ logLoss }) => logLoss.toFixed(3)),
    row("calibration error (ECE)", ({ ece }) => ece.toFixed(3)),
    row("decisions, abstained", ({ n, abstained }) => `${n}, ${abstained}`),
    ...(columns.some(({ actions }) => actions)
      ? [
          acted(
            "false activations a minute",
            ({ falseActivationsPerMinute }) => falseActivationsPerMinute?.toFixed(2) ?? "n/a",
          ),
        ]
      : []),
    ...(columns.some(({ actions }) => (actions?.labelledAtRest ?? null) !== null)
      ? [
          acted("labels while at rest", ({ labelledAtRest }) =>
            labelledAtRest === null ? "n/a" : `${(100 * labelledAtRest).toFixed(0)} %`,
          ),
        ]
      : []),
    ...(changes
      ? [
          acted("first right label after", ({ secondsToFirstRight }) =>
            secondsToFirstRight === null ? "never" : `${secondsToFirstRight.toFixed(1)} s (median)`,
          ),
          acted("changes, never followed", ({ changes: n, missed }) => `${n}, ${missed}`),
        ]
      : []),
    row("subjects", ({ subjects }) => String(subjects.length)),
    ...persons,
  ];
}

/** The column of the baseline, if there is one. */
export function besides(baseline: Metrics | null): MetricColumn[] {
  return baseline ? [{ name: "band power + LDA", metrics: baseline, actions: null }] : [];
}
