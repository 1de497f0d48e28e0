import type { Diagnostic } from "../eeg/errors.ts";
import type { Item, Samples } from "../eeg/item.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";

/** A file opened by one of the readers. */
export interface Recording {
  /** What `brainwire info` prints. Complete: it has looked at every annotation and every record's time. */
  summary(): Promise<RecordingSummary>;
  /**
   * A stream for each sampling rate (in XDF: for each stream of numbers with a rate), in the file's order; annotations
   * belong to all of them.
   */
  readonly streams: readonly StreamInfo[];
  /** Index of the stream whose rate most EEG channels have. */
  readonly defaultStream: number;
  /** The items of one stream from its start, read as they are asked for. Each call begins anew. */
  items(options?: ItemsOptions): AsyncGenerator<Item, void, undefined>;
  /** Faults of the file that reading worked around, as far as they have been met. */
  readonly diagnostics: readonly Diagnostic[];
  close(): Promise<void>;
}

/** A recording with random access to its samples. */
export interface RecordingFile extends Recording {
  /**
   * A stretch of a stream: the numbers that the items have there, NaN where these have a gap; fewer samples where the
   * segment ends within it, and none behind its end. In EDF+ and BDF+ the first call asks every record for its time.
   * @throws RangeError if `start` or `nSamples` is no integer >= 0
   */
  readStretch(options: StretchOptions): Promise<Samples>;
}

/** A stretch of a stream, by the grid of one of its segments. */
export interface StretchOptions {
  /** Index into `streams`. @default `defaultStream` */
  readonly stream?: number;
  /** Counts the stretches with one grid, as `StreamInfo` does. @default 0 */
  readonly segment?: number;
  /** Of the first sample, from 0. */
  readonly start: number;
  readonly nSamples: number;
}

export interface ItemsOptions {
  /** Index into `streams`. @default `defaultStream` */
  readonly stream?: number;
}

export interface RecordingSummary {
  /** `EDF`, `EDF+C`, `EDF+D`, `BDF`, `BDF+C`, `BDF+D`, `BrainVision`, `GDF 2.20` (with its version), `XDF`. */
  readonly format: string;
  /** Local ISO 8601 without a zone, or null. */
  readonly startTime: string | null;
  /** From the first sample to the end of the last, gaps included. */
  readonly durationSeconds: number;
  /** 0, as is their duration, in formats without data records. */
  readonly nRecords: number;
  readonly recordDurationSeconds: number;
  readonly channels: readonly ChannelSummary[];
  readonly annotations: readonly AnnotationSummary[];
  readonly gaps: readonly { readonly startSeconds: number; readonly durationSeconds: number }[];
  readonly diagnostics: readonly { readonly code: string; readonly message: string }[];
}

/** One signal, as the file declares it. */
export interface ChannelSummary {
  readonly label: string;
  readonly sfreq: number;
  readonly unit: string;
  readonly nSamples: number;
  /** NaN (null in JSON), as the other three, where the format declares no range. */
  readonly physicalMin: number;
  readonly physicalMax: number;
  readonly digitalMin: number;
  readonly digitalMax: number;
  readonly prefilter: string;
  readonly transducer: string;
}

export interface AnnotationSummary {
  readonly onsetSeconds: number;
  /** Null where the file gives none. */
  readonly durationSeconds: number | null;
  readonly text: string;
}
