/**
 * The configuration of a training: which recordings, how labels come about, who trains and who chooses, the model's
 * sizes and the recipe. `brainwire train CONFIG` reads it; every field is described where it stands.
 */
import { z } from "zod";
import { EegError } from "../eeg/errors.ts";
import type { EncoderSizes } from "../model/encoder.ts";
import { manifestSchema } from "../model/manifest.ts";

/** The state of a calibration by everything that there is of a person, in whatever state. */
export const anyState = "any";

const manifest = manifestSchema.shape;
const positive = z.number().int().positive();
const share = z.number().min(0).lt(1);
const amount = z.number().nonnegative();
const pattern = z.string().refine(isPattern, "not a regular expression");

/** Seconds after an event within which a patch must end to bear its label. */
const event = {
  /** From the event's onset on. @default 0 */
  offsetSeconds: z.number().default(0),
  /** How long; without it, the event's own duration. */
  lengthSeconds: z.number().positive().optional(),
};

const labels = z.discriminatedUnion("from", [
  /** A whole recording is of the class whose pattern its file name matches. */
  z.strictObject({ from: z.literal("file-name"), patterns: z.record(z.string(), pattern) }),
  /** The recording's own annotations: for each class the texts that mean it. */
  z.strictObject({
    from: z.literal("annotations"),
    texts: z.record(z.string(), z.array(z.string()).min(1)),
    ...event,
  }),
  /** BIDS: `NAME_events.tsv` beside `NAME_eeg.edf`; for each class the values of a column that mean it. */
  z.strictObject({
    from: z.literal("events"),
    /** @default "trial_type" */
    column: z.string().default("trial_type"),
    texts: z.record(z.string(), z.array(z.string()).min(1)),
    ...event,
  }),
]);

const split = z.union([
  /** Subjects by name or range (`S001-S070`). Those not named are not used. */
  z.strictObject({ train: z.array(z.string()).min(1), choose: z.array(z.string()).min(1) }),
  /** This share of the subjects chooses, drawn by the seed. */
  z.strictObject({ choose: z.number().positive().lt(1) }),
]);

const recipe = z.strictObject({
  /** Steps of the optimiser. */
  steps: positive,
  /** Stretches in a step: a multiple of the number of classes. */
  batch: positive,
  /** Length of a stretch. */
  stretchSeconds: z.number().positive(),
  /** Patches that end earlier than this after the start of their stretch carry no loss. */
  lossFromSeconds: amount,
  learningRate: z.number().positive(),
  /** Steps over which the learning rate rises; it falls with a cosine from then on. */
  warmUpSteps: z.number().int().nonnegative(),
  /** AdamW's decay of matrices, the mix excepted. */
  weightDecay: amount,
  /** AdamW's memory of gradients. @default 0.9 */
  beta1: share.default(0.9),
  /** AdamW's memory of their squares. @default 0.99 */
  beta2: share.default(0.99),
  /** Gradients are scaled down to this norm. */
  gradientNorm: z.number().positive(),
  /** Decay of the running mean of the weights, which is what is kept; 0 keeps the last weights. */
  averaging: share,
  /** Share of the probability that goes to all classes alike. */
  labelSmoothing: share,
  /** How evoked responses are learned. @default the model has none (`sizes.evoked`) */
  evoked: z
    .strictObject({
      /** Share of the components whose waves are dropped, the same ones over a whole stretch. */
      dropOut: share,
      /** They are also learned up to so much earlier than their patch: how soon after an event labels come. */
      earlierSeconds: amount,
    })
    .optional(),
  /** Share of the transformer's features that are dropped, the same ones over a whole stretch. */
  dropOut: share,
  /** The same for the numbers of the tokens. */
  tokenDropOut: share,
  /**
   * Takes off a token's mean over the bands of each component and over the components of each band, so that only the
   * pattern is learned from. @default false
   */
  doubleCentring: z.boolean().default(false),
  /**
   * What powers are made of at each step: of the samples, or of the bands' covariances, computed once. Covariances are
   * far quicker, but need frozen bands, the same electrodes in all recordings, stretches of one patch (`sizes.window`
   * 1), and no drop-out or gain of channels. @default "samples"
   */
  powers: z.enum(["samples", "covariances"]).default("samples"),
  /**
   * Half of the patches are seen with the sides of the head changed over. `odd`: the two labels change places with
   * them, and only differences between the sides are learned from; `even`: labels stay. @default neither
   */
  mirror: z.enum(["odd", "even"]).optional(),
  /** Deviation of the logarithm of a stretch's gain. */
  stretchGain: amount,
  /** Deviation of the logarithm of each channel's gain. */
  channelGain: amount,
  /** Whether stretches begin at any sample, or on the grid of patches only. @default false */
  timeShift: z.boolean().default(false),
  /** Deviation of what all rhythms of a stretch are shifted by, Hz. @default 0 */
  frequencyShift: amount.default(0),
  /** The rate at which channels are dropped is drawn for each stretch from 0 to this. */
  channelDropOut: share,
  /**
   * Early stopping: every so often the averaged weights are judged by the log loss on the subjects who choose, and
   * the best are kept; after `patience` checks without a better one training ends. Without it all steps are done.
   */
  check: z.strictObject({ everySteps: positive, patience: positive }).optional(),
  /** Tensors that keep their start, such as `bands.centre`. @default none */
  frozen: z.array(z.string()).default([]),
  start: z.strictObject({
    /** Centres of the band filters in Hz, one for each of `sizes.bands`. */
    bandCentres: z.array(z.number().positive()),
    /** Their widths in Hz (the deviation of a Gaussian). */
    bandWidths: z.array(z.number().positive()),
    /** Deviation of the mix's entries. */
    mix: z.number().positive(),
    /** What a patch of age takes off a key's score in the first head; each further head half of it. */
    slope: z.number().positive(),
  }),
});

