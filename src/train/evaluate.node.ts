/** How well a model decodes recordings whose classes are known, with its baseline beside it. */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { createActing, type Acting, type ActingOptions } from "../decode/acting.ts";
import type { Calibration } from "../decode/calibration.ts";
import { decode } from "../decode/decode.ts";
import { idleLabel } from "../decode/idle.ts";
import { inputStage } from "../decode/input.ts";
import { electrode } from "../eeg/electrodes.ts";
import { EegError } from "../eeg/errors.ts";
import type { Item } from "../eeg/item.ts";
import { through } from "../eeg/stage.ts";
import { openFile } from "../formats/open.node.ts";
import type { Recording } from "../formats/recording.ts";
import { modelHz } from "../model/encoder.ts";
import type { Model } from "../model/model.ts";
import { isWindowModel, type AnyModel } from "../model/window-model.ts";
import { pickStage } from "../signal/pick.ts";
import {
  createActionTally,
  type ActionCount,
  type ActionMetrics,
  type ActionTally,
} from "./action-metrics.ts";
import { baselineRows, judgeBaseline } from "./baseline.ts";
import { parseBaseline, type StoredBaseline } from "./baseline-file.ts";
import { judgedTimes, type JudgedTime, type JudgeRule } from "./class-events.ts";
import { measure, type Judged, type Metrics } from "./metrics.ts";
import { collectStretch, patchEndingBy } from "./recording-data.ts";
import { recordingEvents, unmeaning, type Truth } from "./recording-events.node.ts";

export interface EvaluateOptions {
  readonly model: AnyModel;
  /** Folder of the model, for its `baseline.json`. @default none: no baseline is given */
  readonly folder?: string;
  readonly files: readonly string[];
  /**
   * Where the truth comes from. Its texts may name `rest` or `idle` beside the labels of a model that has neither: then
   * nothing is being done, no decision counts for accuracy, and labels that come up are false activations.
   */
  readonly truth: Truth;
  /** Which decisions count. @default every 4 seconds */
  readonly judge?: JudgeRule;
  /** What labels go through before they are acted on; accuracy is that of what comes out. @default nothing */
  readonly acting?: ActingOptions;
  /** Each subject's calibration: the model is measured with and without. @default none: without */
  readonly calibration?: (subject: string) => Promise<Calibration>;
  /** Only these channels of every recording, such as a headset has. @default all */
  readonly channels?: readonly string[];
  /** Regular expression whose first group names the subject in a path. @default `S001` and `sub-01` are found, else the file */
  readonly subject?: string;
  readonly onFile?: (done: { readonly files: number; readonly of: number }) => void;
}

export interface CalibratedEvaluation {
  readonly model: Metrics;
  readonly actions: ActionMetrics;
  /** Subjects whose balanced accuracy rose, and those whose fell; the others' stayed. */
  readonly helped: number;
  readonly hurt: number;
}

export interface Evaluation {
  readonly model: Metrics;
  /** Of all decisions, not only of those that count. */
  readonly actions: ActionMetrics;
  /** The same model fitted to each subject; null where no calibration was given. */
  readonly calibrated: CalibratedEvaluation | null;
  /** Null where the model has none, or a recording lacks an electrode of it. */
  readonly baseline: Metrics | null;
}

/** @throws EegError TRAINING_DATA where no decision counts; and what opening and decoding throw */
export async function evaluateFiles(options: EvaluateOptions): Promise<Evaluation> {
  const { model, folder, files, judge = { everySeconds: 4 } } = options;
  const { labels } = model.manifest;
  // The baseline knows the electrodes that it was fitted on, and no fewer.
  const encoder = isWindowModel(model) ? null : model;
  const hasBaseline = encoder !== null && folder !== undefined && options.channels === undefined;
  const baseline = !hasBaseline ? null : await readBaseline(join(folder, "baseline.json"));
  const acting = createActing(model, options.acting ?? {});
  const nothing = nothingOf(options.truth, labels);
  const classes = nothing === null ? labels : [...labels, nothing];
  const plain = createRun(labels, nothing);
  /** A decoder from elsewhere that scales by a person's recording decodes nobody without. */
  const needsPerson = isWindowModel(model) && model.manifest.input.normalisation.way === "calibration";
  const fitted = options.calibration && !needsPerson && createRun(labels, nothing);
  let beside: Judged[] | null = baseline && [];
  const texts = new Set<string>();
  for (const [i, file] of files.entries()) {
    const subject = subjectOf(file, options.subject);
    const recording = await openFile(file);
    try {
      const events = await recordingEvents(recording, file, { truth: options.truth, labels: classes });
      const { durationSeconds, annotations } = await recording.summary();
      for (const { text } of annotations) texts.add(text);
      const times = judgedTimes(judge, events, durationSeconds * modelHz).filter(
        ({ truth }) => truth < labels.length,
      );
      for (const run of fitted ? [plain, fitted] : [plain]) {
        const count = run.tally.recording(events);
        const calibration = run === fitted || needsPerson ? await options.calibration?.(subject) : undefined;
        const items = options.channels
          ? through(recording.items(), pickStage(options.channels))
          : recording.items();
        const decided = await judgeFile(items, times, { model, acting, count, calibration });
        count.end(durationSeconds);
        run.judged.push(...decided.map((one) => ({ ...one, subject })));
      }
      const rows = beside && (await judgeBesides(baseline!, { model: encoder!, recording, times, subject }));
      beside = rows && [...beside!, ...rows];
    } finally {
      await recording.close();
    }
    options.onFile?.({ files: i + 1, of: files.length });
  }
  if (plain.judged.length === 0)
    throw new EegError(
      "TRAINING_DATA",
      `no decision of ${files.join(", ")} falls where a class is known${options.truth.from === "annotations" ? `: ${unmeaning(texts, labels)}` : ""}`,
    );
  const metrics = measure(plain.judged, labels.length);
  return {
    model: metrics,
    actions: plain.tally.measure(),
    calibrated: fitted ? compare(metrics, fitted, labels.length) : null,
    baseline: beside && measure(beside, labels.length),
  };
}

