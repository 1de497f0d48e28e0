import { z } from "zod";
import { EegError } from "../eeg/errors.ts";
import type { Discriminant } from "./discriminant.ts";

const numbers = z.array(z.number());
const baselineSchema = z.strictObject({
  format: z.literal("brainwire-baseline/1"),
  labels: z.array(z.string()),
  /** In the order of the features: all bands of the first electrode, then of the second. */
  electrodes: z.array(z.string()),
  mean: numbers,
  deviation: numbers,
  weights: z.array(numbers),
  bias: numbers,
});

/** A fitted baseline, and what it was fitted to. */
export interface StoredBaseline {
  readonly labels: readonly string[];
  readonly electrodes: readonly string[];
  readonly discriminant: Discriminant;
}

/** The text of a model folder's `baseline.json`. */
export function formatBaseline(
  { mean, deviation, weights, bias }: Discriminant,
  labels: readonly string[],
  electrodes: readonly string[],
): string {
  const short = (values: Float64Array) => Array.from(values, (v) => Number(v.toPrecision(7)));
  const stored: z.infer<typeof baselineSchema> = {
    format: "brainwire-baseline/1",
    labels: [...labels],
    electrodes: [...electrodes],
    mean: short(mean),
    deviation: short(deviation),
    weights: weights.map(short),
    bias: [...bias],
  };
  return `${JSON.stringify(stored)}\n`;
}

/** @throws EegError MODEL_MANIFEST */
export function parseBaseline(text: string, place: string): StoredBaseline {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new EegError("MODEL_MANIFEST", `${place}: not JSON: ${(cause as Error).message}`, { cause });
  }
  const result = baselineSchema.safeParse(json);
  if (!result.success)
    throw new EegError(
      "MODEL_MANIFEST",
      `${place}, ${result.error.issues[0]!.path.join(".")}: ${result.error.issues[0]!.message}`,
    );
  const { labels, electrodes, mean, deviation, weights, bias } = result.data;
  return {
    labels,
    electrodes,
    discriminant: {
      mean: Float64Array.from(mean),
      deviation: Float64Array.from(deviation),
      weights: weights.map((row) => Float64Array.from(row)),
      bias,
    },
  };
}
