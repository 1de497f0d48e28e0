import type { Decision } from "../eeg/decision.ts";
import type { AnnotationSummary } from "../formats/recording.ts";
import { clock } from "./terminal.ts";

/** Gathers what a decoding run comes to, in constant memory but for a strip of the labels over time. */
export interface RunSummary {
  push(decision: Decision): void;
  /**
   * For people, a line each.
   * @param wallSeconds what the run took, or null where a pace was asked for
   */
  lines(wallSeconds: number | null): string[];
  figures(): RunFigures;
}

/** The same for a table of many recordings. */
export interface RunFigures {
  readonly durationSeconds: number;
  readonly decisions: number;
  /** Decisions with each label. */
  readonly labels: Readonly<Record<string, number>>;
  /** By the recording's annotations; null where they name fewer than two labels. */
  readonly balancedAccuracy: number | null;
}

interface Task {
  readonly labels: readonly string[];
  /** Null where it is not known before the end: no strip is drawn then. */
  readonly durationSeconds: number | null;
  readonly annotations: readonly AnnotationSummary[];
  /** How far back a label looks; null where that is the model's own affair. */
  readonly contextSeconds: number | null;
}

const columns = 60;

export function createRunSummary({ labels, durationSeconds, annotations, contextSeconds }: Task): RunSummary {
  const truth = annotations.filter(
    (annotation) => labels.includes(annotation.text) && (annotation.durationSeconds ?? 0) > 0,
  );
  const votes = Array.from({ length: columns }, () => new Uint32Array(labels.length));
  const right = new Map<string, { right: number; n: number }>();
  const abstained = new Map<string, number>();
  const costs = createQuantiles();
  let n = 0;
  let busyMs = 0;
  let latest = 0;

  function truthAt(time: number): string | undefined {
    return truth.find(
      ({ onsetSeconds, durationSeconds: d }) => time > onsetSeconds && time <= onsetSeconds + d!,
    )?.text;
  }

  function push({ label, time, reasons, timing }: Decision): void {
    n++;
    latest = time;
    if (timing) {
      const cost = timing.tokenMs + timing.encodeMs;
      busyMs += cost;
      costs.push(cost);
    }
    if (label === null) {
      const reason = reasons[0] ?? "low-confidence";
      abstained.set(reason, (abstained.get(reason) ?? 0) + 1);
      return;
    }
    const column = Math.min(columns - 1, Math.floor((time / (durationSeconds ?? Infinity)) * columns));
    votes[column]![labels.indexOf(label)]!++;
    const annotated = truthAt(time);
    if (annotated === undefined) return;
    const count = right.get(annotated) ?? { right: 0, n: 0 };
    right.set(annotated, { right: count.right + (label === annotated ? 1 : 0), n: count.n + 1 });
  }

  function balancedAccuracy(): number | null {
    const recalls = [...right.values()].map((count) => count.right / count.n);
    return recalls.length > 1 ? sum(recalls) / recalls.length : null;
  }

  function lines(wallSeconds: number | null): string[] {
    const lasted = durationSeconds ?? latest;
    const silent = [...abstained].map(([reason, count]) => `${count} ${reason}`).join(", ");
    const out = [
      `labels       ${n - sum(abstained.values())} in ${clock(lasted)}${silent ? `, none given: ${silent}` : ""}`,
    ];
    if (truth.length > 0) {
      const step = lasted / columns;
      out.push(`annotated    ${strip((column) => labels.indexOf(truthAt((column + 0.5) * step) ?? ""))}`);
    }
    if (durationSeconds !== null) {
      out.push(`decoded      ${strip((column) => mostVoted(votes[column]!))}`);
      out.push(
        `             ${labels.map((label, i) => `${glyphs[i % glyphs.length]} ${label}`).join("   ")}`,
      );
    }
    if (right.size > 1) {
      const each = [...right]
        .map(([label, count]) => `${label} ${percent(count.right / count.n)} of ${count.n}`)
        .join(", ");
      out.push(
        `agreement    balanced accuracy ${percent(balancedAccuracy()!)} with the recording's annotations (${each})`,
      );
      if (contextSeconds !== null)
        out.push(
          `             a label looks back ${contextSeconds.toFixed(1)} s, so it follows a change some seconds late`,
        );
    }
    if (costs.n > 0) {
      const at = (share: number): string => (costs.at(share) * 1000).toFixed(0);
      const seconds = wallSeconds ?? busyMs / 1000;
      out.push(
        `speed        ${Math.round(lasted / seconds)} times real time${wallSeconds === null ? " (waiting for the pace left out)" : ""}; a label takes ${at(0.5)} µs (median), ${at(0.99)} µs (99 %)`,
      );
    }
    return out;
  }

  function figures(): RunFigures {
    const given = labels.map((_, i) => sum(votes.map((column) => column[i]!)));
    return {
      durationSeconds: durationSeconds ?? latest,
      decisions: n,
      labels: Object.fromEntries(labels.map((label, i) => [label, given[i]!])),
      balancedAccuracy: balancedAccuracy(),
    };
  }

  return { push, lines, figures };
}

/** Quantiles of positive numbers, to within a hundredth of their value and in constant memory. */
function createQuantiles(): { readonly n: number; push(value: number): void; at(share: number): number } {
  const [least, ratio] = [1e-6, 1.01];
  const counts = new Uint32Array(4096); // up to 5e11
  let n = 0;
  return {
    get n() {
      return n;
    },
    push(value) {
      const bin = Math.round(Math.log(Math.max(value, least) / least) / Math.log(ratio));
      counts[Math.min(bin, counts.length - 1)]!++;
      n++;
    },
    at(share) {
      let left = Math.floor(share * n);
      const bin = counts.findIndex((count) => (left -= count) < 0);
      return least * ratio ** (bin < 0 ? counts.length - 1 : bin);
    },
  };
}

const glyphs = ["▁", "█", "▄", "▆", "▂"];

function strip(labelAt: (column: number) => number): string {
  return Array.from({ length: columns }, (_, column) => {
    const label = labelAt(column);
    return label < 0 ? "·" : glyphs[label % glyphs.length];
  }).join("");
}

function mostVoted(counts: Uint32Array): number {
  let best = -1;
  let most = 0;
  counts.forEach((count, label) => {
    if (count > most) [best, most] = [label, count];
  });
  return best;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