/** What a configuration file holds (format `brainwire-training/1`, JSON). */
export const trainingSchema = z.strictObject({
  format: z.literal("brainwire-training/1"),
  /** The model's name, its version and what it decodes, as `model.json` will have them. */
  name: z.string().min(1),
  version: manifest.version,
  task: manifest.task,
  /** The classes, in the model's order. */
  labels: manifest.labels,
  data: z.strictObject({
    /** For people: which recordings these are, and where they come from. */
    description: z.string(),
    /** Paths relative to the configuration, with `*`, `?` and `**`; `cache:` is where recordings are fetched to. */
    recordings: z.array(z.string()).min(1),
    /** What names the subject in a path: the first group of this regular expression. */
    subject: pattern,
    /** How patches come by their classes. */
    classes: labels,
    /** What follows this time in a recording is left out. */
    untilSeconds: z.number().positive().optional(),
    /** Which decisions count when models are compared: every so often, or so long after each labelled event. */
    judge: z.union([
      z.strictObject({ everySeconds: z.number().positive() }),
      z.strictObject({ afterEventSeconds: z.number() }),
    ]),
  }),
  /** What comes before the model: as in `model.json`. */
  input: manifest.input,
  split,
  sizes: manifest.architecture.shape.sizes.omit({ classes: true }),
  /** Added to every band power before its logarithm, µV². */
  epsilon: manifest.architecture.shape.epsilon,
  /** Valid patches are needed for this long before the first label. */
  minContextSeconds: manifest.architecture.shape.minContextSeconds,
  /**
   * Trains for use with a calibration. `centre-tokens`: of every subject's tokens the mean of half a minute of this
   * label is taken off, or of all there is of a subject where the state is "any"; needs recordings of it of every
   * subject, and a frozen mix and frozen bands. `align-channels`:
   * every recording is learned from twice, as it is and aligned by the covariance of all of its subject's recordings;
   * the state names what these are. @default none
   */
  calibration: z
    .strictObject({ way: z.enum(["centre-tokens", "align-channels"]), state: z.string().min(1) })
    .optional(),
  recipe,
  /** Seed of everything that is drawn. */
  seed: z.number().int(),
});

export type TrainingConfig = z.infer<typeof trainingSchema>;
export type Recipe = TrainingConfig["recipe"];
export type ClassRule = TrainingConfig["data"]["classes"];

/**
 * Reads the text of a training configuration.
 * @param place names the file in errors
 * @throws EegError CONFIG_INVALID, which names the field
 */
