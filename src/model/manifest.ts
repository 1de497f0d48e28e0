import * as z from "zod";
import { EegError } from "../eeg/errors.ts";
import { common, filter, positive } from "./manifest-parts.ts";
import { windowManifestSchema, type WindowManifest } from "./window-manifest.ts";

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
    /** Parts that look for evoked responses. @default none */
    evoked: z
      .strictObject({ responses: positive, onsets: positive, reach: positive, window: positive })
      .optional(),
  }),
  /** Added to every band power before its logarithm, µV². */
  epsilon: z.number().positive(),
  /** Valid patches are needed for this long before the first label, seconds. */
  minContextSeconds: z.number().positive(),
});

/** What `model.json` holds (format `brainwire-model/1`) for the encoder that `encoder.ts` defines. */
export const manifestSchema = z.strictObject({
  ...common,
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
});

export type Manifest = z.infer<typeof manifestSchema>;

/**
 * Reads the text of a `model.json`, of either kind of model.
 * @param place names the file in errors
 * @throws EegError MODEL_MANIFEST
 */
export function parseManifest(text: string, place: string): Manifest | WindowManifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new EegError(
      "MODEL_MANIFEST",
      `${place}: not JSON: ${(cause as Error).message}; fetch the model again, or mend the file`,
      { cause },
    );
  }
  const format = (json as { format?: unknown } | null)?.format;
  if (typeof format === "string" && format.startsWith("brainwire-model/") && format !== "brainwire-model/1")
    throw new EegError(
      "MODEL_MANIFEST",
      `${place}: format '${format}' is newer than this brainwire, which knows brainwire-model/1; update brainwire`,
    );
  const kind = (json as { architecture?: { kind?: unknown } } | null)?.architecture?.kind;
  const result = (kind === "onnx-window" ? windowManifestSchema : manifestSchema).safeParse(json);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    throw new EegError(
      "MODEL_MANIFEST",
      `${place}, ${issue.path.join(".") || "top level"}: ${issue.message}`,
    );
  }
  return result.data;
}

/** Whether a manifest is that of a decoder from elsewhere. */
export function isWindowManifest(manifest: Manifest | WindowManifest): manifest is WindowManifest {
  return manifest.architecture.kind === "onnx-window";
}
