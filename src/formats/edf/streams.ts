import { equalSfreq, hertz, sfreq, type Sfreq } from "../../eeg/sfreq.ts";
import type { AppliedFilter, Channel, StreamInfo } from "../../eeg/stream-info.ts";
import { describeChannels, type ScaledChannel } from "../../eeg/channels.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { recordedFilters, type RecordedFilter } from "../filters.ts";
import type { EdfHeader, EdfSignal } from "./header.ts";
import type { StoredSignal } from "./stored-run.ts";

/** The signals of one sampling rate: what they are, and how their stored integers become numbers. */
export interface EdfStream {
  /** Of segment 0, without a time: that takes the first record. */
  readonly info: StreamInfo;
  readonly samplesPerRecord: number;
  readonly signals: readonly ReadableSignal[];
}

/** A signal that can be read, with its unique label. */
interface ReadableSignal extends EdfSignal {
  readonly channel: Channel;
  readonly sfreq: Sfreq;
  readonly stored: StoredSignal;
}

/** A stream for each sampling rate, in the file's order. Signals that cannot be read are left out, with a word. */
export function createStreams(
  header: EdfHeader,
  sourceName: string,
  diagnostics: Diagnostics,
): readonly EdfStream[] {
  const data = header.signals.filter((signal) => !signal.annotations);
  const channels = describeChannels(data, diagnostics);
  const readable = data.flatMap((signal, i) => {
    const fault = rangeFault(signal, header, diagnostics);
    const { label } = channels[i]!.channel;
    if (fault)
      diagnostics.add({
        code: "EDF_SIGNAL_REFUSED",
        message: `signal ${signal.number} of ${header.signals.length}, '${label}', was left out: ${fault}`,
        place: { channel: label },
      });
    return fault ? [] : [readableSignal(signal, channels[i]!, { header, diagnostics })];
  });
  const byRate: ReadableSignal[][] = [];
  for (const signal of readable) {
    const same = byRate.find(([first]) => equalSfreq(first!.sfreq, signal.sfreq));
    if (same) same.push(signal);
    else byRate.push([signal]);
  }
  const name = sourceName.split(/[\\/]/).at(-1)!;
  return byRate.map((signals) => {
    const rate = signals[0]!.sfreq;
    return {
      samplesPerRecord: signals[0]!.samplesPerRecord,
      signals,
      info: {
        name: byRate.length === 1 ? name : `${name} ${Number(hertz(rate).toFixed(3))} Hz`,
        sourceId: sourceName,
        segment: 0,
        channels: signals.map((signal) => signal.channel),
        sfreq: rate,
        t0: null,
        filters: streamFilters(signals),
        delaySamples: 0,
        settleSamples: 0,
      },
    };
  });
}

function readableSignal(
  signal: EdfSignal,
  { channel, scale }: ScaledChannel,
  { header, diagnostics }: { readonly header: EdfHeader; readonly diagnostics: Diagnostics },
): ReadableSignal {
  const { physicalMin, physicalMax, digitalMin, digitalMax } = signal;
  const gain = (physicalMax - physicalMin) / (digitalMax - digitalMin);
  return {
    ...signal,
    channel,
    sfreq: signalRate(signal, header, diagnostics),
    stored: {
      byteOffset: signal.byteOffset,
      samplesPerRecord: signal.samplesPerRecord,
      gain: gain * scale,
      offset: (physicalMin - gain * digitalMin) * scale,
      missing: signal.missing,
    },
  };
}

/**
 * Samples a second, exactly as declared; but a duration that fills its eight characters was probably cut to fit
 * (250 samples in 0.976562 s), and if the digits leave room for a whole number of hertz, that is meant.
 */
