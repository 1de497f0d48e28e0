import { z } from "zod";
import type { AbstainReason } from "../eeg/decision.ts";
import { roles } from "./client-message.ts";
import {
  gapReason,
  index,
  nanoseconds,
  sampleRows,
  streamDescription,
  streamNumber,
} from "./stream-schema.ts";

const reasons = [
  "settling",
  "gap",
  "channels-missing",
  "quality",
  "low-confidence",
  "out-of-distribution",
  "dwell",
  "refractory",
  "idle",
] as const satisfies readonly AbstainReason[];
/** Fails to compile where a reason is not told. */
type Untold = Exclude<AbstainReason, (typeof reasons)[number]>;
const everyReason: Untold extends never ? typeof reasons : never = reasons;

const request = z.int().optional();
const milliseconds = z.number().min(0);
const ofStream = { stream: streamNumber, segment: index };

const welcome = z.strictObject({
  kind: z.literal("welcome"),
  protocol: z.literal("brainwire.v1"),
  /** Name and version of the server. */
  server: z.string(),
  roles: z.array(z.enum(roles)),
  heartbeatMs: milliseconds,
  limits: z.strictObject({
    payloadBytes: z.int(),
    textBytes: z.int(),
    messagesPerSecond: z.number(),
    channels: z.int(),
    sfreqHz: z.number(),
  }),
});

const streams = z.strictObject({ kind: z.literal("streams"), request, streams: z.array(streamDescription) });

const subscribed = z.strictObject({
  kind: z.literal("subscribed"),
  request,
  stream: streamNumber,
  instance: z.string(),
  /** Whether it goes on where `from` said; what is no longer there is told by `dropped`. */
  resumed: z.boolean(),
});

/** The first message of every segment, and of every subscription. */
const info = z.strictObject({ kind: z.literal("info"), ...ofStream, info: streamDescription });

const samples = z.strictObject({
  kind: z.literal("samples"),
  ...ofStream,
  start: index,
  timeNs: nanoseconds.nullable(),
  data: sampleRows,
});

const gap = z.strictObject({
  kind: z.literal("gap"),
  ...ofStream,
  start: index,
  nSamples: z.int().min(1),
  reason: gapReason,
});

const marker = z.strictObject({
  kind: z.literal("marker"),
  ...ofStream,
  onset: z.number(),
  duration: z.number(),
  text: z.string(),
  channel: z.string().optional(),
});

const decision = z.strictObject({
  kind: z.literal("decision"),
  ...ofStream,
  /** SHA-256 of the model's weights, in hex. */
  model: z.string(),
  /** From the arrival of the sample that completed the decision's window to the writing of this message. */
  ageMs: milliseconds,
  /** What the age consists of. */
  stages: z.strictObject({
    /** Waited for its turn. */
    queueMs: milliseconds,
    /** Samples to probabilities. */
    decodeMs: milliseconds,
    /** Decided, but not yet written. */
    publishMs: milliseconds,
  }),
  /** As `brainwire decode --format jsonl` prints it. */
  decision: z.strictObject({
    kind: z.literal("decision"),
    sample: index,
    time: z.number(),
    label: z.string().nullable(),
    probability: z.number().nullable(),
    probabilities: z.record(z.string(), z.number()).nullable(),
    abstained: z.boolean(),
    reasons: z.array(z.enum(everyReason)),
    timing: z.strictObject({ tokenMs: milliseconds, encodeMs: milliseconds }).optional(),
  }),
});

const quality = z.strictObject({
  kind: z.literal("quality"),
  ...ofStream,
  /** The stretch that it speaks of. */
  start: index,
  nSamples: z.int().min(1),
  /** In the order of the info's channels. */
  channels: z.array(
    z.strictObject({
      /** Standard deviation, in the channel's unit; null if nothing is there. */
      deviation: z.number().nullable(),
      peakToPeak: z.number().nullable(),
      /** Share of the samples that are missing, 0 to 1. */
      missing: z.number().min(0).max(1),
      state: z.enum(["good", "flat", "noisy", "missing"]),
      /** By PREP's criteria, as far as the last seconds tell; left out where there is none. */
      faults: z
        .array(z.enum(["missing", "flat", "saturated", "deviation", "noisy", "uncorrelated", "mains"]))
        .optional(),
    }),
  ),
});

/** What this subscription did not get. Sent before anything that lies behind it. */
const dropped = z.strictObject({
  kind: z.literal("dropped"),
  ...ofStream,
  what: z.enum(["samples", "decisions", "markers", "quality", "everything"]),
  /** `slow`: this reader was; `expired`: it had left the server's memory before it was asked for. */
  reason: z.enum(["slow", "expired"]),
  /** Messages left out; null if unknown. */
  messages: z.int().min(0).nullable(),
  /** Stretches of the stream's grid, in order, without overlap. */
  ranges: z.array(z.strictObject({ start: index, nSamples: z.int().min(1) })),
});

/** Sent when something changes, and every few seconds for streams whose clock is being estimated. */
const state = z.strictObject({
  kind: z.literal("state"),
  ...ofStream,
  /** `ready`: waits for its first subscriber; `interrupted`: its publisher is lost, and awaited. */
  status: z.enum(["ready", "live", "paused", "interrupted", "ended"]),
  /** Why it ended, where that was not the plan. */
  reason: z.string().optional(),
  playback: z
    .strictObject({
      speed: z.union([z.literal("max"), z.number()]),
      loop: z.boolean(),
      /** Of the recording, at this message. */
      positionSeconds: z.number().min(0),
      durationSeconds: z.number().min(0),
    })
    .nullable(),
  /** How the sender's samples arrive; null until that can be said. */
  clock: z
    .strictObject({
      /** By how many millionths its sampling is faster than it says, by the server's clock. */
      driftPpm: z.number(),
      /** Middle half of the arrival delays, from one frame to another. */
      jitterMs: milliseconds,
    })
    .nullable(),
});

const published = z.strictObject({
  kind: z.literal("published"),
  request,
  ...ofStream,
  instance: z.string(),
  /** Samples that the segment already has: what is sent next starts here or later, and what lies between is a gap. */
  next: index,
});

const pong = z.strictObject({ kind: z.literal("pong"), t0: nanoseconds, t1: nanoseconds, t2: nanoseconds });

/** A control was obeyed. */
const done = z.strictObject({ kind: z.literal("done"), request });

const error = z.strictObject({
  kind: z.literal("error"),
  request,
  code: z.string(),
  message: z.string(),
  /** Whether the connection is closed after it. */
  fatal: z.boolean(),
});

/** Everything a server may say in text frames. Clients ignore kinds and fields that they do not know. */
export const serverMessage = z.discriminatedUnion("kind", [
  welcome,
  streams,
  subscribed,
  info,
  samples,
  gap,
  marker,
  decision,
  quality,
  dropped,
  state,
  published,
  pong,
  done,
  error,
]);

export type ServerMessage = z.infer<typeof serverMessage>;
export type ServerMessageOf<Kind extends ServerMessage["kind"]> = Extract<ServerMessage, { kind: Kind }>;
