import { electrode } from "../eeg/electrodes.ts";
import { EegError } from "../eeg/errors.ts";
import type { Channel, Position, StreamInfo } from "../eeg/stream-info.ts";
import type { WindowManifest } from "../model/window-manifest.ts";
import { lookUpChannels } from "../signal/pick.ts";
import { some } from "./input.ts";

/** Where a model's channels come from in a recording. */
export interface ChannelPlan {
  /** Labels of the recording's channels to take: those of the model, and others that may stand in for them. */
  readonly taken: readonly string[];
  readonly takenPositions: readonly (Position | null)[];
  /** The model's channels, in its order. */
  readonly wanted: readonly Channel[];
  /** For each of the model's channels the place of its own among those taken, -1 if the recording has none. */
  readonly own: readonly number[];
}

/**
 * Finds a model's channels in a recording. Where the manifest lets some be interpolated, all electrodes with a
 * position are taken, so that they can be.
 * @throws EegError CHANNEL_MISSING, CHANNEL_POSITION, UNIT_UNKNOWN
 */
export function planChannels({ name, input }: WindowManifest, stream: StreamInfo): ChannelPlan {
  const { order, interpolateAtMost } = input.channels;
  const found = lookUpChannels(stream, order);
  const missing = order.filter((_, i) => found[i]! < 0);
  if (missing.length > interpolateAtMost)
    throw new EegError(
      "CHANNEL_MISSING",
      `${stream.name}: model ${name} needs ${missing.join(", ")}, which the recording lacks (it has ${some(stream.channels.map(({ label }) => label))})` +
        (interpolateAtMost > 0
          ? `; at most ${interpolateAtMost} can be interpolated`
          : "; its manifest allows no interpolation (input.channels.interpolateAtMost)"),
    );
  const adrift = missing.filter((label) => electrode(label) === null);
  if (adrift.length > 0)
    throw new EegError(
      "CHANNEL_POSITION",
      `${stream.name}: ${adrift.join(", ")} cannot be interpolated: no electrode of the 10-05 system is called so`,
    );

  const others =
    interpolateAtMost === 0
      ? []
      : stream.channels.flatMap(({ type, position }, c) =>
          type === "eeg" && position && !found.includes(c) ? [c] : [],
        );
  const indices = [...found.filter((c) => c >= 0), ...others];
  const channels = indices.map((c) => stream.channels[c]!);
  const odd = channels.find(({ unit }) => unit !== "µV");
  if (odd)
    throw new EegError(
      "UNIT_UNKNOWN",
      `${stream.name}: channel ${odd.label} is in '${odd.unit}', which is no known voltage; model ${name} needs voltages`,
    );
  if (missing.length > 0 && channels.filter(({ position }) => position).length < 3)
    throw new EegError(
      "CHANNEL_MISSING",
      `${stream.name}: ${missing.join(", ")} cannot be interpolated from fewer than 3 electrodes`,
    );
  return {
    taken: channels.map(({ label }) => label),
    takenPositions: channels.map(({ position }) => position),
    wanted: order.map((label, i) => ({
      label,
      unit: "µV",
      type: "eeg",
      position: stream.channels[found[i]!]?.position ?? electrode(label)?.position ?? null,
      reference: stream.channels[found[i]!]?.reference ?? null,
    })),
    own: found.map((c) => (c < 0 ? -1 : indices.indexOf(c))),
  };
}
