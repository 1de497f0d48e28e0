/**
 * Double centring of tokens in training: of the log powers the mean over the bands of each component and the mean
 * over the components of each band are taken off, so that neither an electrode's nor a rhythm's overall strength,
 * which differ between people, is learned from. That is linear: it is folded into the embedding before a model is
 * written, and nothing that runs the model knows of it.
 */
import type { EncoderSizes } from "../model/encoder.ts";
import type { GraphBuilder, Tensor } from "../model/graph/graph.ts";
import { operations } from "../model/graph/operations.ts";
import type { Parameters } from "../model/graph/parameters.ts";
import type { Tensors } from "./adamw.ts";

/** Name of the deviations by which centred tokens are divided. It is no tensor of the model. */
export const centredDeviation = "centred.deviation";

export interface CentreInputs {
  readonly sizes: EncoderSizes;
  /** Normalised: [batch, patches, components · bands]. */
  readonly tokens: Tensor;
}

/**
 * Normalised tokens, doubly centred and divided by the deviation that they then have: [batch, patches, components ·
 * bands]. What is centred are the log powers less their mean: tokens times their deviation.
 */
export function centreGraph(
  graph: GraphBuilder,
  parameters: Parameters,
  { sizes, tokens }: CentreInputs,
): Tensor {
  const op = operations(graph);
  const [batch, patches, features] = tokens.shape as [number, number, number];
  const { components, bands } = sizes;
  const powers = op.reshape(op.mul(tokens, parameters("token.deviation")), [
    batch,
    patches,
    components,
    bands,
  ]);
  const centred = op.sub(powers, op.reduceMean(powers, [3]));
  const doubly = op.sub(centred, op.reduceMean(centred, [2]));
  const deviation = graph.input(centredDeviation, [features]);
  return op.div(op.reshape(doubly, [batch, patches, features]), deviation);
}

/** Double centring of rows of `components · bands` numbers, in place. */
export function centreRows(rows: Float32Array, { components, bands }: EncoderSizes): void {
  const features = components * bands;
  for (let from = 0; from < rows.length; from += features) {
    const row = rows.subarray(from, from + features);
    for (let s = 0; s < components; s++)
      shift(
        row,
        Array.from({ length: bands }, (_, k) => s * bands + k),
      );
    for (let k = 0; k < bands; k++)
      shift(
        row,
        Array.from({ length: components }, (_, s) => s * bands + k),
      );
  }
}

/** Takes the mean over some places off them. */
function shift(row: Float32Array, places: readonly number[]): void {
  const mean = places.reduce((sum, i) => sum + row[i]!, 0) / places.length;
  for (const i of places) row[i]! -= mean;
}

/**
 * The same function without the centring of its tokens: since centring is symmetric, the rows of the embedding are
 * centred instead, between the two scales. Without centred tokens the weights are as they were.
 */
export function foldCentring(weights: Tensors, sizes: EncoderSizes): Tensors {
  const centred = weights.get(centredDeviation);
  if (!centred) return weights;
  const deviation = weights.get("token.deviation")!;
  const features = deviation.length;
  const rows = weights.get("embed.weight")!.map((v, i) => v / centred[i % features]!);
  centreRows(rows, sizes);
  const folded = new Map(weights);
  folded.delete(centredDeviation);
  return folded.set(
    "embed.weight",
    rows.map((v, i) => v * deviation[i % features]!),
  );
}
