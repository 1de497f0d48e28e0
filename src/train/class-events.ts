/** How recordings come by their classes: by file name, annotations, or the events of a BIDS data set. */
import { EegError } from "../eeg/errors.ts";
import { modelHz } from "../model/encoder.ts";
import type { ClassRule } from "./config.ts";
import { patchEnd } from "../tokens/patch-grid.ts";

/** A stretch of time of one class, in samples of the model's grid. */
export interface ClassEvent {
  /** Index of the class. */
  readonly label: number;
  readonly onset: number;
  /** Patches that end from here ... */
  readonly from: number;
  /** ... up to here are of the class. */
  readonly to: number;
}

/** An annotation or a row of events, in seconds from the start. */
export interface TextEvent {
  readonly onsetSeconds: number;
  /** Null where nothing is said. */
  readonly durationSeconds: number | null;
  readonly text: string;
}

/**
 * The class of a whole recording by its name.
 * @throws EegError TRAINING_DATA if no pattern or several match
 */
export function classByName(
  rule: ClassRule & { from: "file-name" },
  labels: readonly string[],
  path: string,
): ClassEvent {
  const matching = labels.filter((label) => new RegExp(rule.patterns[label]!, "u").test(path));
  if (matching.length === 0)
    throw new EegError("TRAINING_DATA", `${path}: no pattern of data.classes matches its name`);
  if (matching.length > 1)
    throw new EegError(
      "TRAINING_DATA",
      `${path}: the patterns of ${matching.join(" and ")} (data.classes) both match its name`,
    );
  return { label: labels.indexOf(matching[0]!), onset: 0, from: 0, to: Infinity };
}

/** The classes that texts mean, in order of time. Texts that no class names are left out. */
export function classByText(
  rule: Exclude<ClassRule, { from: "file-name" }>,
  labels: readonly string[],
  events: readonly TextEvent[],
): ClassEvent[] {
  const classOf = new Map(
    labels.flatMap((label, index) => rule.texts[label]!.map((text) => [text, index] as const)),
  );
  return events
    .flatMap(({ text, onsetSeconds, durationSeconds }) => {
      const label = classOf.get(text.trim());
      if (label === undefined) return [];
      const begin = onsetSeconds + rule.offsetSeconds;
      const end =
        rule.lengthSeconds === undefined ? onsetSeconds + (durationSeconds ?? 0) : begin + rule.lengthSeconds;
      const onset = Math.round(onsetSeconds * modelHz);
      return [{ label, onset, from: Math.round(begin * modelHz), to: Math.round(end * modelHz) }];
    })
    .toSorted((a, b) => a.onset - b.onset);
}

/** The class at the end of each patch, or -1; where events overlap, that of the later. */
export function patchLabels(events: readonly ClassEvent[], nPatches: number): Int8Array {
  const labels = new Int8Array(nPatches).fill(-1);
  for (const { label, from, to } of events)
    for (let p = 0; p < nPatches; p++) if (patchEnd(p) >= from && patchEnd(p) <= to) labels[p] = label;
  return labels;
}

/** A time at which a decision counts, and the class that is there. */
export interface JudgedTime {
  readonly seconds: number;
  readonly truth: number;
}

/** Every so often, where there is a class; or so long after the onset of each event of a class. */
export type JudgeRule = { readonly everySeconds: number } | { readonly afterEventSeconds: number };

/** The times at which decisions count, within a recording of so many samples of the model's grid. */
export function judgedTimes(rule: JudgeRule, events: readonly ClassEvent[], nSamples: number): JudgedTime[] {
  if ("afterEventSeconds" in rule)
    return events
      .map(({ label, onset }) => ({ truth: label, seconds: onset / modelHz + rule.afterEventSeconds }))
      .filter(({ seconds }) => seconds * modelHz <= nSamples);
  const judged: JudgedTime[] = [];
  for (let k = 1; k * rule.everySeconds * modelHz <= nSamples; k++) {
    const seconds = k * rule.everySeconds;
    const event = events.findLast(({ from, to }) => seconds * modelHz >= from && seconds * modelHz <= to);
    if (event) judged.push({ truth: event.label, seconds });
  }
  return judged;
}

/**
 * The rows of a BIDS `events.tsv` (Brain Imaging Data Structure 1.10, task events): onset and duration in seconds.
 * @throws EegError TRAINING_DATA if a column is absent or an onset is no number
 */
export function parseEvents(text: string, column: string, place: string): TextEvent[] {
  const [head = "", ...rows] = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const names = head.split("\t");
  const [onset, duration, kind] = ["onset", "duration", column].map((name) => names.indexOf(name)) as [
    number,
    number,
    number,
  ];
  if (onset < 0 || kind < 0)
    throw new EegError(
      "TRAINING_DATA",
      `${place}: no column '${onset < 0 ? "onset" : column}'; it has ${names.join(", ")}`,
    );
  return rows.flatMap((row, i) => {
    if (row.trim() === "") return [];
    const cells = row.split("\t");
    const onsetSeconds = Number(cells[onset]);
    if (cells[onset]?.trim() === "" || !Number.isFinite(onsetSeconds))
      throw new EegError(
        "TRAINING_DATA",
        `${place}, line ${i + 2}: expected an onset in seconds, got '${cells[onset] ?? ""}'`,
      );
    const durationSeconds = Number.parseFloat(cells[duration] ?? "");
    return [
      {
        onsetSeconds,
        durationSeconds: Number.isFinite(durationSeconds) ? durationSeconds : null,
        text: cells[kind] ?? "",
      },
    ];
  });
}
