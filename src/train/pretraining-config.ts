/** The configuration of a pre-training: what `brainwire pretrain CONFIG` reads. Fields are those of `config.ts`. */
import { z } from "zod";
import { checkSizes, faulty, parseConfig, trainingSchema, type TrainingConfig } from "./config.ts";

const shape = trainingSchema.shape;

const pretrainingSchema = z.strictObject({
  format: z.literal("brainwire-pretraining/1"),
  name: shape.name,
  data: shape.data.omit({ classes: true, judge: true }),
  input: shape.input,
  split: shape.split,
  sizes: shape.sizes.omit({ evoked: true }),
  epsilon: shape.epsilon,
  recipe: shape.recipe
    .omit({ labelSmoothing: true, doubleCentring: true, check: true, evoked: true })
    .extend({
      /** Share of the patches that are hidden. */
      hiddenShare: z.number().gt(0).lt(1),
      /** Patches in a row that are hidden together. */
      hiddenPatches: z.number().int().positive(),
    }),
  seed: shape.seed,
});

export type PretrainingConfig = z.infer<typeof pretrainingSchema>;

/** What is to be predicted must not be learned: it would become what is easy to predict. */
const still = ["mix.weight", "bands.centre", "bands.width"];

/** @throws EegError CONFIG_INVALID, which names the field */
export function parsePretrainingConfig(text: string, place: string): PretrainingConfig {
  const config = parseConfig(pretrainingSchema, text, place);
  checkSizes(config, place);
  const free = still.filter((name) => !config.recipe.frozen.includes(name));
  if (free.length > 0)
    throw faulty(
      place,
      "recipe.frozen",
      `pre-training needs ${free.join(", ")} to be frozen: they make what is predicted`,
    );
  return config;
}

/** Every patch is of one class: what reads, draws and fills for training does so for pre-training. */
export function unlabelled(config: PretrainingConfig): TrainingConfig {
  const { hiddenShare: _, hiddenPatches: __, ...recipe } = config.recipe;
  return {
    ...config,
    format: "brainwire-training/1",
    version: "0.0.0",
    task: "none",
    labels: ["any"],
    data: {
      ...config.data,
      classes: { from: "file-name", patterns: { any: "" } },
      judge: { everySeconds: 4 },
    },
    minContextSeconds: 0.5,
    recipe: { ...recipe, labelSmoothing: 0, doubleCentring: false },
  };
}
