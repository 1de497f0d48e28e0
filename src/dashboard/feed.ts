import type { Observable } from "rxjs";
import type { Decision } from "../eeg/decision.ts";
import type { Gap, Info, Marker, Samples } from "../eeg/item.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";

/**
 * What the page draws from, wherever it comes from: a server (`live-feed.ts`) or a file that is decoded inside the page
 * (`file-feed.ts`). Observables are hot: they give what comes while they are subscribed to. None of them fails; what
 * goes wrong stands in `state$`. Nobody writes to what they give.
 */
export interface Feed {
  readonly kind: "live" | "file";
  /** A stream as every source gives it: an info begins each segment, then samples and gaps tile its grid. */
  readonly items$: Observable<Info | Samples | Gap>;
  readonly markers$: Observable<FeedMarker>;
  readonly decisions$: Observable<FeedDecision>;
  /** About once a second of signal. */
  readonly quality$: Observable<FeedQuality>;
  /** What was not received. */
  readonly losses$: Observable<FeedLoss>;
  /** About once a second. */
  readonly stats$: Observable<FeedStats>;
  /** The present state at once, then every change. */
  readonly state$: Observable<FeedState>;
  /** What `state$` says may be done. Each resolves when it was done, and rejects with the reason where it was not. */
  readonly controls: FeedControls;
  /** Ends everything: observables complete, sockets and workers are gone. */
  close(): void;
}

export interface FeedControls {
  play(): Promise<void>;
  pause(): Promise<void>;
  /** To a time of the recording, in seconds from its start. Begins a new segment. */
  seek(seconds: number): Promise<void>;
  /** A factor of real time, or as fast as it goes. */
  speed(speed: number | "max"): Promise<void>;
  /** Whether the recording begins again at its end. */
  loop(loop: boolean): Promise<void>;
}

/** What the stream is, as far as it is known; changes with each segment. */
export interface FeedStream {
  readonly info: StreamInfo;
  readonly origin: "recording" | "synthetic" | "pushed" | "lsl" | "file";
  /** What decodes it, or null: nothing does. `hopSamples`: samples of the stream from one decision to the next. */
  readonly model: {
    readonly name: string;
    readonly version: string;
    readonly labels: readonly string[];
    readonly hopSamples: number;
  } | null;
}

export interface FeedState {
  readonly status:
    | "connecting" // for the first time, or a file is being opened
    | "ready" // nothing has begun to play yet
    | "live"
    | "paused"
    | "interrupted" // its publisher is lost, and awaited
    | "lost" // the connection is; another attempt follows by itself
    | "ended" // it may be played again if `controls` says so
    | "failed"; // for good
  /** A sentence for people where there is something to say: why it is lost, failed or ended. */
  readonly message: string | null;
  /** Whether it is of use to ask for a token and connect anew. */
  readonly needsToken: boolean;
  readonly stream: FeedStream | null;
  /** Of a recording, at this message; null for what cannot be played again. */
  readonly playback: {
    readonly positionSeconds: number;
    readonly durationSeconds: number;
    readonly speed: number | "max";
    readonly loop: boolean;
  } | null;
  /** Whether the controls may be used. */
  readonly controls: boolean;
  /** How the sender's clock runs by the receiver's, where that is estimated. */
  readonly clock: { readonly driftPpm: number; readonly jitterMs: number } | null;
}

/** `sample`, `time` and `segment` are on the grid of the items' stream. */
export interface FeedDecision extends Decision {
  readonly segment: number;
  /** From the last sample that it needed to its label here, milliseconds; null if unknown. */
  readonly latencyMs: number | null;
}

export interface FeedMarker extends Marker {
  readonly segment: number;
}

/** How each channel looked over a stretch, in the order of the stream's channels. */
export interface FeedQuality {
  readonly segment: number;
  readonly start: number;
  readonly nSamples: number;
  readonly channels: readonly {
    /** Standard deviation and range in the channel's unit; null if nothing is there. */
    readonly deviation: number | null;
    readonly peakToPeak: number | null;
    /** Share of the samples that are missing, 0 to 1. */
    readonly missing: number;
    readonly state: "good" | "flat" | "noisy" | "missing";
  }[];
}

export interface FeedLoss {
  readonly what: "samples" | "decisions" | "markers" | "quality" | "everything";
  readonly reason: "slow" | "expired" | "restarted";
  readonly segment: number;
  /** Messages left out; null if unknown. */
  readonly messages: number | null;
  /** In samples of the segment's grid; `nSamples` is null where nobody knows how far it went. */
  readonly ranges: readonly { readonly start: number; readonly nSamples: number | null }[];
}

/** Counts since the feed was opened. */
export interface FeedStats {
  readonly samples: number;
  readonly decisions: number;
  readonly droppedSamples: number;
  readonly droppedDecisions: number;
  readonly reconnects: number;
  /** There and back between this page and the server; null where there is none, or none yet. */
  readonly roundTripMs: number | null;
}
