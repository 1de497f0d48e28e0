import type { Sfreq } from "./sfreq.ts";

/** The kind of signal, as BIDS and MNE name it, in lower case. */
export type ChannelType = "eeg" | "eog" | "emg" | "ecg" | "misc" | "trig";

/** A place on the unit sphere: x to the right ear, y to the nose, z up. */
export type Position = readonly [x: number, y: number, z: number];

export interface Channel {
  /** As the recording has it, without padding, made unique within the stream. */
  readonly label: string;
  /** The unit of the stream's numbers: `µV` for every voltage, else as declared. */
  readonly unit: string;
  readonly type: ChannelType;
  /** Where the electrode sits, or null: unknown label, derivation, or no electrode at all. */
  readonly position: Position | null;
  /** The electrode(s) subtracted, or null where the recording does not say. */
  readonly reference: string | null;
}

/** A filter that the stream went through before it reached us or within our own stages. */
export interface AppliedFilter {
  readonly kind: "highpass" | "lowpass" | "bandpass" | "notch" | "resample" | "reference" | "other";
  /** For people, in the form `band-pass 1-45 Hz, Butterworth order 2`. */
  readonly description: string;
  readonly lowHz?: number;
  readonly highHz?: number;
}

/** What a stream says of itself before it says anything else. */
export interface StreamInfo {
  readonly name: string;
  /** What LSL and XDF call the type of a stream: `EEG`, `Gaze`. */
  readonly type?: string;
  /** Names the origin for as long as it exists: a path, a device's serial number. */
  readonly sourceId: string;
  /** Counts the stretches with one grid, from 0: a seek, a loop or a reconnect begins a new one. */
  readonly segment: number;
  readonly channels: readonly Channel[];
  readonly sfreq: Sfreq;
  /** Time of sample 0, local, ISO 8601 without a zone, with fractional seconds where known. Never converted. */
  readonly t0: string | null;
  readonly filters: readonly AppliedFilter[];
  /** Samples by which the stages so far shift the signal later on this stream's grid. */
  readonly delaySamples: number;
  /** Samples after the start or after a gap in which recursive filters have not settled. */
  readonly settleSamples: number;
}
