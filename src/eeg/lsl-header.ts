import type { DeclaredSignal } from "./channels.ts";
import { sfreqNear, type Sfreq } from "./sfreq.ts";
import type { ChannelType, Position } from "./stream-info.ts";
import { child, parseXml, type XmlElement } from "./xml.ts";

/** What LSL's stream info says of a stream, which is also what XDF keeps of it (XDF 1.0, "StreamHeader chunk"). */
export interface LslHeader {
  readonly name: string;
  /** What the stream holds: `EEG`, `Markers`, `Gaze`. Empty where it does not say. */
  readonly type: string;
  readonly sourceId: string;
  /** The machine that sends it; empty where it does not say. */
  readonly host: string;
  /** Of the amplifier; empty where it does not say. */
  readonly manufacturer: string;
  readonly nChannels: number;
  readonly format: ValueFormat;
  /** Null: samples come when they come. */
  readonly sfreq: Sfreq | null;
  readonly signals: readonly DeclaredSignal[];
  /** Whether the header names the channels. */
  readonly labelled: boolean;
}

/** The kinds of values; XDF stores them least significant byte first. */
type ValueFormat = "string" | NumberFormat;
export type NumberFormat = keyof typeof numberBytes;

export const numberBytes = { int8: 1, int16: 2, int32: 4, int64: 8, float32: 4, double64: 8 } as const;

/** More than any device has; a header that says more is damaged, and must not be believed. */
const mostChannels = 65536;

/** Parses a stream's header, or says why it cannot be read. */
export function parseLslHeader(xml: string): LslHeader | { readonly fault: string } {
  const info = parseXml(xml);
  if ("fault" in info) return { fault: `its header is no XML (${info.fault})` };
  const text = (name: string): string => child(info, name)?.text ?? "";
  const count = text("channel_count");
  const nChannels = /^\d+$/.test(count) ? Number(count) : Number.NaN;
  if (!(nChannels >= 1 && nChannels <= mostChannels))
    return { fault: `its channel_count is '${count.slice(0, 40)}', expected 1 to ${mostChannels}` };
  const format = text("channel_format");
  if (format !== "string" && !Object.hasOwn(numberBytes, format))
    return { fault: `its channel_format '${format.slice(0, 40)}' is not known` };
  const name = text("name");
  const type = text("type");
  const described = child(info, "desc", "channels")?.children.filter((each) => each.name === "channel") ?? [];
  const labelled = described.length === nChannels && described.every((each) => child(each, "label")?.text);
  const reference = child(info, "desc", "reference", "label")?.text;
  return {
    name,
    type,
    sourceId: text("source_id"),
    host: text("hostname"),
    manufacturer:
      (child(info, "desc", "acquisition", "manufacturer") ?? child(info, "desc", "manufacturer"))?.text ?? "",
    nChannels,
    format: format as ValueFormat,
    sfreq: parseRate(text("nominal_srate")),
    labelled,
    signals: Array.from({ length: nChannels }, (_, i) =>
      signal(labelled ? described[i] : undefined, { number: i + 1, name: type || name, type, reference }),
    ),
  };
}

function signal(
  channel: XmlElement | undefined,
  stream: { number: number; name: string; type: string; reference: string | undefined },
): DeclaredSignal {
  const label = channel && child(channel, "label")?.text;
  const type = channelTypes[(channel && child(channel, "type")?.text)?.toLowerCase() ?? ""];
  // A number tells nothing of a channel; the stream's type does.
  const own = type ?? (!label || /^\d+$/.test(label) ? channelTypes[stream.type.toLowerCase()] : undefined);
  return {
    label: label || `${stream.name} ${stream.number}`.trim(),
    unit: (channel && child(channel, "unit")?.text) ?? "",
    reference: stream.reference || null,
    type: own ?? null,
    position: channel ? position(channel) : null,
  };
}

/** Where a sensor is, as a direction: XDF has it in millimetres, X to the right, Y to the front, Z up. */
function position(channel: XmlElement): Position | null {
  const at = (axis: string): number => Number(child(channel, "location", axis)?.text || Number.NaN);
  const [x, y, z] = [at("X"), at("Y"), at("Z")];
  const distance = Math.sqrt(x * x + y * y + z * z);
  return distance > 0 && distance < Infinity ? [x / distance, y / distance, z / distance] : null;
}

const channelTypes: Readonly<Record<string, ChannelType>> = {
  eeg: "eeg",
  eog: "eog",
  emg: "emg",
  ecg: "ecg",
  ekg: "ecg",
  aux: "misc",
  misc: "misc",
  trig: "trig",
  trigger: "trig",
  stim: "trig",
  markers: "trig",
};

/** `512`, `500.0000000000000`; 0 for streams without a rate. A rate with decimals stands for the simplest that rounds to it. */
function parseRate(text: string): Sfreq | null {
  const match = /^\d+(?:\.(\d+))?(?:e[+-]?\d{1,2})?$/i.exec(text);
  const hz = match ? Number(text) : 0;
  if (!(hz > 1e-6 && hz < 1e9)) return null;
  return sfreqNear(hz, match![1] === undefined ? 0 : 0.5 / 10 ** match![1].length);
}
