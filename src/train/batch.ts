/** A batch as the numbers that the training graph wants, with its augmentation. */
import { exp } from "../eeg/math.ts";
import { createRandom, type Random } from "../eeg/random.ts";
import { strideSamples } from "../model/encoder.ts";
import { unseen } from "../model/graph/layer-graph.ts";
import { samplesOf } from "../model/graph/token-graph.ts";
import type { DataSet } from "./recording-data.ts";
import { seedOf, type Draw } from "./sampler.ts";
import type { Recipe } from "./config.ts";

export interface BatchOptions {
  readonly data: DataSet;
  readonly recipe: Recipe;
  /** Patches in a stretch, how many at its start carry no loss, and how many before it its tokens look at. */
  readonly patches: number;
  readonly quiet: number;
  readonly before: number;
  /** Places of drop-out, with how many features each has. */
  readonly drops: ReadonlyMap<string, number>;
  readonly seed: number;
}

export type Feeds = Record<string, Float32Array>;

/** Makes the inputs of a step in memory that the next step uses again. */
export function createBatches(options: BatchOptions): (step: number, draws: readonly Draw[]) => Feeds {
  const { data, recipe, patches, quiet, before, drops, seed } = options;
  const { batch } = recipe;
  const channels = data.electrodes.length;
  const nClasses = data.labels.length;
  const seen = before + patches;
  const nSamples = samplesOf(seen);
  const samples = new Float32Array(batch * channels * nSamples);
  const known = new Float32Array(batch * channels);
  const present = new Float32Array(batch * channels);
  const gain = new Float32Array(batch * channels);
  const mask = new Float32Array(batch * seen);
  const target = new Float32Array(batch * patches * nClasses);
  const weight = new Float32Array(batch * patches);
  const feeds: Feeds = { phi: data.phi, samples, known, present, gain, mask, target, weight };
  for (const [place, features] of drops) feeds[`drop.${place}`] = new Float32Array(batch * features);
  const shift = new Float32Array(batch);
  if (recipe.frequencyShift > 0) feeds["shift"] = shift;

  /** What lies before the recording's start is zero, and not valid. */
  function fillSamples(draws: readonly Draw[], random: Random): void {
    draws.forEach(({ recording, firstPatch }, b) => {
      const { valid } = recording;
      const first = firstPatch - before;
      const late = recipe.timeShift ? random.integer(strideSamples) : 0;
      const start = first * strideSamples + late;
      const absent = Math.max(0, -start);
      for (let c = 0; c < channels; c++) {
        const row = c * recording.nSamples;
        const at = (b * channels + c) * nSamples;
        const end = Math.min(recording.nSamples, start + nSamples);
        samples.fill(0, at, at + nSamples);
        samples.set(recording.samples.subarray(row + start + absent, row + end), at + absent);
      }
      // A patch that begins between two of the grid is made of samples of both.
      const isValid = (p: number) => valid[p] === 1 && (late === 0 || valid[p + 1] === 1);
      for (let p = 0; p < seen; p++) mask[b * seen + p] = isValid(first + p) ? 0 : unseen;
    });
  }

  function fillTargets(draws: readonly Draw[]): void {
    target.fill(0);
    weight.fill(0);
    let counted = 0;
    draws.forEach(({ recording, firstPatch }, b) => {
      for (let p = quiet; p < patches; p++) {
        const label = recording.classes[firstPatch + p]!;
        if (label < 0 || mask[b * seen + before + p] !== 0) continue;
        const at = b * patches + p;
        counted++;
        weight[at] = 1;
        for (let c = 0; c < nClasses; c++)
          target[at * nClasses + c] =
            recipe.labelSmoothing / nClasses + (c === label ? 1 - recipe.labelSmoothing : 0);
      }
    });
    for (let i = 0; i < weight.length; i++) weight[i] = weight[i]! / counted;
  }

  function augment(draws: readonly Draw[], random: Random): void {
    draws.forEach(({ recording }, b) => {
      known.set(recording.present, b * channels);
      const rate = random.uniform() * recipe.channelDropOut;
      const loudness = exp(recipe.stretchGain * random.normal());
      for (let c = 0; c < channels; c++) {
        const at = b * channels + c;
        present[at] = random.uniform() >= rate ? recording.present[c]! : 0;
        gain[at] = loudness * exp(recipe.channelGain * random.normal());
      }
      // Nobody decodes from nothing: a draw that drops every channel drops none.
      const row = present.subarray(b * channels, (b + 1) * channels);
      if (!row.includes(1)) row.set(recording.present);
    });
    for (const [place, features] of drops) {
      const rate = place === "token" ? recipe.tokenDropOut : recipe.dropOut;
      const kept = feeds[`drop.${place}`]!;
      for (let i = 0; i < batch * features; i++) kept[i] = random.uniform() < rate ? 0 : 1 / (1 - rate);
    }
    if (recipe.frequencyShift > 0)
      for (let b = 0; b < batch; b++) shift[b] = recipe.frequencyShift * random.normal();
  }

  return (step, draws) => {
    fillSamples(draws, createRandom(seedOf(seed ^ 0x27d4eb2f, step)));
    fillTargets(draws);
    augment(draws, createRandom(seedOf(seed ^ 0x5bd1e995, step)));
    return feeds;
  };
}
