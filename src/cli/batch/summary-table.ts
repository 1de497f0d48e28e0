import type { RunFigures } from "../summary.ts";
import { clock } from "../terminal.ts";

/** What became of one recording. */
export interface Outcome {
  readonly name: string;
  readonly status: "done" | "kept" | "failed";
  readonly figures: RunFigures | null;
  /** Where its result lies, or why there is none. */
  readonly says: string;
}

/** summary.tsv: a row for each recording. */
export function summaryTsv(outcomes: readonly Outcome[], labels: readonly string[]): string {
  const columns = [
    "file",
    "status",
    "seconds",
    "decisions",
    ...labels,
    "none",
    "balanced_accuracy",
    "result",
  ];
  const rows = outcomes.map(({ name, status, figures, says }) => {
    const counts = figures ? labels.map((label) => figures.labels[label] ?? 0) : labels.map(() => "n/a");
    return [
      name,
      status,
      figures?.durationSeconds ?? "n/a",
      figures?.decisions ?? "n/a",
      ...counts,
      figures ? noneOf(figures) : "n/a",
      figures?.balancedAccuracy?.toFixed(4) ?? "n/a",
      says.replace(/[\t\r\n]+/g, " "),
    ];
  });
  return [columns, ...rows].map((row) => row.join("\t") + "\n").join("");
}

/** For people: a row for each recording with a result, and what went wrong below. */
export function summaryLines(outcomes: readonly Outcome[], labels: readonly string[]): string[] {
  const decoded = outcomes.filter(({ figures }) => figures !== null);
  const width = Math.max(4, ...decoded.map(({ name }) => name.length));
  const cells = labels.map((label) => Math.max(6, label.length));
  const share = (n: number, figures: RunFigures): string =>
    figures.decisions > 0 ? `${((100 * n) / figures.decisions).toFixed(1)} %` : "";
  const row = (
    [name, length, ...shares]: readonly [string, string, ...string[]],
    agreement: string,
  ): string =>
    `${name.padEnd(width)}  ${length.padStart(8)}  ${shares.map((text, i) => text.padStart(cells[i] ?? 7)).join("  ")}  ${agreement.padStart(9)}`.trimEnd();
  const lines =
    decoded.length === 0
      ? []
      : [
          row(["file", "length", ...labels, "none"], "agreement"),
          ...decoded.map(({ name, figures }) =>
            row(
              [
                name,
                clock(figures!.durationSeconds),
                ...labels.map((label) => share(figures!.labels[label] ?? 0, figures!)),
                share(noneOf(figures!), figures!),
              ],
              figures!.balancedAccuracy === null ? "" : `${(100 * figures!.balancedAccuracy).toFixed(1)} %`,
            ),
          ),
        ];
  const failed = outcomes.filter(({ status }) => status === "failed");
  return [
    ...lines,
    ...failed.map(({ name, says }) => `failed: ${says.startsWith(name) ? says : `${name}: ${says}`}`),
  ];
}

function noneOf({ decisions, labels }: RunFigures): number {
  return decisions - Object.values(labels).reduce((sum, n) => sum + n, 0);
}
