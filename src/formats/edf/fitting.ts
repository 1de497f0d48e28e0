import { EegError } from "../../eeg/errors.ts";
import type { Item } from "../../eeg/item.ts";
import type { Channel } from "../../eeg/stream-info.ts";
import { voltageScale } from "../../eeg/units.ts";
import type { ChannelSummary, Recording } from "../recording.ts";
import { measureStream, writtenRange, type StreamExtent } from "./extent.ts";
import type { EdfWriterOptions, StoredRange } from "./file-layout.ts";
import { longestTime } from "./format-annotations.ts";
import { formatNumber } from "./format-header.ts";
import { recordLength } from "./record-length.ts";

/** How a recording's stream is to be written so that nothing of it is lost that the format can hold. */
export interface EdfFitting {
  readonly options: EdfWriterOptions;
  readonly extent: StreamExtent;
  /** What is written otherwise than it was, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Reads a stream once to find how it fits EDF or BDF. Stored integers are kept as they are where the file can hold
 * them, else each channel takes the narrowest range about its numbers. What has gaps, missing samples, several
 * segments, or a length that no records fill, becomes EDF+D or BDF+D.
 * @param wanted 16 bits a sample (EDF) or 24 (BDF), and the stream's index
 * @throws EegError CHANNEL_MISSING if there is nothing to write, OPTION_INVALID if a number is beyond the header's fields
 */
export async function fitEdf(
  recording: Recording,
  wanted: { readonly bits: 16 | 24; readonly stream: number },
): Promise<EdfFitting> {
  const { bits, stream } = wanted;
  const info = recording.streams[stream];
  if (!info) throw new EegError("CHANNEL_MISSING", "the recording has no stream of samples to write");
  const extent = await measureStream(recording.items({ stream }));
  const { channels } = await recording.summary();
  const notes: string[] = [];
  const stored = info.channels.map((channel, c) =>
    sameIntegers(
      channels.find(({ label }) => label === channel.label),
      { bits, range: extent.ranges[c] ?? null },
    ),
  );
  const exact = stored.every((range) => range !== null);
  const range = (channel: Channel, c: number): StoredRange | readonly [number, number] =>
    stored[c] ?? fittedRange(channel, extent.ranges[c] ?? [0, 1]);
  if (!exact) notes.push(stepNote(info.channels, { bits, stored, range }));

  const { annotations, nSamples } = extent;
  const needs = { sampleBytes: (info.channels.length * bits) / 8, nSamples };
  const { samplesPerRecord } = recordLength(info.sfreq, needs);
  const continuous = extent.nGaps === 0 && !extent.missing && extent.nSegments <= 1;
  const whole = nSamples > 0 && nSamples % samplesPerRecord === 0;
  const name = bits === 16 ? "EDF" : "BDF";
  if (!continuous)
    notes.push(
      `written as ${name}+D, for there are ${[extent.nSegments > 1 ? `${extent.nSegments} segments` : "", extent.nGaps > 0 ? `${extent.nGaps} gap${extent.nGaps > 1 ? "s" : ""}` : "", extent.missing ? "missing samples" : ""].filter(Boolean).join(", ")}; programs that know ${name}+C only see them joined`,
    );
  else if (!whole)
    notes.push(
      `written as ${name}+D: ${nSamples} samples fill no whole number of records, and the rest of the last is marked as missing`,
    );
  const others = recording.streams.filter((_, i) => i !== stream);
  if (others.length > 0)
    notes.push(
      `left out: ${others.map(({ name: other, channels: left }, i) => `'${other}' (${left.length} channel${left.length > 1 ? "s" : ""}, stream ${i < stream ? i : i + 1})`).join(", ")}; write each to a file of its own with --stream`,
    );
  const nRecords = Math.max(1, Math.floor(nSamples / samplesPerRecord));
  const room = Math.max(annotations.longest, annotations.last, Math.ceil((2 * annotations.total) / nRecords));
  return {
    extent,
    notes,
    options: {
      format: `${name}+${continuous && whole ? "C" : "D"}`,
      range,
      nSamples,
      annotationBytes: Math.max(120, longestTime + room) + (continuous && whole ? 0 : 120),
    },
  };
}

/**
 * The same stream with markers before the samples that they follow: in a file they stand in the record that is being
 * filled, and behind the last one there is none.
 */
export async function* markersFirst(items: AsyncIterable<Item>): AsyncGenerator<Item, void, undefined> {
  let held: Item | null = null;
  for await (const item of items) {
    if (item.kind === "marker") {
      yield item;
      continue;
    }
    if (held) yield held;
    held = null;
    if (item.kind === "samples") held = item;
    else yield item;
  }
  if (held) yield held;
}

/** The integers of the source's file, if they can be written as they are. */
function sameIntegers(
  channel: ChannelSummary | undefined,
  { bits, range }: { readonly bits: 16 | 24; readonly range: readonly [number, number] | null },
): StoredRange | null {
  if (!channel) return null;
  const { physicalMin, physicalMax, digitalMin, digitalMax } = channel;
  const unit = channel.unit.replace(/^[µμ]/, "u");
  const scale = voltageScale(channel.unit) ?? 1;
  const lowest = -(2 ** (bits - 1));
  const gain = (physicalMax - physicalMin) / (digitalMax - digitalMin);
  if (!(digitalMin >= lowest && digitalMax < -lowest && Number.isFinite(gain) && gain !== 0)) return null;
  if (!/^[ -~]{0,8}$/.test(unit) || !keeps(physicalMin) || !keeps(physicalMax)) return null;
  // numbers that lie beyond what the header declares, or at the integer that may have to stand for missing
  const integer = (value: number): number => Math.round((value / scale - physicalMin) / gain + digitalMin);
  for (const value of range ?? []) {
    const stored = integer(value);
    if (stored < digitalMin || stored > digitalMax || stored === lowest) return null;
  }
  return { unit, physicalMin, physicalMax, digitalMin, digitalMax, scale };
}

function keeps(value: number): boolean {
  try {
    return Number(formatNumber(value)) === value;
  } catch {
    return false;
  }
}

function fittedRange({ label }: Channel, [min, max]: readonly [number, number]): readonly [number, number] {
  try {
    return writtenRange(min, max);
  } catch (cause) {
    throw new EegError(
      "OPTION_INVALID",
      `channel '${label}' goes from ${min} to ${max}, which no header of EDF can say; scale it first`,
      { cause },
    );
  }
}

interface Steps {
  readonly bits: 16 | 24;
  readonly stored: readonly (StoredRange | null)[];
  readonly range: (channel: Channel, c: number) => StoredRange | readonly [number, number];
}

function stepNote(channels: readonly Channel[], { bits, stored, range }: Steps): string {
  let [coarsest, at] = [0, 0];
  for (const [c, channel] of channels.entries()) {
    const limits = range(channel, c);
    if ("unit" in limits) continue;
    const step = (limits[1] - limits[0]) / (2 ** bits - 2);
    if (step > coarsest) [coarsest, at] = [step, c];
  }
  const n = stored.filter((one) => one === null).length;
  return `${n} channel${n > 1 ? "s are" : " is"} rounded to ${bits} bits, the coarsest, '${channels[at]!.label}', in steps of ${`${Number(coarsest.toPrecision(3))} ${channels[at]!.unit}`.trim()}${bits === 16 ? "; a file ending in .bdf keeps 24 bits" : ""}`;
}
