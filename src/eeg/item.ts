import type { StreamInfo } from "./stream-info.ts";

/**
 * What flows through every source, stage and socket. Samples and gaps tile the stream's grid in order and
 * without overlap, from sample 0 of each segment; a marker comes before the samples that hold its onset.
 * Every item owns its data, and nobody writes to it after it was emitted.
 */
export type Item = Info | Samples | Gap | Marker;

/** The first item of every segment. */
export interface Info {
  readonly kind: "info";
  readonly stream: StreamInfo;
}

export interface Samples {
  readonly kind: "samples";
  /** Index of the first sample on the stream's grid. */
  readonly start: number;
  /** Channel after channel, `nSamples` of each; µV, other units as declared. NaN: this channel is missing here. */
  readonly data: Float32Array;
  readonly nSamples: number;
}

/** Why samples were never there. */
export type GapReason = "discontinuity" | "lost" | "paused" | "edge" | "damaged";

export interface Gap {
  readonly kind: "gap";
  readonly start: number;
  readonly nSamples: number;
  readonly reason: GapReason;
}

/** An annotation on a stream. Onset and duration in samples of the stream's grid, possibly fractional. */
export interface Marker {
  readonly kind: "marker";
  readonly onset: number;
  readonly duration: number;
  readonly text: string;
  readonly channel?: string;
}
