/** Which stretches make up a batch: drawn by seed and step alone, so that training can go on from any step. */
import { EegError } from "../eeg/errors.ts";
import { createRandom, type Random } from "../eeg/random.ts";
import type { DataSet, TrainingRecording } from "./recording-data.ts";
import { permutation } from "./split.ts";

/** A stretch of a recording, from its first patch on. */
export interface Draw {
  readonly recording: TrainingRecording;
  readonly firstPatch: number;
}

export interface SamplerOptions {
  readonly data: DataSet;
  readonly subjects: readonly string[];
  /** Stretches in a batch: a multiple of the number of classes. */
  readonly batch: number;
  /** Patches in a stretch. */
  readonly patches: number;
  /** Patches at a stretch's start that carry no loss. */
  readonly quiet: number;
  readonly seed: number;
}

/** A run of patches of one class. */
interface Span {
  readonly recording: TrainingRecording;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** Gives the batch of a step. */
export type Sampler = (step: number) => readonly Draw[];

/**
 * Every subject comes once before any comes again, with one stretch of each class at a time: whoever has much data
 * counts as much as who has little. Of a class's runs one is drawn, and within it a start such that the stretch's last
 * part lies in the run.
 * @throws EegError TRAINING_DATA if a subject has no patch of some class
 */
export function createSampler(options: SamplerOptions): Sampler {
  const { data, subjects, batch, patches, quiet, seed } = options;
  const nClasses = data.labels.length;
  if (batch % nClasses !== 0)
    throw new EegError(
      "CONFIG_INVALID",
      `recipe.batch: expected a multiple of ${nClasses} classes, got ${batch}`,
    );
  const groups = subjects.map((subject) => {
    const spans = data.recordings
      .filter((recording) => recording.subject === subject && recording.valid.length >= patches)
      .flatMap(spansOf);
    return data.labels.map((label, c) => {
      const ofClass = spans.filter(({ recording, from }) => recording.classes[from] === c);
      if (ofClass.length === 0)
        throw new EegError(
          "TRAINING_DATA",
          `subject ${subject} has no usable stretch of the class '${label}'`,
        );
      return ofClass;
    });
  });

  const perStep = batch / nClasses;
  function place(random: Random, { recording, from, to }: Span): Draw {
    // The part that carries loss, patches quiet ... patches - 1 of the stretch, lies in the run if that is long enough,
    // else it ends with the run.
    const lowest = Math.max(0, from - quiet);
    const highest = Math.max(0, to - patches);
    return {
      recording,
      firstPatch: highest > lowest ? lowest + random.integer(highest - lowest + 1) : highest,
    };
  }
  return (step) => {
    const random = createRandom(seedOf(seed, step));
    const draws: Draw[] = [];
    for (let i = step * perStep; i < (step + 1) * perStep; i++) {
      const order = permutation(subjects.length, seedOf(seed, -1 - Math.floor(i / subjects.length)));
      for (const spans of groups[order[i % subjects.length]!]!)
        draws.push(place(random, spans[random.integer(spans.length)]!));
    }
    return draws;
  };
}

/** A seed for each step of each training. */
export function seedOf(seed: number, step: number): number {
  return Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(step + 0x7f4a7c15, 0x85ebca6b);
}

function spansOf(recording: TrainingRecording): Span[] {
  const { classes } = recording;
  const spans: Span[] = [];
  for (let from = 0, to = 0; from < classes.length; from = to) {
    to = from + 1;
    if (classes[from]! < 0) continue;
    while (to < classes.length && classes[to] === classes[from]) to++;
    spans.push({ recording, from, to });
  }
  return spans;
}
