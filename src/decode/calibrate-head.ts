/** Fitting a decoder's last layer to a person from recordings whose labels are known. */
import { exp } from "../eeg/math.ts";
import { EegError } from "../eeg/errors.ts";
import type { Item } from "../eeg/item.ts";
import { createEngine } from "../model/engines.ts";
import { tensor, tokenDefinition, type Model } from "../model/model.ts";
import { modelHz, patchEnd } from "../tokens/patch-grid.ts";
import { tokensStage } from "../tokens/tokens-stage.ts";
import {
  calibrated,
  type ChannelCalibration,
  type HeadCalibration,
  type TokenCalibration,
} from "./calibration.ts";
import type { TimeSpan } from "./calibrate.ts";
import { inputStage, type InputOptions } from "./input.ts";

/** A recording of the person, and when which label was there. */
export interface LabelledRecording {
  readonly items: AsyncIterable<Item> | Iterable<Item>;
  readonly spans: readonly (TimeSpan & { readonly label: string })[];
}

export interface CalibrateHeadOptions extends InputOptions {
  /** Names the recordings in the calibration. */
  readonly name: string;
  /** The person's calibration by a state, for a model that takes one. */
  readonly base?: TokenCalibration | ChannelCalibration;
  /** How strongly the head is held to the model's own: the weight of the square penalty. @default 0.1 */
  readonly hold?: number;
}

/** Chosen on S061-S070 of EEGMMIDB, with a model that had not learned from them (docs/training.md). */
const usualHold = 0.1;
/** Steps of gradient descent: far more than it takes. */
const steps = 500;
/** A label with fewer patches, 5 s and more, says too little. */
const leastPatches = 50;

/**
 * The person's own head: logistic regression on the encoder's embeddings, held to the model's head by a square
 * penalty, every label counting alike. The encoder stays as it is.
 * @throws EegError CALIBRATION_DATA if there is too little of a label; CALIBRATION_MISMATCH if the calibration is of another
 * model; and what the model's input stage throws
 */
export async function calibrateHead(
  recordings: readonly LabelledRecording[],
  model: Model,
  options: CalibrateHeadOptions,
): Promise<HeadCalibration> {
  const { name, base = null, hold = usualHold } = options;
  const { labels } = model.manifest;
  const fitted = base ? calibrated(model, base) : model;
  const rows: Row[] = [];
  for (const recording of recordings) rows.push(...(await embeddings(recording, fitted, options)));
  labels.forEach((label, c) => {
    const n = rows.filter((row) => row.label === c).length;
    if (n < leastPatches)
      throw new EegError(
        "CALIBRATION_DATA",
        `${name}: ${n} patches of ${label} are too few to fit a head to, at least ${leastPatches} of each label are needed`,
      );
  });
  const { weight, bias } = fitHead(rows, fitted, hold);
  return {
    format: "brainwire-calibration/1",
    model: { name: model.manifest.name, version: model.manifest.version, weights: model.weightsHash },
    recording: { name, patches: rows.length },
    head: { weight: [...weight], bias: [...bias] },
    base,
  };
}

interface Row {
  readonly label: number;
  readonly embedding: Float32Array;
}

/** The embeddings of the patches that end while a label was there; what is masked or missing channels is left out. */
async function embeddings(
  { items, spans }: LabelledRecording,
  model: Model,
  options: InputOptions,
): Promise<Row[]> {
  const { labels, architecture } = model.manifest;
  const { width } = architecture.sizes;
  // The engine gives the last layer's output: with the identity as head, that is the embedding.
  const identity = Float32Array.from({ length: width * width }, (_, i) => (i % (width + 1) === 0 ? 1 : 0));
  const engine = createEngine({
    ...model,
    manifest: {
      ...model.manifest,
      architecture: { ...architecture, sizes: { ...architecture.sizes, classes: width } },
    },
    weights: new Map(model.weights).set("head.weight", identity).set("head.bias", new Float32Array(width)),
  });
  const rows: Row[] = [];
  let push: ((item: Exclude<Item, { kind: "info" }>) => void) | undefined;
  for await (const item of items) {
    if (item.kind !== "info") {
      push?.(item);
      continue;
    }
    const slot = engine.open();
    const input = inputStage(model.manifest, { ...options, alignment: model.alignment })(item.stream);
    const tokens = tokensStage(tokenDefinition(model))(input.output);
    push = (next) => {
      for (const token of input
        .push(next)
        .flatMap((found) => (found.kind === "info" ? [] : tokens.push(found)))) {
        if (token.kind !== "token" || !token.values) continue;
        const hop = { slot, patch: token.patch, token: token.values };
        const embedding = engine.step([hop]) as Float32Array;
        if (token.reasons.length > 0) continue;
        const seconds = patchEnd(token.patch) / modelHz;
        const span = spans.findLast(({ from, to }) => seconds >= from && seconds <= to);
        if (span) rows.push({ label: labels.indexOf(span.label), embedding: embedding.slice() });
      }
    };
  }
  await engine.release();
  return rows;
}

/** Mean cross-entropy, every label alike, plus hold / 2 · |weight - model's weight|², by gradient descent. */
function fitHead(
  rows: readonly Row[],
  model: Model,
  hold: number,
): { weight: Float64Array; bias: Float64Array } {
  const { classes, width } = model.manifest.architecture.sizes;
  const start = tensor(model, "head.weight");
  const weight = Float64Array.from(start);
  const bias = Float64Array.from(tensor(model, "head.bias"));
  const counts = Array.from({ length: classes }, (_, c) => rows.filter(({ label }) => label === c).length);
  const squares = rows.reduce((sum, { embedding }) => sum + embedding.reduce((s, v) => s + v * v, 1), 0);
  // A step below 1 / L, L the largest curvature: half of the mean square of an embedding, plus the penalty's.
  const rate = 1 / (0.5 * (squares / rows.length) + hold);
  for (let step = 0; step < steps; step++) {
    const down = Float64Array.from(weight, (w, i) => hold * (w - start[i]!));
    const downBias = new Float64Array(classes);
    for (const { label, embedding } of rows) {
      const shares = softmax(
        bias.map((b, c) => {
          let sum = b;
          for (let i = 0; i < width; i++) sum += weight[c * width + i]! * embedding[i]!;
          return sum;
        }),
      );
      for (let c = 0; c < classes; c++) {
        const off = (shares[c]! - (c === label ? 1 : 0)) / (classes * counts[label]!);
        downBias[c]! += off;
        for (let i = 0; i < width; i++) down[c * width + i]! += off * embedding[i]!;
      }
    }
    down.forEach((slope, i) => (weight[i]! -= rate * slope));
    downBias.forEach((slope, c) => (bias[c]! -= rate * slope));
  }
  return { weight, bias };
}

function softmax(logits: Float64Array): Float64Array {
  const highest = Math.max(...logits);
  const shares = logits.map((logit) => exp(logit - highest));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}
