import { z } from "zod";
import { EegError } from "../eeg/errors.ts";

const positive = z.number().int().positive();

const filter = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("bandpass"),
    lowHz: z.number().positive(),
    highHz: z.number().positive(),
    order: positive,
  }),
  z.strictObject({ kind: z.literal("notch"), frequencyHz: z.number().positive(), q: z.number().positive() }),
]);

const architecture = z.strictObject({
  kind: z.literal("bandpower-transformer"),
  sizes: z.strictObject({
    components: positive,
    bands: positive,
    average: positive,
    width: positive,
    layers: positive,
    heads: positive,
    feedForward: positive,
    window: positive,
    classes: positive,
  }),
  /** Added to every band power before its logarithm, µV². */
  epsilon: z.number().positive(),
  /** Valid patches are needed for this long before the first label, seconds. */
  minContextSeconds: z.number().positive(),
});

/** What `model.json` holds (format `brainwire-model/1`). */
export const manifestSchema = z.strictObject({
  format: z.literal("brainwire-model/1"),
  name: z.string().min(1),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  task: z.string().min(1),
  labels: z.array(z.string().min(1)).min(2),
  input: z.strictObject({
    sfreq: z.number().positive(),
    unit: z.literal("µV"),
    filters: z.array(filter),
    reference: z.enum(["average", "none"]),
    channels: z.strictObject({
      /** Electrodes of the region that the task lives on, in 10-05 names. */
      region: z.array(z.string()).min(1),
      /** How many of them a recording must have. */
      atLeast: positive,
    }),
  }),
  architecture,
  output: z.strictObject({
    kind: z.enum(["logits", "probabilities"]),
    /** Logits are divided by it (Guo et al. 2017), fitted on validation subjects. */
    temperature: z.number().positive(),
    /** Below this probability the decoder abstains; 0 never. */
    abstainBelow: z.number().min(0).max(1),
  }),
  calibration: z.union([
    z.literal("none"),
    z.strictObject({ way: z.enum(["centre-tokens", "align-channels"]), state: z.string().min(1) }),
  ]),
  weights: z.strictObject({
    file: z.string().regex(/^[\w.-]+$/),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  training: z.strictObject({
    data: z.string(),
    subjects: z.string(),
    seed: z.number().int(),
    config: z.string(),
    commit: z.string(),
  }),
  metrics: z.strictObject({
    split: z.string(),
    n: z.number().int().nonnegative(),
    values: z.record(z.string(), z.number()),
    baselines: z.record(z.string(), z.number()),
  }),
});

export type Manifest = z.infer<typeof manifestSchema>;

/**
 * Reads the text of a `model.json`.
 * @param place names the file in errors
 * @throws EegError MODEL_MANIFEST
 */
export function parseManifest(text: string, place: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new EegError("MODEL_MANIFEST", `${place}: not JSON: ${(cause as Error).message}`, { cause });
  }
  const format = (json as { format?: unknown } | null)?.format;
  if (typeof format === "string" && format.startsWith("brainwire-model/") && format !== "brainwire-model/1")
    throw new EegError(
      "MODEL_MANIFEST",
      `${place}: format '${format}' is newer than this brainwire, which knows brainwire-model/1; update brainwire`,
    );
  const result = manifestSchema.safeParse(json);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    throw new EegError(
      "MODEL_MANIFEST",
      `${place}, ${issue.path.join(".") || "top level"}: ${issue.message}`,
    );
  }
  return result.data;
}
