/** The recordings that a configuration names, read, preprocessed and labelled, all in memory. */
import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { electrode, electrodeOrder } from "../eeg/electrodes.ts";
import { EegError } from "../eeg/errors.ts";
import { sphericalHarmonics } from "../eeg/harmonics.ts";
import type { Item } from "../eeg/item.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { fileSource } from "../formats/file-source.node.ts";
import { openRecording } from "../formats/open.ts";
import type { Recording } from "../formats/recording.ts";
import { modelHz } from "../model/encoder.ts";
import {
  classByName,
  classByText,
  judgedPatches,
  parseEvents,
  patchLabels,
  type ClassEvent,
} from "./class-events.ts";
import type { TrainingConfig } from "./config.ts";
import { preprocessStage } from "./preprocess.ts";
import { collectStretch, type DataSet, type TrainingRecording } from "./recording-data.ts";
import { findFiles } from "./recording-files.node.ts";

export interface ReadDataSetOptions {
  readonly config: TrainingConfig;
  /** Folder that the configuration's paths are relative to. */
  readonly folder: string;
  readonly progress?: (read: { readonly files: number; readonly of: number }) => void;
}

/**
 * Reads the data set of a configuration. Every recording is put on the electrodes that any of them has; those that it
 * lacks are marked.
 * @throws EegError TRAINING_DATA, and what reading and preprocessing throw
 */
export async function readDataSet({ config, folder, progress }: ReadDataSetOptions): Promise<DataSet> {
  const files = await findFiles(config.data.recordings, folder);
  const electrodes = await electrodesOf(files);
  const recordings: TrainingRecording[] = [];
  for (const file of files) {
    recordings.push(await readOne(file, electrodes, config));
    progress?.({ files: recordings.length, of: files.length });
  }
  const phi = new Float32Array(
    electrodes.flatMap((name) => [...sphericalHarmonics(electrode(name)!.position)]),
  );
  return { labels: config.labels, electrodes, phi, recordings };
}

/** Names of all electrodes that any file has, in the order of the table. */
async function electrodesOf(files: readonly string[]): Promise<readonly string[]> {
  const names = new Set<string>();
  for (const file of files) {
    const recording = await openRecording(await fileSource(file));
    for (const { label, type } of recording.streams[recording.defaultStream]?.channels ?? []) {
      const found = type === "eeg" ? electrode(label) : null;
      if (found) names.add(found.name);
    }
    await recording.close();
  }
  return [...names].toSorted((a, b) => electrodeOrder(a) - electrodeOrder(b));
}

async function readOne(
  file: string,
  electrodes: readonly string[],
  config: TrainingConfig,
): Promise<TrainingRecording> {
  const { data, input } = config;
  const subject = new RegExp(data.subject, "u").exec(file)?.[1];
  if (subject === undefined)
    throw new EegError(
      "TRAINING_DATA",
      `${file}: data.subject (${data.subject}) finds no subject in the path`,
    );
  const recording = await openRecording(await fileSource(file));
  try {
    const stream = recording.streams[recording.defaultStream]!;
    const stage = preprocessStage(input)(stream);
    const stretch = await collectStretch(staged(recording, stage), {
      rows: rowsOf(stage.output, electrodes),
      settleSamples: stage.output.settleSamples,
      untilSample: (data.untilSeconds ?? Infinity) * modelHz,
    });
    const events = await eventsOf(recording, file, config);
    const labels = patchLabels(events, stretch.valid.length);
    return {
      ...stretch,
      file: basename(file),
      subject,
      labels,
      judged: judgedPatches(data.judge, events, labels),
    };
  } finally {
    await recording.close();
  }
}

/** For each electrode the stream's channel, or -1. */
function rowsOf({ channels }: StreamInfo, electrodes: readonly string[]): number[] {
  const names = channels.map(({ label }) => electrode(label)?.name);
  return electrodes.map((name) => names.indexOf(name));
}

async function* staged(
  recording: Recording,
  stage: ReturnType<ReturnType<typeof preprocessStage>>,
): AsyncGenerator<Item> {
  for await (const item of recording.items()) if (item.kind !== "info") yield* stage.push(item);
  yield* stage.end();
}

async function eventsOf(
  recording: Recording,
  file: string,
  { data, labels }: TrainingConfig,
): Promise<ClassEvent[]> {
  const rule = data.classes;
  if (rule.from === "file-name") return [classByName(rule, labels, basename(file))];
  if (rule.from === "annotations") return classByText(rule, labels, (await recording.summary()).annotations);
  const path = `${dirname(file)}/${basename(file).replace(/(_eeg)?\.[^.]+$/, "")}_events.tsv`;
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw new EegError("TRAINING_DATA", `${path}: the events of ${basename(file)} cannot be read`, { cause });
  });
  return classByText(rule, labels, parseEvents(text, rule.column, path));
}
