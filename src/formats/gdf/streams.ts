import { equalSfreq, gcd, hertz, sfreq, sfreqNear, type Sfreq } from "../../eeg/sfreq.ts";
import type { Channel, StreamInfo } from "../../eeg/stream-info.ts";
import { describeChannels } from "../../eeg/channels.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { recordedFilters } from "../filters.ts";
import type { GdfHeader, GdfSignal } from "./header.ts";
import { isReadable } from "./samples.ts";

/** The signals of one sampling rate: what they are, and how their stored numbers become physical ones. */
export interface GdfStream {
  /** Of segment 0, without a time. */
  readonly info: StreamInfo;
  readonly samplesPerRecord: number;
  readonly signals: readonly ScaledSignal[];
}

export interface ScaledSignal extends GdfSignal {
  readonly channel: Channel;
  /** From the stored number to the channel's unit. */
  readonly gain: number;
  readonly offset: number;
}

export interface GdfSignals {
  /** A stream for each sampling rate, in the file's order. */
  readonly streams: readonly GdfStream[];
  /** All that can be read, in the file's order, sparse ones included: their samples are events. */
  readonly all: readonly ScaledSignal[];
}

/** Sorts the signals of a file. Those that cannot be read are left out, with a word. */
export function createStreams(header: GdfHeader, name: string, diagnostics: Diagnostics): GdfSignals {
  const readable = header.signals.filter((signal) => !refuse(signal, header, diagnostics));
  const described = describeChannels(readable, diagnostics);
  const all = readable.map((signal, i): ScaledSignal => {
    const { gain, offset } = scaling(signal, diagnostics);
    const { channel, scale } = described[i]!;
    return { ...signal, channel, gain: gain * scale, offset: offset * scale };
  });
  const byRate: { rate: Sfreq; indexes: number[] }[] = [];
  for (const [i, signal] of all.entries()) {
    if (signal.samplesPerRecord === 0) continue;
    const rate = signalRate(signal, header);
    const same = byRate.find((group) => equalSfreq(group.rate, rate));
    if (same) same.indexes.push(i);
    else byRate.push({ rate, indexes: [i] });
  }
  const streams = byRate.map(({ rate, indexes }): GdfStream => {
    const signals = indexes.map((i) => all[i]!);
    const channels = signals.map(({ channel }) => channel);
    const eeg = signals.filter(({ channel }) => channel.type === "eeg");
    return {
      samplesPerRecord: signals[0]!.samplesPerRecord,
      signals,
      info: {
        name: byRate.length === 1 ? name : `${name} ${Number(hertz(rate).toFixed(3))} Hz`,
        sourceId: name,
        segment: 0,
        channels,
        sfreq: rate,
        t0: null,
        filters: recordedFilters((eeg.length > 0 ? eeg : signals).map(({ filters }) => filters)),
        delaySamples: 0,
        settleSamples: 0,
      },
    };
  });
  return { streams, all };
}

function signalRate({ samplesPerRecord }: GdfSignal, { recordDuration }: GdfHeader): Sfreq {
  const { num, den } = recordDuration;
  const common = gcd(num, den);
  const [top, bottom] = [samplesPerRecord * (den / common), num / common];
  return Number.isSafeInteger(top) ? sfreq(top, bottom) : sfreqNear(top / bottom, 0);
}

/** Whether a signal cannot be made numbers. */
function refuse(signal: GdfSignal, { signals }: GdfHeader, diagnostics: Diagnostics): boolean {
  const { physicalMin, physicalMax, digitalMin, digitalMax, stored } = signal;
  const limits = [physicalMin, physicalMax, digitalMin, digitalMax];
  const fault = !isReadable(stored)
    ? `its samples are floating-point numbers of ${stored.bytes} bytes`
    : stored.kind === "float"
      ? null
      : limits.some((limit) => !Number.isFinite(limit))
        ? `its range ${limits.join(", ")} is none of numbers`
        : digitalMin >= digitalMax
          ? `its digital minimum ${digitalMin} is not below its digital maximum ${digitalMax}`
          : null;
  if (fault)
    diagnostics.add({
      code: "GDF_SIGNAL_REFUSED",
      message: `signal ${signal.number} of ${signals.length}, '${signal.label}', was left out: ${fault}`,
      place: { channel: signal.label },
    });
  return fault !== null;
}

/** Floating-point numbers without a range are taken as they are. */
function scaling(signal: GdfSignal, diagnostics: Diagnostics): { gain: number; offset: number } {
  const { physicalMin, physicalMax, digitalMin, digitalMax } = signal;
  const gain = (physicalMax - physicalMin) / (digitalMax - digitalMin);
  const offset = physicalMin - gain * digitalMin;
  if (Number.isFinite(gain) && Number.isFinite(offset) && gain !== 0) return { gain, offset };
  if (signal.stored.kind === "float") return { gain: 1, offset: 0 };
  diagnostics.add({
    code: "GDF_PHYSICAL_RANGE",
    message: `signal ${signal.number}, '${signal.label}': physical minimum and maximum are both ${physicalMin}, so all its numbers are`,
    place: { channel: signal.label },
  });
  return { gain, offset };
}