/** What one decoder comes to over all files. */
interface Run {
  readonly judged: Judged[];
  readonly tally: ActionTally;
}

function createRun(labels: readonly string[], nothing: string | null): Run {
  return { judged: [], tally: createActionTally(labels, nothing) };
}

/** What the truth calls doing nothing, where the model has no label for it. */
function nothingOf(truth: Truth, labels: readonly string[]): string | null {
  if (truth.from === "file-name" || idleLabel(labels) !== null) return null;
  return idleLabel(Object.keys(truth.texts ?? {}));
}

function compare(plain: Metrics, { judged, tally }: Run, nClasses: number): CalibratedEvaluation {
  const model = measure(judged, nClasses);
  const gains = model.subjects.map(
    ({ balancedAccuracy }, i) => balancedAccuracy - plain.subjects[i]!.balancedAccuracy,
  );
  return {
    model,
    actions: tally.measure(),
    helped: gains.filter((gain) => gain > 0).length,
    hurt: gains.filter((gain) => gain < 0).length,
  };
}

interface Judging {
  readonly model: AnyModel;
  readonly acting: Acting;
  readonly count: ActionCount;
  readonly calibration: Calibration | undefined;
}

/** The last decision at or before each of the times. */
async function judgeFile(
  items: AsyncIterable<Item>,
  times: readonly JudgedTime[],
  { model, acting, count, calibration }: Judging,
): Promise<Omit<Judged, "subject">[]> {
  const { labels } = model.manifest;
  const waiting = times.toSorted((a, b) => a.seconds - b.seconds);
  const judged: Omit<Judged, "subject">[] = [];
  let last: readonly number[] | null = null;
  // A time in seconds is a quotient of whole numbers: a hair of tolerance takes its rounding away.
  const flush = (until: number) => {
    while (waiting.length > 0 && waiting[0]!.seconds < until - 1e-9)
      judged.push({ truth: waiting.shift()!.truth, probabilities: last });
  };
  const decisions = decode(acting.watch(items), model, {
    clock: "none",
    stages: acting.stages,
    ...(calibration && { calibration }),
  });
  for await (const { time, label, abstained, probabilities, reasons } of decisions) {
    flush(time);
    count.push({ time, label, reasons });
    last = abstained || !probabilities ? null : labels.map((label) => probabilities[label]!);
  }
  flush(Infinity);
  return judged;
}

interface Beside {
  readonly model: Model;
  readonly recording: Recording;
  readonly times: readonly JudgedTime[];
  readonly subject: string;
}

/** The baseline's decisions at the same times; null if the recording lacks an electrode of it. */
async function judgeBesides(
  { electrodes, discriminant }: StoredBaseline,
  { model, recording, times, subject }: Beside,
): Promise<Judged[] | null> {
  const stage = inputStage(model.manifest)(recording.streams[recording.defaultStream]!);
  const names = stage.output.channels.map(({ label }) => electrode(label)?.name);
  const rows = electrodes.map((name) => names.indexOf(name));
  if (rows.includes(-1)) return null;
  async function* items() {
    for await (const item of recording.items()) if (item.kind !== "info") yield* stage.push(item);
    yield* stage.end();
  }
  const { settleSamples } = stage.output;
  const stretch = await collectStretch(items(), { rows, settleSamples, untilSample: Infinity });
  const classes = new Int8Array(stretch.valid.length);
  const judged = times.map(({ seconds, truth }) => ({
    patch: Math.max(0, patchEndingBy(seconds * modelHz)),
    truth,
  }));
  return judgeBaseline(discriminant, baselineRows([{ ...stretch, file: "", subject, classes, judged }]));
}

async function readBaseline(path: string): Promise<StoredBaseline | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  return text === null ? null : parseBaseline(text, path);
}

function subjectOf(file: string, pattern = "(?:^|[/\\\\_])(sub-[^/\\\\_]+|S\\d+)"): string {
  return new RegExp(pattern, "u").exec(file)?.[1] ?? basename(file);
}