export function parseTrainingConfig(text: string, place: string): TrainingConfig {
  const fail = (field: string, message: string): EegError => faulty(place, field, message);
  const config = parseConfig(trainingSchema, text, place);
  checkSizes(config, place);
  const { classes } = config.data;
  const named = Object.keys(classes.from === "file-name" ? classes.patterns : classes.texts);
  const strange = named.find((label) => !config.labels.includes(label));
  if (strange !== undefined) throw fail("data.classes", `'${strange}' is not among the labels`);
  const absent = config.labels.find((label) => !named.includes(label));
  if (absent !== undefined) throw fail("data.classes", `the label '${absent}' has no rule`);
  if (config.recipe.batch % config.labels.length !== 0)
    throw fail(
      "recipe.batch",
      `expected a multiple of the ${config.labels.length} labels, got ${config.recipe.batch}`,
    );
  if (config.recipe.powers === "covariances") checkCovariances(config, fail);
  else if (
    config.recipe.mirror !== undefined ||
    config.sizes.evoked ||
    config.calibration?.way === "align-channels"
  )
    throw fail("recipe.powers", 'recipe.mirror, sizes.evoked and alignment need "covariances"');
  if ((config.sizes.evoked === undefined) !== (config.recipe.evoked === undefined))
    throw fail("recipe.evoked", "goes with sizes.evoked: both or neither");
  if (config.calibration?.way === "centre-tokens") {
    const { state } = config.calibration;
    if (state !== anyState && !config.labels.includes(state))
      throw fail("calibration.state", `'${state}' is neither among the labels nor "${anyState}"`);
    const free = ["mix.weight", "bands.centre", "bands.width"].filter(
      (name) => !config.recipe.frozen.includes(name),
    );
    if (free.length > 0) throw fail("recipe.frozen", `calibration needs ${free.join(", ")} to be frozen`);
    if (config.recipe.doubleCentring)
      throw fail("recipe.doubleCentring", "does not go with calibration, which centres tokens by person");
  }
  return config;
}

/** A configuration of a schema, or which of its fields is wrong. @throws EegError CONFIG_INVALID */
export function parseConfig<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  place: string,
): z.infer<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw faulty(place, "top level", `not JSON: ${(cause as Error).message}`);
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw faulty(place, issue.path.join(".") || "top level", issue.message);
}

export function faulty(place: string, field: string, message: string): EegError {
  return new EegError("CONFIG_INVALID", `${place}, ${field}: ${message}`);
}

/** That the parts of an encoder and its recipe fit each other. @throws EegError CONFIG_INVALID */
export function checkSizes({ sizes, recipe }: SizesAndRecipe, place: string): void {
  for (const field of ["bandCentres", "bandWidths"] as const)
    if (recipe.start[field].length !== sizes.bands)
      throw faulty(
        place,
        `recipe.start.${field}`,
        `expected ${sizes.bands} numbers (sizes.bands), got ${recipe.start[field].length}`,
      );
  if (sizes.width % sizes.heads !== 0)
    throw faulty(
      place,
      "sizes.width",
      `expected a multiple of sizes.heads (${sizes.heads}), got ${sizes.width}`,
    );
  if (recipe.lossFromSeconds >= recipe.stretchSeconds)
    throw faulty(place, "recipe.lossFromSeconds", "leaves nothing of a stretch");
}

interface SizesAndRecipe {
  readonly sizes: TrainingConfig["sizes"];
  readonly recipe: Pick<Recipe, "start" | "stretchSeconds" | "lossFromSeconds">;
}

/** What training on covariances can do. */
function checkCovariances(
  { recipe, sizes, labels, calibration }: TrainingConfig,
  fail: (field: string, message: string) => EegError,
): void {
  const free = ["bands.centre", "bands.width"].filter((name) => !recipe.frozen.includes(name));
  if (free.length > 0) throw fail("recipe.frozen", `powers from covariances need ${free.join(", ")} frozen`);
  if (sizes.window !== 1) throw fail("sizes.window", "powers from covariances need 1");
  for (const field of ["stretchGain", "channelGain", "channelDropOut"] as const)
    if (recipe[field] !== 0) throw fail(`recipe.${field}`, "powers from covariances need 0");
  if (recipe.doubleCentring || recipe.check || calibration?.way === "centre-tokens")
    throw fail(
      "recipe.powers",
      "covariances do not go with double centring, early stopping or the centring of tokens",
    );
  if (recipe.mirror === "odd" && (labels.length !== 2 || sizes.components % 2 !== 0))
    throw fail("recipe.mirror", "odd needs two labels and an even number of components");
}

/** The model's sizes: those of the configuration, and a class for each label. */
export function encoderSizes({ sizes, labels: { length } }: TrainingConfig): EncoderSizes {
  return { ...sizes, classes: length };
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, "u") instanceof RegExp;
  } catch {
    return false;
  }
}
