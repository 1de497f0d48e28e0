import { channelType, electrodesOf, referenceOf, type Electrode } from "../../eeg/electrodes.ts";
import { equalSfreq, hertz, sfreq, type Sfreq } from "../../eeg/sfreq.ts";
import type { AppliedFilter, Channel, StreamInfo } from "../../eeg/stream-info.ts";
import { voltageScale } from "../../eeg/units.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { EdfHeader, EdfSignal } from "./header.ts";
import type { StoredSignal } from "./samples.ts";

/** The signals of one sampling rate: what they are, and how their stored integers become numbers. */
export interface EdfStream {
  /** Of segment 0, without a time: that takes the first record. */
  readonly info: StreamInfo;
  readonly samplesPerRecord: number;
  readonly signals: readonly ReadableSignal[];
}

/** A signal that can be read, with its unique label. */
export interface ReadableSignal extends EdfSignal {
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
  const labels = uniqueLabels(data, diagnostics);
  const places = electrodesOf(data.map((signal) => signal.label));
  const readable = data.flatMap((signal, i) => {
    const fault = rangeFault(signal, header, diagnostics);
    if (fault)
      diagnostics.add({
        code: "EDF_SIGNAL_REFUSED",
        message: `signal ${signal.number} of ${header.signals.length}, '${labels[i]!}', was left out: ${fault}`,
        place: { channel: labels[i]! },
      });
    const named = { label: labels[i]!, place: places[i]! };
    return fault ? [] : [readableSignal(signal, named, { header, diagnostics })];
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
        filters: recordedFilters(signals),
        delaySamples: 0,
        settleSamples: 0,
      },
    };
  });
}

/** Index of the stream with the most EEG channels, else with the most channels; the first among equals. */
export function defaultStream(streams: readonly EdfStream[]): number {
  const eeg = ({ info }: EdfStream): number =>
    info.channels.filter((channel) => channel.type === "eeg").length;
  let best = 0;
  streams.forEach((stream, i) => {
    const current = streams[best]!;
    const more = eeg(stream) - eeg(current) || stream.signals.length - current.signals.length;
    if (more > 0) best = i;
  });
  return best;
}

function readableSignal(
  signal: EdfSignal,
  { label, place }: { readonly label: string; readonly place: Electrode | null },
  { header, diagnostics }: { readonly header: EdfHeader; readonly diagnostics: Diagnostics },
): ReadableSignal {
  const scale = voltageScale(signal.unit);
  let type = channelType(signal.label);
  if (scale === null && type !== "trig") type = place ? "eeg" : "misc";
  if (scale === null && place)
    diagnostics.add({
      code: "UNIT_UNKNOWN",
      message: `signal ${signal.number} of ${header.signals.length}, '${label}', is an electrode but its physical dimension '${signal.unit}' is no unit of voltage; its numbers were left as they are`,
      place: { channel: label },
    });
  const { physicalMin, physicalMax, digitalMin, digitalMax } = signal;
  const gain = (physicalMax - physicalMin) / (digitalMax - digitalMin);
  const factor = scale ?? 1;
  return {
    ...signal,
    channel: {
      label,
      unit: scale === null ? signal.unit : "µV",
      type,
      position: place?.position ?? null,
      reference: referenceOf(signal.label),
    },
    sfreq: signalRate(signal, header, diagnostics),
    stored: {
      byteOffset: signal.byteOffset,
      samplesPerRecord: signal.samplesPerRecord,
      gain: gain * factor,
      offset: (physicalMin - gain * digitalMin) * factor,
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

/** Why a signal's stored integers cannot be made numbers, or null. What is only odd becomes a diagnostic. */
function rangeFault(signal: EdfSignal, header: EdfHeader, diagnostics: Diagnostics): string | null {
  const { physicalMin, physicalMax, digitalMin, digitalMax } = signal;
  if (Number.isNaN(physicalMin) || Number.isNaN(physicalMax))
    return `its physical ${Number.isNaN(physicalMin) ? "minimum" : "maximum"} is no number`;
  if (Number.isNaN(digitalMin) || Number.isNaN(digitalMax))
    return `its digital ${Number.isNaN(digitalMin) ? "minimum" : "maximum"} is no number`;
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

/** Labels that name one signal each: those that several have get a number from 0 behind them, as in MNE. */
function uniqueLabels(signals: readonly EdfSignal[], diagnostics: Diagnostics): string[] {
  const labels = signals.map((signal) => signal.label || `signal ${signal.number}`);
  const count = new Map<string, number>();
  for (const label of labels) count.set(label, (count.get(label) ?? 0) + 1);
  const taken = new Set(labels);
  const used = new Map<string, number>();
  return labels.map((label, i) => {
    if (!signals[i]!.label)
      diagnostics.add({
        code: "EDF_LABEL",
        message: `signal ${signals[i]!.number} has no label; called '${label}'`,
      });
    if (count.get(label) === 1) return label;
    let number = used.get(label) ?? 0;
    while (taken.has(`${label}-${number}`)) number++;
    used.set(label, number + 1);
    taken.add(`${label}-${number}`);
    diagnostics.add({
      code: "EDF_LABEL",
      message: `${count.get(label)} signals are labelled '${label}'; numbered '${label}-0' and on`,
      place: { channel: label },
    });
    return `${label}-${number}`;
  });
}

/** What the amplifier filtered, where all channels of EEG (else all channels) say the same (EDF+ 2.1.3.4). */
function recordedFilters(signals: readonly ReadableSignal[]): readonly AppliedFilter[] {
  const eeg = signals.filter((signal) => signal.channel.type === "eeg");
  const texts = new Set((eeg.length > 0 ? eeg : signals).map((signal) => signal.prefilter));
  return texts.size === 1 ? parsePrefilter([...texts][0]!) : [];
}

/**
 * Filters of a prefiltering field such as `HP:0.1Hz LP:75Hz N:50Hz`. Zero and `DC` are no filter.
 */
export function parsePrefilter(text: string): readonly AppliedFilter[] {
  const filters: AppliedFilter[] = [];
  for (const [, kind, value, prefix] of text.matchAll(/\b(HP|LP|N)\s*:\s*(\d+(?:\.\d+)?)\s*([km]?)Hz/gi)) {
    const hz = Number(value) * (prefix === "k" ? 1000 : prefix === "m" ? 0.001 : 1);
    if (hz === 0) continue;
    if (/hp/i.test(kind!))
      filters.push({ kind: "highpass", description: `high-pass ${hz} Hz, recorded`, lowHz: hz });
    else if (/lp/i.test(kind!))
      filters.push({ kind: "lowpass", description: `low-pass ${hz} Hz, recorded`, highHz: hz });
    else filters.push({ kind: "notch", description: `notch ${hz} Hz, recorded`, lowHz: hz, highHz: hz });
  }
  return filters;
}
