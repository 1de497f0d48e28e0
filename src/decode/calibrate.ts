import { EegError } from "../eeg/errors.ts";
import type { Gap, Info, Item, Marker, Samples } from "../eeg/item.ts";
import { type Model, tokenDefinition } from "../model/model.ts";
import { modelHz } from "../tokens/patch-grid.ts";
import { tokensStage } from "../tokens/tokens-stage.ts";
import { checkCalibrated, type TokenCalibration } from "./calibration.ts";
import { inputStage, type InputOptions } from "./input.ts";

/** A stretch of time of a recording, in seconds from its start. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

export interface CalibrateOptions extends InputOptions {
  /** What the person did: it must be what the model's manifest names. */
  readonly state: string;
  /** When she did. @default all the time */
  readonly spans?: readonly TimeSpan[];
  /** Takes no more than so much of it, from the beginning. @default all */
  readonly seconds?: number;
  /** Names the recording in the calibration. */
  readonly name: string;
}

/** Fewer than these, 5 s of signal and more, say too little of a person. */
const leastPatches = 50;

/**
 * Fits a decoder to a person: the mean of her tokens over the valid patches of one state. Signal from outside the state
 * is not looked at, not even by the averages of band powers; patches that lack a channel are left out.
 * @param source its first segment is taken
 * @throws EegError CALIBRATION_MISMATCH for another state or a model that takes none, CALIBRATION_DATA if there is too
 * little of the state; and what the model's input stage throws
 */
export async function calibrate(
  source: AsyncIterable<Item> | Iterable<Item>,
  model: Model,
  options: CalibrateOptions,
): Promise<TokenCalibration> {
  const { state, name, seconds = Infinity } = options;
  checkCalibrated(model, { way: "centre-tokens", state });
  const spans = clip(options.spans ?? [{ from: 0, to: Infinity }], seconds);
  const definition = tokenDefinition(model);
  const features = definition.components * definition.bands;
  const raw = {
    ...definition,
    mean: new Float32Array(features),
    deviation: new Float32Array(features).fill(1),
  };
  const sums = new Float64Array(features);
  let patches = 0;
  for await (const token of firstSegment(source, (info) => {
    const input = inputStage(model.manifest, options)(info.stream);
    const tokens = tokensStage(raw)(input.output);
    const within = only(spans, input.output.channels.length);
    return (item) => input.push(item).flatMap((found) => within(found).flatMap((part) => tokens.push(part)));
  }))
    if (token.kind === "token" && token.values && token.reasons.length === 0) {
      patches++;
      for (let i = 0; i < features; i++) sums[i]! += token.values[i]!;
    }
  if (patches < leastPatches)
    throw new EegError(
      "CALIBRATION_DATA",
      `${name}: ${patches} whole patches of ${state} are too few to calibrate on, at least ${leastPatches} are needed; record half a minute of it`,
    );
  return {
    format: "brainwire-calibration/1",
    model: { name: model.manifest.name, version: model.manifest.version, weights: model.weightsHash },
    state,
    recording: { name, patches },
    centre: [...Float32Array.from(sums, (sum) => sum / patches)],
  };
}

/** What a kernel makes of the first segment. */
export async function* firstSegment<Out>(
  source: AsyncIterable<Item> | Iterable<Item>,
  begin: (info: Info) => (item: Exclude<Item, Info>) => readonly Out[],
): AsyncGenerator<Out> {
  let push: ((item: Exclude<Item, Info>) => readonly Out[]) | undefined;
  for await (const item of source) {
    if (item.kind !== "info") yield* push?.(item) ?? [];
    else if (push) return;
    else push = begin(item);
  }
}

/** In order, without overlap, and no longer than so much in all. */
export function clip(spans: readonly TimeSpan[], seconds: number): TimeSpan[] {
  let left = seconds;
  let end = 0;
  return spans
    .toSorted((a, b) => a.from - b.from)
    .flatMap((span) => {
      const from = Math.max(span.from, end);
      const to = Math.min(span.to, from + left);
      if (!(to > from)) return [];
      left -= to - from;
      end = to;
      return [{ from, to }];
    });
}

/** Makes gaps of what lies outside of the spans. For streams of the model's rate. */
export function only(
  spans: readonly TimeSpan[],
  nChannels: number,
): (item: Item) => readonly (Samples | Gap | Marker)[] {
  const edges = spans.flatMap(({ from, to }) => [Math.round(from * modelHz), Math.round(to * modelHz)]);
  return (item) => {
    if (item.kind !== "samples") return item.kind === "gap" ? [item] : [];
    const out: (Samples | Gap)[] = [];
    const stop = item.start + item.nSamples;
    for (let at = item.start; at < stop;) {
      const passed = edges.filter((edge) => edge <= at).length;
      const to = Math.min(stop, edges[passed] ?? Infinity);
      const nSamples = to - at;
      if (passed % 2 === 0) out.push({ kind: "gap", start: at, nSamples, reason: "edge" });
      else {
        const data = new Float32Array(nChannels * nSamples);
        for (let c = 0; c < nChannels; c++) {
          const row = c * item.nSamples + at - item.start;
          data.set(item.data.subarray(row, row + nSamples), c * nSamples);
        }
        out.push({ kind: "samples", start: at, data, nSamples });
      }
      at = to;
    }
    return out;
  };
}
