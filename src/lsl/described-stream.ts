import { describeChannels } from "../eeg/channels.ts";
import { EegError, type Diagnostic } from "../eeg/errors.ts";
import type { LslHeader } from "../eeg/lsl-header.ts";
import { hertz } from "../eeg/sfreq.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";

/** A stream of numbers with a rate, as the rest of brainwire knows it. */
export interface DescribedStream {
  /** Of segment 0. */
  readonly info: StreamInfo;
  /** What each channel's numbers are multiplied with to be in its unit. */
  readonly gains: readonly number[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Describes a stream by its header, in which its channels stand as XDF's meta-data for EEG have them.
 * @param unit of channels that declare none; without it they stay without one, and no voltage is assumed
 * @throws EegError LSL_STREAM if it holds texts, or has no rate
 */
export function describeStream(header: LslHeader, unit = ""): DescribedStream {
  const { name, type, format, sfreq, sourceId, host } = header;
  if (format === "string")
    throw new EegError(
      "LSL_STREAM",
      `LSL stream '${name}' holds texts: it can be the markers of a stream (lsl:type=EEG,markers=${name}), but is none of EEG`,
    );
  if (!sfreq)
    throw new EegError(
      "LSL_STREAM",
      `LSL stream '${name}' has no sampling rate: its samples come when they come, so it cannot be read as EEG`,
    );
  const diagnostics: Diagnostic[] = [];
  const signals = header.signals.map((signal) => (signal.unit === "" ? { ...signal, unit } : signal));
  const unitless = new Set(signals.filter((signal) => signal.unit === "").map(({ label }) => label));
  const described = describeChannels(signals, {
    add(diagnostic) {
      const isToldBelow = diagnostic.code === "UNIT_UNKNOWN" && unitless.has(diagnostic.place?.channel ?? "");
      if (!isToldBelow) diagnostics.push(diagnostic);
    },
  });
  if (!header.labelled)
    diagnostics.push({
      code: "CHANNEL_LABEL",
      message: `LSL stream '${name}' does not name its channels; called '${header.signals[0]!.label}' and on`,
    });
  const unknown = described.filter(({ channel }) => channel.type === "eeg" && channel.unit === "");
  if (unknown.length > 0)
    diagnostics.push({
      code: "UNIT_UNKNOWN",
      message: `LSL stream '${name}' does not say in what unit ${unknown.length} of its EEG channels are; if you know it, say so: lsl:...,unit=uV`,
    });
  if (format === "int64")
    diagnostics.push({
      code: "LSL_PRECISION",
      message: `LSL stream '${name}' holds 64-bit integers; they are exact up to 2^24, and rounded to 24 bits above`,
    });
  return {
    info: {
      name: name || `LSL ${type}`.trim(),
      ...(type === "" ? {} : { type }),
      sourceId: sourceId || `${name}@${host}`,
      segment: 0,
      channels: described.map(({ channel }) => channel),
      sfreq,
      t0: null,
      filters: [],
      delaySamples: 0,
      settleSamples: 0,
    },
    gains: described.map(({ scale }) => scale),
    diagnostics,
  };
}

/** Whether a stream that was lost and found again goes on with the same channels at the same rate. */
export function sameStream(a: DescribedStream, b: DescribedStream): boolean {
  const key = ({ info: { sourceId, channels, sfreq }, gains }: DescribedStream): string =>
    JSON.stringify([sourceId, channels, hertz(sfreq), gains]);
  return key(a) === key(b);
}
