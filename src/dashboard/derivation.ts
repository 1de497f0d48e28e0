import { derivation as pairOf, electrode, normaliseLabel } from "../eeg/electrodes.ts";
import type { Channel, ChannelType } from "../eeg/stream-info.ts";
import { regionOf, type Region } from "./region.ts";

/** What the traces show: channels as they came, less the mean of all EEG channels, or differences from front to back. */
export type DerivationName = "recorded" | "average" | "longitudinal";

/** One trace. */
export interface Row {
  readonly label: string;
  readonly unit: string;
  readonly type: ChannelType;
  readonly region: Region | null;
  /** The channel that is shown. */
  readonly channel: number;
  /** What is taken off it: another channel, the average, or nothing. */
  readonly less: number | "average" | null;
}

/** Chains of the 10-10 system from front to back, left to right; on 19 electrodes they are the double banana. */
// prettier-ignore
const chains = [
  "F9 FT9 T9 TP9 P9", "Fp1 AF7 F7 FT7 T7 TP7 P7 PO7 O1", "AF5 F5 FC5 C5 CP5 P5 PO5", "Fp1 AF3 F3 FC3 C3 CP3 P3 PO3 O1",
  "AF1 F1 FC1 C1 CP1 P1 PO1", "Fpz AFz Fz FCz Cz CPz Pz POz Oz Iz", "AF2 F2 FC2 C2 CP2 P2 PO2",
  "Fp2 AF4 F4 FC4 C4 CP4 P4 PO4 O2", "AF6 F6 FC6 C6 CP6 P6 PO6", "Fp2 AF8 F8 FT8 T8 TP8 P8 PO8 O2", "F10 FT10 T10 TP10 P10",
].map((chain) => chain.split(" "));

/** The channels of type `eeg` that are one electrode against a reference: those that an average is taken of. */
export function averagedChannels(channels: readonly Channel[]): number[] {
  return channels.flatMap(({ type, label }, c) => (type === "eeg" && !pairOf(label) ? [c] : []));
}

/** The traces of a stream. A derivation that the channels do not allow shows them as recorded. */
export function rowsOf(channels: readonly Channel[], derivation: DerivationName): readonly Row[] {
  const rows = channels.map((channel, index) => recorded(channel, index));
  if (derivation === "recorded") return rows;
  const others = rows.filter(({ type }) => type !== "eeg");
  if (derivation === "longitudinal") {
    const pairs = longitudinal(channels);
    return pairs.length > 0 ? [...pairs, ...others] : rows;
  }
  const averaged = new Set(averagedChannels(channels));
  if (averaged.size < 2) return rows;
  return rows.map((row) => (averaged.has(row.channel) ? { ...row, less: "average" } : row));
}

function recorded(channel: Channel, index: number): Row {
  const { label, unit, type } = channel;
  const shown = label.replace(/\.+$/, "").replace(/^EEG\s+/i, "");
  return { label: shown, unit, type, region: regionOf(channel), channel: index, less: null };
}

function longitudinal(channels: readonly Channel[]): Row[] {
  const at = new Map<string, number>();
  channels.forEach(({ label, type }, c) => {
    if (type === "eeg" && electrode(label)) at.set(normaliseLabel(label).toLowerCase(), c);
  });
  return chains.flatMap((chain) => {
    const present = chain.flatMap((name) => {
      const channel = at.get(name.toLowerCase());
      return channel === undefined ? [] : [{ name, channel }];
    });
    return present.slice(1).flatMap(({ name, channel }, i) => {
      const front = present[i]!;
      const [a, b] = [channels[front.channel]!, channels[channel]!];
      // a difference is one of two electrodes only where both were recorded against the same one
      if (a.unit !== b.unit || a.reference !== b.reference) return [];
      return [
        {
          label: `${front.name}-${name}`,
          unit: a.unit,
          type: "eeg" as const,
          region: regionOf(a),
          channel: front.channel,
          less: channel,
        },
      ];
    });
  });
}

/** Reads a channel's samples `from` to `from + out.length` of some store. */
export type ReadChannel = (channel: number, from: number, out: Float32Array) => void;

/**
 * The mean over some channels, sample by sample, leaving out what is missing; NaN where all are.
 * @param out as many samples from `from` on as it is long
 */
export function averageOf(
  read: ReadChannel,
  channels: readonly number[],
  from: number,
): (out: Float32Array) => void {
  return (out) => {
    const sum = new Float64Array(out.length);
    const count = new Uint16Array(out.length);
    for (const channel of channels) {
      read(channel, from, out);
      for (let i = 0; i < out.length; i++) {
        const x = out[i]!;
        if (x - x !== 0) continue;
        sum[i]! += x;
        count[i]!++;
      }
    }
    for (let i = 0; i < out.length; i++) out[i] = sum[i]! / count[i]!;
  };
}
