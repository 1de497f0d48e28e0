import { channelType, electrodesOf, referenceOf } from "./electrodes.ts";
import type { Diagnostic } from "./errors.ts";
import type { Channel, ChannelType, Position, StreamInfo } from "./stream-info.ts";
import { voltageScale } from "./units.ts";

/** Where faults of a header are noted. */
interface DiagnosticSink {
  add(diagnostic: Diagnostic): void;
}

/** A signal as a header declares it. */
export interface DeclaredSignal {
  readonly label: string;
  readonly unit: string;
  /** Where the header says it apart from the label. */
  readonly reference?: string | null;
  readonly type?: ChannelType | null;
  /** On the unit sphere; taken where the label names no electrode. */
  readonly position?: Position | null;
}

/** A channel, and what its physical numbers are multiplied with to be in the channel's unit. */
export interface ScaledChannel {
  readonly channel: Channel;
  readonly scale: number;
}

/** The channels of signals: labels made unique, voltages in µV, positions by label. */
export function describeChannels(
  signals: readonly DeclaredSignal[],
  diagnostics: DiagnosticSink,
): readonly ScaledChannel[] {
  const labels = uniqueLabels(
    signals.map((signal) => signal.label),
    diagnostics,
  );
  const places = electrodesOf(signals.map((signal) => signal.label));
  return signals.map((signal, i) => {
    const label = labels[i]!;
    const place = places[i]!;
    const scale = voltageScale(signal.unit);
    let type = signal.type ?? channelType(signal.label);
    if (scale === null && type === "eeg" && !place && !signal.type) type = "misc";
    if (scale === null && (place || type === "eog" || type === "emg" || type === "ecg"))
      diagnostics.add({
        code: "UNIT_UNKNOWN",
        message: `channel '${label}' is ${place ? "an electrode" : `a voltage (${type.toUpperCase()})`} but its unit '${signal.unit}' is none of voltage that is known; its numbers were left as they are`,
        place: { channel: label },
      });
    return {
      scale: scale ?? 1,
      channel: {
        label,
        unit: scale === null ? signal.unit : "µV",
        type,
        position: place?.position ?? signal.position ?? null,
        reference: signal.reference ?? referenceOf(signal.label),
      },
    };
  });
}

/** Index of the stream with the most EEG channels, else with the most channels; the first among equals. */
export function defaultStream(streams: readonly StreamInfo[]): number {
  const eeg = ({ channels }: StreamInfo): number =>
    channels.filter((channel) => channel.type === "eeg").length;
  let best = 0;
  streams.forEach((stream, i) => {
    const current = streams[best]!;
    if ((eeg(stream) - eeg(current) || stream.channels.length - current.channels.length) > 0) best = i;
  });
  return best;
}

/** Labels that name one signal each: those that several have get a number from 0 behind them, as in MNE. */
function uniqueLabels(given: readonly string[], diagnostics: DiagnosticSink): string[] {
  const labels = given.map((label, i) => label || `channel ${i + 1}`);
  const count = new Map<string, number>();
  for (const label of labels) count.set(label, (count.get(label) ?? 0) + 1);
  const taken = new Set(labels);
  const used = new Map<string, number>();
  return labels.map((label, i) => {
    if (!given[i])
      diagnostics.add({ code: "CHANNEL_LABEL", message: `channel ${i + 1} has no label; called '${label}'` });
    if (count.get(label) === 1) return label;
    let number = used.get(label) ?? 0;
    while (taken.has(`${label}-${number}`)) number++;
    used.set(label, number + 1);
    taken.add(`${label}-${number}`);
    diagnostics.add({
      code: "CHANNEL_LABEL",
      message: `${count.get(label)} channels are labelled '${label}'; numbered '${label}-0' and on`,
      place: { channel: label },
    });
    return `${label}-${number}`;
  });
}
