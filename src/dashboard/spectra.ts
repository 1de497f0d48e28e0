import type { Channel } from "../eeg/stream-info.ts";
import { fromHertz } from "../eeg/sfreq.ts";
import { welch } from "../signal/spectrum.ts";
import { averagedChannels } from "./derivation.ts";
import { regionOf, regions, type Region } from "./region.ts";
import type { Track } from "./track.ts";

/** The spectra of a stream's EEG channels over its last seconds, against their average where there is one. */
export interface Spectra {
  /** Hz. */
  readonly frequencies: Float64Array;
  /** Channels that are looked at. */
  readonly channels: readonly number[];
  /** Whether the average of the good channels was taken off. */
  readonly isAveraged: boolean;
  /** Counts the times that all were computed. */
  readonly round: number;
  /** Works on: at most `budget` channels. A round sees all channels at one moment. */
  step(budget: number, bad: ReadonlySet<number>): void;
  /** Of a channel, µV²/Hz; null where its last seconds hold no whole stretch. */
  power(channel: number): Float64Array | null;
}

/** Length of a stretch that is transformed, about, and of all that is looked at. */
const segmentSeconds = 2;
const lookSeconds = 8;

export function createSpectra(track: Track): Spectra {
  const { rate, info } = track;
  const averaged = averagedChannels(info.channels);
  const all = info.channels.flatMap(({ type }, c) => (type === "eeg" ? [c] : []));
  const isAveraged = averaged.length > 1 && averaged.length === all.length;
  const segment = 2 ** Math.max(2, Math.round(Math.log2(segmentSeconds * rate)));
  const look = Math.min(track.samples.capacity, Math.max(segment, Math.round(lookSeconds * rate)));
  const sfreq = fromHertz(rate);
  const frequencies = Float64Array.from({ length: segment / 2 + 1 }, (_, k) => (k * rate) / segment);
  let shown = new Map<number, Float64Array>();
  let coming = new Map<number, Float64Array>();
  let at = all.length;
  let moment = -1;
  let round = 0;
  let mean = new Float32Array(0);
  let signal = new Float32Array(0);

  /** Takes all channels of this moment's last seconds into view. */
  function begin(bad: ReadonlySet<number>): boolean {
    const n = Math.min(look, track.end - track.begin);
    if (n < segment || track.end === moment) return false;
    moment = track.end;
    at = 0;
    coming = new Map();
    mean = new Float32Array(n);
    signal = new Float32Array(n);
    if (!isAveraged) return true;
    const good = averaged.filter((c) => !bad.has(c));
    const taken = good.length > 1 ? good : averaged;
    const sum = new Float64Array(n);
    for (const channel of taken) {
      track.samples.read(channel, moment - n, signal);
      for (let i = 0; i < n; i++) sum[i]! += signal[i]!; // a sample that one of them lacks is in no spectrum
    }
    for (let i = 0; i < n; i++) mean[i] = sum[i]! / taken.length;
    return true;
  }

  /** The mean over every whole stretch that is long enough, weighted by what it adds to Welch's mean. */
  function compute(channel: number): void {
    track.samples.read(channel, moment - signal.length, signal);
    for (let i = 0; i < signal.length; i++) signal[i]! -= mean[i]!;
    const sum = new Float64Array(segment / 2 + 1);
    let weight = 0;
    for (let from = 0; from < signal.length;) {
      let to = from;
      while (to < signal.length && signal[to]! - signal[to]! === 0) to++;
      const parts = Math.floor((to - from - segment / 2) / (segment / 2));
      if (parts > 0) {
        const { power } = welch(signal.subarray(from, to), { sfreq, segment });
        for (let k = 0; k < sum.length; k++) sum[k]! += parts * power[k]!;
        weight += parts;
      }
      from = to + 1;
    }
    if (weight > 0)
      coming.set(
        channel,
        sum.map((power) => power / weight),
      );
  }

  return {
    frequencies,
    channels: all,
    isAveraged,
    get round() {
      return round;
    },
    step(budget, bad) {
      if (all.length === 0 || (at >= all.length && !begin(bad))) return;
      for (let i = 0; i < budget && at < all.length; i++) compute(all[at++]!);
      if (at < all.length) return;
      shown = coming;
      round++;
    },
    power: (channel) => shown.get(channel) ?? null,
  };
}

/** Channels by group, front to back; those that have none stand under null, if no channel has one. */
export function channelGroups(
  channels: readonly Channel[],
  of: readonly number[],
): readonly { readonly region: Region | null; readonly channels: readonly number[] }[] {
  const grouped = regions.map((region) => ({
    region,
    channels: of.filter((c) => regionOf(channels[c]!) === region),
  }));
  const present = grouped.filter(({ channels: members }) => members.length > 0);
  return present.length > 0 ? present : of.length > 0 ? [{ region: null, channels: of }] : [];
}

/** The mean of some channels' spectra, leaving out those that are missing or bad; null if none is left. */
export function meanPower(
  spectra: Spectra,
  channels: readonly number[],
  bad: ReadonlySet<number>,
): Float64Array | null {
  const rows = channels.flatMap((c) => {
    const power = bad.has(c) ? null : spectra.power(c);
    return power ? [power] : [];
  });
  if (rows.length === 0) return null;
  const mean = new Float64Array(rows[0]!.length);
  for (const row of rows) for (let k = 0; k < mean.length; k++) mean[k]! += row[k]! / rows.length;
  return mean;
}

export interface Band {
  readonly name: string;
  readonly lowHz: number;
  readonly highHz: number;
}

/** The classical bands; their edges differ by a Hz or so from author to author. */
export const bands: readonly Band[] = [
  { name: "delta", lowHz: 1, highHz: 4 },
  { name: "theta", lowHz: 4, highHz: 8 },
  { name: "alpha", lowHz: 8, highHz: 13 },
  { name: "beta", lowHz: 13, highHz: 30 },
  { name: "gamma", lowHz: 30, highHz: 45 },
];

/** The power within a band, µV². */
export function bandPower(frequencies: Float64Array, power: Float64Array, { lowHz, highHz }: Band): number {
  const step = frequencies[1]! - frequencies[0]!;
  let sum = 0;
  for (let k = 0; k < frequencies.length; k++)
    if (frequencies[k]! >= lowHz && frequencies[k]! < highHz) sum += power[k]! * step;
  return sum;
}
