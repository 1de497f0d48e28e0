import type { EegErrorCode } from "../eeg/errors.ts";
import type { Decision } from "../eeg/decision.ts";
import type { Gap, Info, Marker, Samples } from "../eeg/item.ts";
import type { Quality } from "../signal/quality.ts";
import type { PlaybackAction, PlaybackState } from "../source/playback.ts";
import type { FeedStream } from "./feed.ts";

/** What the page says to the worker that decodes a file. */
export type ToWorker =
  | OpenFiles
  | { readonly kind: "control"; readonly request: number; readonly action: PlaybackAction }
  /** A batch was consumed: there is room for another. */
  | { readonly kind: "credit" };

export interface OpenFiles {
  readonly kind: "open";
  /** The files of one recording, in any order. */
  readonly files: readonly File[];
  /** Folder of the model, ending in a slash. */
  readonly model: string;
  readonly speed: number | "max";
  readonly loop: boolean;
}

/** What the worker says. Times are milliseconds since 1970 by the machine's monotonic clock. */
export type FromWorker =
  /** Once, before the first batch. */
  | { readonly kind: "opened"; readonly stream: FeedStream }
  | { readonly kind: "batch"; readonly events: readonly FileEvent[] }
  | {
      readonly kind: "state";
      readonly status: "live" | "paused" | "ended";
      readonly playback: PlaybackState;
      /** What is wrong with the file, as far as reading has worked around it; null: nothing. */
      readonly message: string | null;
    }
  | { readonly kind: "done"; readonly request: number }
  | { readonly kind: "failed"; readonly code: EegErrorCode | null; readonly message: string };

export type FileEvent =
  | Info
  | Samples
  | Gap
  | { readonly kind: "marker"; readonly marker: Marker }
  | { readonly kind: "decision"; readonly decision: Decision; readonly arrivedMs: number | null }
  | { readonly kind: "quality"; readonly quality: Quality };

/** Milliseconds since 1970, the same in a page and its workers, never going backward. */
export function sharedNow(): number {
  return performance.timeOrigin + performance.now();
}
