import { electrodeOrder, normaliseLabel } from "../eeg/electrodes.ts";
import { EegError } from "../eeg/errors.ts";
import type { Item } from "../eeg/item.ts";
import type { Stage, StageFactory } from "../eeg/stage.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";

/**
 * Keeps the named channels, in the order named. Labels are compared without regard to case and in the 10-05
 * system's spelling (`T3` finds `EEG T7-REF`); an exact match goes before.
 * @throws RangeError if none is named; EegError CHANNEL_MISSING, when a stream comes that lacks one of them
 */
export function pickStage(labels: readonly string[]): StageFactory {
  if (labels.length === 0) throw new RangeError("pick: expected the labels of one channel or more, got none");
  return (input) => keeping(input, findChannels(input, labels, "pick"));
}

/**
 * Keeps the EEG channels that have a position on the head, in the order of the electrode table: what models that
 * mix by position begin with.
 * @throws EegError CHANNEL_POSITION, when a stream comes that has none
 */
export function pickElectrodesStage(): StageFactory {
  return (input) => {
    const channels = input.channels.map((_, c) => c);
    const placed = channels.filter((c) => input.channels[c]!.type === "eeg" && input.channels[c]!.position);
    if (placed.length === 0)
      throw new EegError(
        "CHANNEL_POSITION",
        `no EEG channel of the stream has a position on the head; it has ${list(input.channels.map(({ label }) => label))}`,
      );
    return keeping(input, inTableOrder(input, placed));
  };
}

/** Channel indices sorted by the electrode table, then by label: the order of sums over channels. */
export function inTableOrder(input: StreamInfo, channels: readonly number[]): number[] {
  const labelled = channels.map((c) => ({ c, label: input.channels[c]!.label }));
  labelled.sort((a, b) => electrodeOrder(a.label) - electrodeOrder(b.label) || (a.label < b.label ? -1 : 1));
  return labelled.map(({ c }) => c);
}

/** Indices of the channels that `labels` name, -1 for those that the stream lacks. */
export function lookUpChannels(input: StreamInfo, labels: readonly string[]): number[] {
  const exact = input.channels.map((channel) => channel.label.trim().toLowerCase());
  const normal = input.channels.map((channel) => normaliseLabel(channel.label).toLowerCase());
  return labels.map((label) => {
    const c = exact.indexOf(label.trim().toLowerCase());
    return c >= 0 ? c : normal.indexOf(normaliseLabel(label).toLowerCase());
  });
}

/**
 * Indices of the channels that `labels` name.
 * @throws EegError CHANNEL_MISSING naming those that the stream lacks
 * @throws RangeError if two labels name the same channel
 */
export function findChannels(input: StreamInfo, labels: readonly string[], purpose: string): number[] {
  const found = lookUpChannels(input, labels);
  const missing = labels.filter((_, i) => found[i]! < 0);
  if (missing.length > 0)
    throw new EegError(
      "CHANNEL_MISSING",
      `${purpose}: the stream has no channel ${list(missing.map(normaliseLabel))}; it has ${list(input.channels.map(({ label }) => label))}`,
    );
  found.forEach((c, i) => {
    const before = found.indexOf(c);
    if (before < i)
      throw new RangeError(`${purpose}: '${labels[before]}' and '${labels[i]}' name the same channel`);
  });
  return found;
}

function list(labels: readonly string[]): string {
  const shown = labels.slice(0, 12);
  const more = labels.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function keeping(input: StreamInfo, kept: readonly number[]): Stage {
  const channels = kept.map((c) => input.channels[c]!);
  const all = kept.length === input.channels.length && kept.every((c, i) => c === i);
  return {
    output: { ...input, channels },
    push(item): readonly Item[] {
      if (item.kind !== "samples" || all) return [item];
      const { data, nSamples, start } = item;
      const output = new Float32Array(kept.length * nSamples);
      kept.forEach((c, k) => {
        const from = c * nSamples;
        const to = k * nSamples;
        for (let i = 0; i < nSamples; i++) output[to + i] = data[from + i]!;
      });
      return [{ kind: "samples", start, data: output, nSamples }];
    },
    end: () => [],
  };
}
