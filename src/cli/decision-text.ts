import type { Decision } from "../eeg/decision.ts";
import { bidsEvents } from "../report/bids.ts";
import { clock } from "./terminal.ts";

export const decisionFormats = ["table", "jsonl", "tsv", "bids"] as const;
export type DecisionFormat = (typeof decisionFormats)[number];

/** Turns decisions into text as they come. */
export interface DecisionText {
  header(): string;
  push(decision: AnnotatedDecision): string;
  end(): string;
}

/** A decision at an annotation says which. */
export interface AnnotatedDecision extends Decision {
  readonly annotation?: { readonly text: string; readonly onsetSeconds: number };
}

export interface DecisionTextOptions {
  /** `jsonl`: one object a decision; `tsv`: one row a decision; `bids`: events.tsv; `table`: for people. */
  readonly format: DecisionFormat;
  /** What a row of the table, or an event of BIDS, is: a stretch of decisions that say the same, or each decision. */
  readonly tableOf: "stretches" | "decisions";
  /** Of the model, in its order. */
  readonly labels: readonly string[];
}

export function decisionText({ format, tableOf, labels }: DecisionTextOptions): DecisionText {
  if (format === "jsonl")
    return { header: () => "", push: (decision) => JSON.stringify(decision) + "\n", end: () => "" };
  if (format === "tsv") return rows(labels);
  if (format === "bids") return bidsEvents({ labels, eventOf: tableOf });
  return tableOf === "stretches" ? stretches(labels) : each(labels);
}

function each(labels: readonly string[]): DecisionText {
  const width = Math.max(12, ...labels.map((label) => label.length), "(channels-missing)".length);
  return {
    header: () => `${"time".padStart(9)}  ${"label".padEnd(width)}  ${"p".padStart(4)}  annotation\n`,
    push({ time, label, probability, reasons, annotation }) {
      const text = (label ?? `(${reasons[0] ?? "abstained"})`).padEnd(width);
      return `${clock(time).padStart(9)}  ${text}  ${(probability?.toFixed(2) ?? "").padStart(4)}  ${annotation?.text ?? ""}\n`;
    },
    end: () => "",
  };
}

function rows(labels: readonly string[]): DecisionText {
  const columns = [
    "sample",
    "time",
    "label",
    "probability",
    ...labels.map((label) => `p(${label})`),
    "reasons",
  ];
  return {
    header: () => columns.join("\t") + "\n",
    push({ sample, time, label, probability, probabilities, reasons }) {
      const each = labels.map((name) => probabilities?.[name] ?? "n/a");
      return (
        [sample, time, label ?? "n/a", probability ?? "n/a", ...each, reasons.join(",") || "n/a"].join("\t") +
        "\n"
      );
    },
    end: () => "",
  };
}

function stretches(labels: readonly string[]): DecisionText {
  const width = Math.max(12, ...labels.map((label) => label.length), "(channels-missing)".length);
  let current: { text: string; from: number; to: number; n: number; sum: number } | undefined;
  const row = (): string => {
    if (!current) return "";
    const { text, from, to, n, sum } = current;
    const mean = text.startsWith("(") ? "" : (sum / n).toFixed(2);
    return `${clock(from).padStart(9)} ${clock(to).padStart(9)}  ${text.padEnd(width)}  ${mean.padStart(4)}  ${String(n).padStart(6)}\n`;
  };
  return {
    header: () =>
      `${"from".padStart(9)} ${"to".padStart(9)}  ${"label".padEnd(width)}  ${"mean".padStart(4)}  ${"labels".padStart(6)}\n`,
    push({ time, label, probability, reasons }) {
      const text = label ?? `(${reasons[0] ?? "abstained"})`;
      if (current?.text === text) {
        current.to = time;
        current.n++;
        current.sum += probability ?? 0;
        return "";
      }
      const done = row();
      current = { text, from: time, to: time, n: 1, sum: probability ?? 0 };
      return done;
    },
    end: row,
  };
}
