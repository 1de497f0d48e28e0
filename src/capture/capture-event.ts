import type { Decision } from "../eeg/decision.ts";
import type { Gap, Marker, Samples } from "../eeg/item.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import type { Decoder } from "./manifest.ts";

/**
 * What a live stream consists of while it is captured, in its order. Samples and gaps tile each segment's grid from
 * sample 0, as from every source; of the gaps, those that a `loss` names were there for the decoder and not for us.
 */
export type CaptureEvent = SegmentBegin | Samples | Gap | Marker | CapturedDecision | Loss | Note;

/** The first event of every segment. */
export interface SegmentBegin {
  readonly kind: "segment";
  readonly stream: StreamInfo;
  /** Who decodes it and how; null: nobody does. */
  readonly decoder: Decoder | null;
  /** What else its source says of the segment, kept as it is. */
  readonly source?: Readonly<Record<string, unknown>>;
}

/** A decision with what the way to us adds to it, such as its age. */
export interface CapturedDecision extends Decision {
  readonly received?: Readonly<Record<string, unknown>>;
}

/** What was not received though it was there. */
export interface Loss {
  readonly kind: "loss";
  readonly what: "samples" | "decisions" | "markers" | "quality" | "everything";
  /** `late`: the capture began after it; else as the client tells it. */
  readonly reason: "late" | "slow" | "expired" | "restarted";
  /** In samples of the segment's grid; `nSamples` is null where nobody knows how far it went. */
  readonly ranges: readonly { readonly start: number; readonly nSamples: number | null }[];
}

/** Something to know of the capture's course: a lost connection, a change of the stream's state. */
interface Note {
  readonly kind: "note";
  readonly what: "connection" | "state";
  readonly status: string;
  readonly reason?: string;
}
