/** The recordings that a configuration names, read, preprocessed and labelled, all in memory. */
import { basename } from "node:path";
import { electrode, electrodeOrder } from "../eeg/electrodes.ts";
import { EegError } from "../eeg/errors.ts";
import { sphericalHarmonics } from "../eeg/harmonics.ts";
import type { Item } from "../eeg/item.ts";
import type { Stage } from "../eeg/stage.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { inputStage, type InputManifest } from "../decode/input.ts";
import { openFile } from "../formats/open.node.ts";
import type { Recording } from "../formats/recording.ts";
import { modelHz } from "../model/encoder.ts";
import { withAligned } from "./aligned-recordings.ts";
import { judgedTimes, patchLabels } from "./class-events.ts";
import { encoderSizes, type TrainingConfig } from "./config.ts";
import {
  collectStretch,
  decidable,
  patchEndingBy,
  type DataSet,
  type TrainingRecording,
} from "./recording-data.ts";
import { recordingEvents } from "./recording-events.node.ts";
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
  const read: TrainingRecording[] = [];
  for (const file of files) {
    read.push(await readOne(file, electrodes, config));
    progress?.({ files: read.length, of: files.length });
  }
  const recordings = config.calibration?.way === "align-channels" ? withAligned(read) : read;
  const phi = new Float32Array(
    electrodes.flatMap((name) => [...sphericalHarmonics(electrode(name)!.position)]),
  );
  return { labels: config.labels, electrodes, phi, recordings };
}

/** Names of all electrodes that any file has, in the order of the table. */
async function electrodesOf(files: readonly string[]): Promise<readonly string[]> {
  const names = new Set<string>();
  for (const file of files) {
    const recording = await openFile(file);
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
  const { data } = config;
  const subject = new RegExp(data.subject, "u").exec(file)?.[1];
  if (subject === undefined)
    throw new EegError(
      "TRAINING_DATA",
      `${file}: data.subject (${data.subject}) finds no subject in the path`,
    );
  const recording = await openFile(file);
  try {
    const stream = recording.streams[recording.defaultStream]!;
    const stage = inputStage(unreferenced(config))(stream);
    const stretch = await collectStretch(staged(recording, stage), {
      rows: rowsOf(stage.output, electrodes),
      settleSamples: stage.output.settleSamples,
      untilSample: (data.untilSeconds ?? Infinity) * modelHz,
    });
    const events = await recordingEvents(recording, file, { truth: data.classes, labels: config.labels });
    const labels = patchLabels(events, stretch.valid.length);
    const decided = decidable(stretch.valid, encoderSizes(config), config.minContextSeconds);
    return {
      ...stretch,
      file: basename(file),
      subject,
      classes: labels.map((label, p) => (decided[p] === 1 ? label : -1)),
      judged: judgedTimes(data.judge, events, stretch.nSamples).flatMap(({ seconds, truth }) => {
        const patch = patchEndingBy(seconds * modelHz);
        return patch < 0 ? [] : [{ patch, truth }];
      }),
    };
  } finally {
    await recording.close();
  }
}

/** Channels are aligned before they are referenced. */
function unreferenced({ name, input, calibration }: TrainingConfig): InputManifest {
  return { name, input: calibration?.way === "align-channels" ? { ...input, reference: "none" } : input };
}

/** For each electrode the stream's channel, or -1. */
function rowsOf({ channels }: StreamInfo, electrodes: readonly string[]): number[] {
  const names = channels.map(({ label }) => electrode(label)?.name);
  return electrodes.map((name) => names.indexOf(name));
}

async function* staged(recording: Recording, stage: Stage): AsyncGenerator<Item> {
  for await (const item of recording.items()) if (item.kind !== "info") yield* stage.push(item);
  yield* stage.end();
}
