import type { Observable } from "rxjs";
import type { Decision } from "../eeg/decision.ts";
import type { Gap, Info, Item, Marker, Samples } from "../eeg/item.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import type { ControlAction, Delivery, Encoding, What } from "../protocol/client-message.ts";
import type { ServerMessageOf } from "../protocol/server-message.ts";
import type { PublishedInfo, StreamDescription } from "../protocol/stream-schema.ts";
import type { LinkState } from "./link.ts";
import type { Publication } from "./publication.ts";

export interface ConnectOptions {
  /** Name of the stream to subscribe to. @default the first that the server lists */
  readonly stream?: string;
  /** Needed where the server has a tokens file. It is sent in the first message, never in the address. */
  readonly token?: string;
  /**
   * Where to begin: sample `sample` of `segment`, as far as the server remembers it (PROTOCOL.md, "From").
   * @default what happens next
   */
  readonly from?: { readonly instance?: string; readonly segment: number; readonly sample: number };
  /** What happens if this program reads too slowly: PROTOCOL.md, "Slow readers". @default "lossless" */
  readonly delivery?: Delivery;
  /** How samples travel. @default "binary" */
  readonly encoding?: Encoding;
  /** Whether the observables complete when the stream ends, or wait for it to be played again. @default "complete" */
  readonly afterEnd?: "complete" | "wait";
  /** Silence after which the server is taken for lost, milliseconds. @default 10000 */
  readonly timeoutMs?: number;
  /** Pause before the first new attempt to connect, milliseconds; it doubles each time. @default 250 */
  readonly retryMs?: number;
  /** Longest pause between attempts, milliseconds. @default 10000 */
  readonly longestRetryMs?: number;
  /** Messages that the server may be ahead of this program. @default 256 */
  readonly credit?: number;
}

/** A decision with what the socket adds to it. */
export interface LiveDecision extends Decision {
  readonly segment: number;
  /** SHA-256 of the model's weights, in hex. */
  readonly model: string;
  /** From the arrival of the sample that completed the window at the server to the decision's leave. */
  readonly ageMs: number;
  readonly stages: ServerMessageOf<"decision">["stages"];
}

export interface LiveMarker extends Marker {
  readonly segment: number;
}

export type Quality = ServerMessageOf<"quality">;
export type StreamState = ServerMessageOf<"state">;

/** What was not received. */
export interface Drop {
  readonly what: ServerMessageOf<"dropped">["what"];
  /** `slow`: we read too slowly; `expired`: the server no longer had it; `restarted`: the stream was made anew. */
  readonly reason: "slow" | "expired" | "restarted";
  readonly segment: number;
  /** Messages left out; null if unknown. */
  readonly messages: number | null;
  /** In samples of the segment's grid; `nSamples` is null where nobody knows how far it went. */
  readonly ranges: readonly { readonly start: number; readonly nSamples: number | null }[];
}

/** The begin of a segment, with all that the server says of it. */
export interface LiveInfo extends Info {
  readonly description: StreamDescription;
}

/** What a subscription gives, once each, in the stream's order. */
export type LiveEvent =
  | LiveInfo
  | Samples
  | Gap
  | { readonly kind: "decision"; readonly decision: LiveDecision }
  | { readonly kind: "marker"; readonly marker: LiveMarker }
  | { readonly kind: "quality"; readonly quality: Quality }
  | { readonly kind: "drop"; readonly drop: Drop }
  | { readonly kind: "state"; readonly state: StreamState };

export interface LiveStats {
  /** Since the connection was made, reconnects included. */
  readonly samples: number;
  readonly decisions: number;
  readonly droppedSamples: number;
  readonly droppedDecisions: number;
  readonly reconnects: number;
  /** Age of the last second's decisions when they left the server, plus half the round trip; null without any. */
  readonly latencyMs: { readonly median: number; readonly longest: number } | null;
  /** The server's clock less ours, and by how much that may be wrong; null before the first probe came back. */
  readonly clock: {
    readonly offsetMs: number;
    readonly uncertaintyMs: number;
    readonly roundTripMs: number;
  } | null;
}

/** The state of the connection, and that of the stream on it, once known. */
export interface LiveState {
  readonly connection: LinkState;
  readonly stream: StreamState | null;
}

/**
 * A connection to a server. Observables are hot: they give what comes while they are subscribed to, and what is asked
 * of the server is what somebody is subscribed to. Each subscriber gets its own items. They complete at the stream's
 * end and on `close()`, and fail with a ProtocolError if coming back would be of no use (a wrong token).
 */
export interface Live {
  readonly decisions$: Observable<LiveDecision>;
  /** Infos, samples, gaps: a stream as every source gives it, fit for stages such as `bandpass()`. */
  readonly samples$: Observable<Item>;
  readonly markers$: Observable<LiveMarker>;
  readonly quality$: Observable<Quality>;
  readonly drops$: Observable<Drop>;
  /** Once a second. */
  readonly stats$: Observable<LiveStats>;
  /** The present state at once, then every change. */
  readonly state$: Observable<LiveState>;
  /** What the subscribed stream says of itself, null before it did. */
  readonly info: StreamDescription | null;
  /** The streams that the server has now. */
  streams(): Promise<readonly StreamDescription[]>;
  /**
   * The stream as a source that is pulled: the server waits (or drops, as `delivery` says) while nobody pulls.
   * @example for await (const decision of decode(live.items(), model)) ...
   */
  items(): AsyncIterable<Item>;
  /** The same with everything else that is asked for, in one order, and what was dropped: for recording it. */
  events(what: readonly What[]): AsyncIterable<LiveEvent>;
  /** Plays, pauses, seeks or speeds up a recording. Needs the role `control`. */
  control(action: ControlAction): Promise<void>;
  /** Pushes a stream of one's own. Needs the role `publish`. */
  publish(info: PublishedInfo): Publication;
  close(): void;
}

export function liveInfo(description: StreamDescription): LiveInfo {
  return { kind: "info", stream: streamInfo(description), description };
}

/** What a stream's description says to stages and decoders. */
export function streamInfo(description: StreamDescription): StreamInfo {
  const { name, sourceId, segment, channels, sfreq, t0, filters, delaySamples, settleSamples } = description;
  const applied = filters.map(({ kind, description: text, lowHz, highHz }) => ({
    kind,
    description: text,
    ...(lowHz === undefined ? {} : { lowHz }),
    ...(highHz === undefined ? {} : { highHz }),
  }));
  return { name, sourceId, segment, channels, sfreq, t0, filters: applied, delaySamples, settleSamples };
}
