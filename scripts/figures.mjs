// What the tables of models share: figures over people and seeds, and trainings that are done once.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { measure, recordingsCache } from "../dist/index.node.js";

/** Figures of a decoder over seeds: the mean of each, and how far seeds lie apart. */
export function summaryOf(all, nClasses) {
  const metrics = all.map((judged) => measure(judged, nClasses));
  const of = (pick) => average(metrics.map(pick));
  const mean = of((m) => m.balancedAccuracy);
  const squares = metrics.map((m) => (m.balancedAccuracy - mean) ** 2);
  return {
    balancedAccuracy: round(mean),
    spread: all.length > 1 ? round(Math.sqrt(average(squares) * (all.length / (all.length - 1)))) : null,
    seeds: all.length,
    low: round(of((m) => m.interval[0])),
    high: round(of((m) => m.interval[1])),
    worstTenth: round(of((m) => m.worstTenth)),
    auc: round(of((m) => m.auc)),
    logLoss: round(of((m) => m.logLoss)),
    ece: round(of((m) => m.ece)),
  };
}

export function average(values) {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

export function round(value) {
  return Math.round(value * 1e4) / 1e4;
}

/** Where the trainings of a table are kept: another configuration has another place. */
export function keptTrainings(table, configuration) {
  const of = createHash("sha256").update(configuration).digest("hex");
  return join(recordingsCache(), table, of.slice(0, 12));
}

/** Decisions about people as they are, or about their recordings aligned to them. */
export function ofView(judged, view) {
  return judged.filter((one) => (one.aligned === true) === (view === "aligned"));
}

/** What a file holds as JSON; if there is none it is made, and kept there. */
export async function remembered(path, make) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    mkdirSync(dirname(path), { recursive: true });
    const made = await make();
    writeFileSync(path, JSON.stringify(made));
    return made;
  }
}
