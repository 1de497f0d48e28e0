import { z } from "zod";
import {
  gapReason,
  index,
  nanoseconds,
  publishedInfo,
  sampleRows,
  shortText,
  streamNumber,
} from "./stream-schema.ts";

/** Chosen by the client; the answer and any error bear it. */
const request = z.int().min(0).max(0xffffffff).optional();

const channelsOfInterest = ["samples", "decisions", "markers", "quality"] as const;
const deliveries = ["lossless", "latest", "decimate"] as const;
const encodings = ["binary", "json"] as const;
export const roles = ["publish", "subscribe", "control"] as const;

const hello = z.strictObject({
  kind: z.literal("hello"),
  token: z.string().max(1000).optional(),
  /** Name and version of the client, for the server's log. */
  client: z.string().max(200).optional(),
});

const list = z.strictObject({ kind: z.literal("list"), request });

const subscribe = z.strictObject({
  kind: z.literal("subscribe"),
  request,
  /** The stream's name. Left out: the first that the server lists. */
  stream: shortText.optional(),
  what: z.array(z.enum(channelsOfInterest)).min(1).max(4).default(["decisions"]),
  /** Go on where another connection ended. Left out: from now. */
  from: z.strictObject({ instance: shortText.optional(), segment: index, sample: index }).optional(),
  delivery: z.enum(deliveries).default("lossless"),
  encoding: z.enum(encodings).default("binary"),
  /** Messages that the server may send before it waits for `credit`. Left out: no limit. */
  credit: z.int().min(1).max(1_000_000).optional(),
});

const unsubscribe = z.strictObject({ kind: z.literal("unsubscribe"), stream: streamNumber });

const credit = z.strictObject({
  kind: z.literal("credit"),
  stream: streamNumber,
  messages: z.int().min(1).max(1_000_000),
});

const publish = z.strictObject({ kind: z.literal("publish"), request, info: publishedInfo });

/** The publisher's stream goes on with a new grid, from sample 0. */
const info = z.strictObject({ kind: z.literal("info"), stream: streamNumber, info: publishedInfo });

const samples = z.strictObject({
  kind: z.literal("samples"),
  stream: streamNumber,
  segment: index,
  start: index,
  timeNs: nanoseconds.nullable().optional(),
  data: sampleRows,
});

const gap = z.strictObject({
  kind: z.literal("gap"),
  stream: streamNumber,
  segment: index,
  start: index,
  nSamples: z.int().min(1),
  reason: gapReason,
});

const marker = z.strictObject({
  kind: z.literal("marker"),
  stream: streamNumber,
  segment: index,
  /** In samples of the stream's grid. */
  onset: z.number(),
  duration: z.number().min(0),
  text: z.string().max(10_000),
  channel: shortText.optional(),
});

const end = z.strictObject({ kind: z.literal("end"), stream: streamNumber });

const control = z.strictObject({
  kind: z.literal("control"),
  request,
  stream: streamNumber,
  action: z.discriminatedUnion("do", [
    z.strictObject({ do: z.literal("play") }),
    z.strictObject({ do: z.literal("pause") }),
    z.strictObject({ do: z.literal("seek"), seconds: z.number().min(0) }),
    z.strictObject({
      do: z.literal("speed"),
      speed: z.union([z.literal("max"), z.number().positive().max(1000)]),
    }),
    z.strictObject({ do: z.literal("loop"), loop: z.boolean() }),
  ]),
});

const ping = z.strictObject({ kind: z.literal("ping"), t0: nanoseconds });

/** Everything a client may say in text frames. */
export const clientMessage = z.discriminatedUnion("kind", [
  hello,
  list,
  subscribe,
  unsubscribe,
  credit,
  publish,
  info,
  samples,
  gap,
  marker,
  end,
  control,
  ping,
]);

export type ClientMessage = z.infer<typeof clientMessage>;
/** As a client writes it, with what has a default left out. */
export type ClientMessageInput = z.input<typeof clientMessage>;
export type ClientMessageOf<Kind extends ClientMessage["kind"]> = Extract<ClientMessage, { kind: Kind }>;
export type What = (typeof channelsOfInterest)[number];
export type Delivery = (typeof deliveries)[number];
export type Encoding = (typeof encodings)[number];
export type Role = (typeof roles)[number];
export type ControlAction = ClientMessageOf<"control">["action"];
