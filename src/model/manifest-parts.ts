import * as z from "zod";

/** What the manifests of all kinds of models share. */

export const positive = z.number().int().positive();

export const filter = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("bandpass"),
    lowHz: z.number().positive(),
    highHz: z.number().positive(),
    order: positive,
  }),
  z.strictObject({ kind: z.literal("notch"), frequencyHz: z.number().positive(), q: z.number().positive() }),
]);

export const common = {
  format: z.literal("brainwire-model/1"),
  name: z.string().min(1),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  task: z.string().min(1),
  labels: z.array(z.string().min(1)).min(2),
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
    file: z
      .string()
      .regex(/^(?!\.+$)[\w.-]+$/, "expected the name of a file in the model's own folder, without a path"),
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
};
