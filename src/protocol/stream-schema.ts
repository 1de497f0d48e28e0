import { z } from "zod";

/** Building blocks of the messages: numbers with their ranges, and what a stream says of itself. */

export const index = z.int().min(0);
/** The server's number for a stream. */
export const streamNumber = z.int().min(0).max(0xffffffff);
const text = z.string().max(1000);
export const shortText = z.string().min(1).max(200);
/** Nanoseconds as a decimal string: JSON numbers end at 2^53. */
export const nanoseconds = z.string().regex(/^-?\d{1,19}$/);
const finite = z.number();
const positiveInteger = z.int().min(1);

const channel = z.strictObject({
  label: shortText,
  unit: z.string().max(80),
  type: z.enum(["eeg", "eog", "emg", "ecg", "misc", "trig"]),
  position: z.tuple([finite, finite, finite]).nullable(),
  reference: z.string().max(200).nullable(),
});

const filter = z.strictObject({
  kind: z.enum(["highpass", "lowpass", "bandpass", "notch", "resample", "reference", "other"]),
  description: text,
  lowHz: finite.optional(),
  highHz: finite.optional(),
});

/** What a publisher says of its stream: `StreamInfo` without the segment, which the server counts. */
export const publishedInfo = z.strictObject({
  name: shortText,
  /** What the stream carries, as LSL has it. */
  type: shortText.default("EEG"),
  sourceId: shortText,
  channels: z.array(channel).min(1).max(65535),
  sfreq: z.strictObject({ num: positiveInteger, den: positiveInteger }),
  t0: text.nullable().default(null),
  filters: z.array(filter).max(100).default([]),
  delaySamples: z.number().min(0).default(0),
  settleSamples: z.number().min(0).default(0),
});

/** What the server says of a stream. */
export const streamDescription = publishedInfo.required().extend({
  stream: streamNumber,
  /** Changes whenever the stream is made anew, also by a restart of the server: segments then count anew. */
  instance: shortText,
  segment: index,
  origin: z.enum(["recording", "synthetic", "pushed", "lsl"]),
  clock: z.strictObject({
    /** Time of sample 0 of this segment on the server's clock, ns since 1970; null before the first sample came. */
    t0Ns: nanoseconds.nullable(),
  }),
  model: z
    .strictObject({
      name: text,
      version: text,
      /** SHA-256 of the weights, in hex. */
      hash: text,
      labels: z.array(text),
      /** Samples of the stream from one decision to the next, possibly fractional. */
      hopSamples: z.number().positive(),
      /** What else its decisions depend on, so that who has the samples can decide the same again. */
      pipeline: z
        .strictObject({
          engine: text,
          device: text,
          /** SHA-256 of the calibration, in hex. */
          calibration: text.nullable(),
          allowFiltered: z.boolean(),
          /** What becomes of labels where the model's channels are bad; `off` if it is left out. */
          quality: z.enum(["abstain", "say", "off"]).optional(),
          smoothSeconds: z.number().nullable(),
          dwellSeconds: z.number().nullable(),
          refractorySeconds: z.number().nullable(),
          /** The model that says whether anything is done, with the SHA-256 of its weights; none if it is left out. */
          gate: z
            .strictObject({ name: text, version: text, weights: text, threshold: z.number().min(0).max(1) })
            .nullable()
            .optional(),
        })
        .optional(),
    })
    .nullable(),
  /** Seconds from start to end if it is a recording whose length is known. */
  durationSeconds: z.number().min(0).nullable(),
});

export type PublishedInfo = z.input<typeof publishedInfo>;
export type StreamDescription = z.infer<typeof streamDescription>;

export const gapReason = z.enum(["discontinuity", "lost", "paused", "edge", "damaged"]);

const missing = z.null();
/** Samples as JSON: a row a channel, null where a number is missing. */
export const sampleRows = z.array(z.array(z.union([finite, missing]))).min(1);
