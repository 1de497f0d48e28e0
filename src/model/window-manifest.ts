import * as z from "zod";
import { common, filter, positive } from "./manifest-parts.ts";

const numbers = z.array(z.number()).min(1);
const over = z.enum(["all", "channel"]);

/**
 * How a window's numbers are scaled before the model sees them, each less a mean and over a deviation:
 * - `none`: not at all
 * - `fixed`: by given numbers, one for all channels or one for each
 * - `window`: by the window's own, over all channels or each channel's
 * - `running`: sample by sample by exponentially weighted ones of the past, each channel's, the newest sample weighing
 *   `weight` (as braindecode's `exponential_moving_standardize` without its first block)
 * - `calibration`: by those of a person's own recording, over all channels or each channel's
 */
const normalisation = z.discriminatedUnion("way", [
  z.strictObject({ way: z.literal("none") }),
  z.strictObject({
    way: z.literal("fixed"),
    mean: numbers,
    deviation: z.array(z.number().positive()).min(1),
  }),
  z.strictObject({ way: z.literal("window"), over }),
  z.strictObject({
    way: z.literal("running"),
    weight: z.number().positive().max(1),
    /** The least deviation that is divided by. */
    floor: z.number().positive(),
    /** No label before so much of the stream was seen, from its start or the last gap on, seconds. */
    warmUpSeconds: z.number().nonnegative(),
  }),
  z.strictObject({ way: z.literal("calibration"), over }),
]);

export type Normalisation = z.infer<typeof normalisation>;

/** What an axis of the graph's input holds: a number is its length, `batch` is 1. */
const axis = z.union([z.enum(["batch", "channels", "samples"]), positive]);

/** What `model.json` holds for a decoder from elsewhere: an ONNX graph that takes windows. */
export const windowManifestSchema = z.strictObject({
  ...common,
  input: z.strictObject({
    sfreq: z.number().positive(),
    unit: z.enum(["V", "mV", "µV", "nV"]),
    /** Applied in this order after resampling, before the reference. */
    filters: z.array(filter),
    reference: z.enum(["average", "none"]),
    channels: z.strictObject({
      /** As the model has them in its rows: 10-05 names, or labels as recordings have them. */
      order: z.array(z.string().min(1)).min(1),
      /** How many may be missing: they are interpolated by spherical splines. 0: a missing one is refused. */
      interpolateAtMost: z.number().int().nonnegative(),
    }),
    window: z.strictObject({
      samples: positive,
      /** From one decision to the next, unless another hop is asked for. */
      hopSamples: positive,
    }),
    normalisation,
  }),
  architecture: z.strictObject({
    kind: z.literal("onnx-window"),
    input: z.strictObject({ name: z.string().min(1), axes: z.array(axis).min(2) }),
    output: z.strictObject({ name: z.string().min(1) }),
  }),
});

export type WindowManifest = z.infer<typeof windowManifestSchema>;
export type Axis = WindowManifest["architecture"]["input"]["axes"][number];

/** What the schema cannot say: that the parts fit each other. @returns the field and what is wrong with it, or null */
export function windowManifestFault(manifest: WindowManifest): string | null {
  const { input, architecture, labels } = manifest;
  const { channels, window } = input;
  const { axes } = architecture.input;
  const nChannels = channels.order.length;
  const shape = axisLengths(axes, { channels: nChannels, samples: window.samples });
  const size = shape.reduce((product, n) => product * n, 1);
  const { normalisation: scaling } = input;
  const faults: readonly [boolean, string][] = [
    [new Set(labels).size !== labels.length, `labels: each must be there once, got ${labels.join(", ")}`],
    [
      new Set(channels.order).size !== nChannels,
      `input.channels.order: each must be there once, got ${channels.order.join(", ")}`,
    ],
    [
      channels.interpolateAtMost >= nChannels,
      `input.channels.interpolateAtMost: ${channels.interpolateAtMost} of ${nChannels} channels`,
    ],
    [
      size !== nChannels * window.samples,
      `architecture.input.axes: [${axes.join(", ")}] hold ${size} numbers, a window of ${nChannels} channels and ${window.samples} samples has ${nChannels * window.samples}`,
    ],
    [
      scaling.way === "fixed" &&
        [scaling.mean, scaling.deviation].some(({ length }) => length !== 1 && length !== nChannels),
      `input.normalisation: expected 1 or ${nChannels} means and deviations`,
    ],
  ];
  return faults.find(([is]) => is)?.[1] ?? null;
}

/** The shape of the graph's input for one window. */
export function axisLengths(
  axes: readonly Axis[],
  { channels, samples }: { readonly channels: number; readonly samples: number },
): readonly number[] {
  return axes.map((each) =>
    each === "batch" ? 1 : each === "channels" ? channels : each === "samples" ? samples : each,
  );
}