function signalRate(
  { samplesPerRecord }: EdfSignal,
  { recordDuration, recordDurationText }: EdfHeader,
  diagnostics: Diagnostics,
): Sfreq {
  const { num, den } = recordDuration;
  const declared = (samplesPerRecord * den) / num;
  const whole = Math.round(declared);
  const cut = recordDurationText.length === 8 && den >= 1e5;
  if (cut && whole > 0 && declared !== whole && Math.abs(samplesPerRecord / whole - num / den) <= 0.5 / den) {
    diagnostics.add({
      code: "EDF_RECORD_DURATION",
      message: `the duration of a data record, '${recordDurationText}', is cut to its field: ${samplesPerRecord} samples in it taken as ${whole} Hz, not ${declared.toFixed(6)}`,
      place: { byte: 244 },
    });
    return sfreq(whole);
  }
  return sfreq(samplesPerRecord * den, num);
}

/** In any unit; samples are 32-bit floats, which end at 3.4e38, and volts become µV. */
const largestNumber = 1e30;

/** Why a signal's stored integers cannot be made numbers, or null. What is only odd becomes a diagnostic. */
function rangeFault(signal: EdfSignal, header: EdfHeader, diagnostics: Diagnostics): string | null {
  const { physicalMin, physicalMax, digitalMin, digitalMax } = signal;
  if (Number.isNaN(physicalMin) || Number.isNaN(physicalMax))
    return `its physical ${Number.isNaN(physicalMin) ? "minimum" : "maximum"} is no number`;
  if (Number.isNaN(digitalMin) || Number.isNaN(digitalMax))
    return `its digital ${Number.isNaN(digitalMin) ? "minimum" : "maximum"} is no number`;
  if (Math.max(Math.abs(physicalMin), Math.abs(physicalMax)) > largestNumber)
    return `its physical range ${physicalMin} to ${physicalMax} is no range of a signal`;
  if (digitalMin >= digitalMax)
    return `its digital minimum ${digitalMin} is not below its digital maximum ${digitalMax}`;
  const limit = header.bytesPerSample === 2 ? 0x8000 : 0x800000;
  if (digitalMin < -limit || digitalMax >= limit)
    diagnostics.add({
      code: "EDF_DIGITAL_RANGE",
      message: `signal ${signal.number} of ${header.signals.length}, '${signal.label}': the digital range ${digitalMin} to ${digitalMax} exceeds ${8 * header.bytesPerSample} bits; its numbers may be scaled wrongly`,
      place: { channel: signal.label },
    });
  if (physicalMin === physicalMax)
    diagnostics.add({
      code: "EDF_PHYSICAL_RANGE",
      message: `signal ${signal.number} of ${header.signals.length}, '${signal.label}': physical minimum and maximum are both ${physicalMin}, so all its numbers are`,
      place: { channel: signal.label },
    });
  return null;
}

/** What the amplifier filtered, by what the channels of EEG say, else all channels. */
function streamFilters(signals: readonly ReadableSignal[]): readonly AppliedFilter[] {
  const eeg = signals.filter((signal) => signal.channel.type === "eeg");
  return recordedFilters(
    (eeg.length > 0 ? eeg : signals).map((signal) => [parsePrefilter(signal.prefilter)]),
  );
}

/** Filters of a prefiltering field such as `HP:0.1Hz LP:75Hz N:50Hz` (EDF+ 2.1.3.4). Zero and `DC` are no filter. */
function parsePrefilter(text: string): RecordedFilter {
  const found = { hp: null as number | null, lp: null as number | null, n: null as number | null };
  for (const [, kind, value, prefix] of text.matchAll(/\b(HP|LP|N)\s*:\s*(\d+(?:\.\d+)?)\s*([km]?)Hz/gi)) {
    const hz = Number(value) * (prefix === "k" ? 1000 : prefix === "m" ? 0.001 : 1);
    if (hz > 0) found[kind!.toLowerCase() as "hp" | "lp" | "n"] = hz;
  }
  return { highpassHz: found.hp, lowpassHz: found.lp, notchHz: found.n };
}
