import type { Diagnostic } from "../eeg/errors.ts";
import { hertz, secondsAt } from "../eeg/sfreq.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { voltageScale } from "../eeg/units.ts";
import type { ChannelSummary, Recording } from "./recording.ts";

/**
 * What is wrong with the samples of a recording, which only a pass over all of them can tell: channels that never
 * change, padding at the end, numbers beyond the range that the header declares, missing and infinite ones.
 */
export async function examineSamples(recording: Recording): Promise<readonly Diagnostic[]> {
  const { channels } = await recording.summary();
  const found: Diagnostic[] = [];
  for (const [stream, info] of recording.streams.entries()) {
    const tracks = info.channels.map(({ label }) =>
      createTrack(channels.find((channel) => channel.label === label)),
    );
    for await (const item of recording.items({ stream })) {
      if (item.kind !== "samples") continue;
      const { data, nSamples } = item;
      for (const [c, track] of tracks.entries())
        follow(track, data.subarray(c * nSamples, (c + 1) * nSamples), item.start);
    }
    for (const [c, track] of tracks.entries()) found.push(...ofChannel(info, c, track));
    const padding = trailingPadding(info, tracks);
    if (padding) found.push(padding);
  }
  return found;
}

/** What is known of one channel so far. */
interface Track {
  /** The declared range in the stream's unit, with half a step to spare. */
  readonly low: number;
  readonly high: number;
  n: number;
  last: number;
  /** Where the last value was first seen without another in between, on the grid and in samples up to now. */
  since: number;
  run: number;
  changes: number;
  beyond: number;
  firstBeyond: number;
  missing: number;
  infinite: number;
}

function createTrack(channel: ChannelSummary | undefined): Track {
  const scale = channel ? (voltageScale(channel.unit) ?? 1) : 1;
  const ends = channel ? [channel.physicalMin * scale, channel.physicalMax * scale] : [NaN, NaN];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const step = channel ? (high - low) / (channel.digitalMax - channel.digitalMin) : 0;
  const spare = Math.max(0.5 * step, 1e-6 * Math.max(Math.abs(low), Math.abs(high))); // samples are 32-bit floats
  return {
    low: low - spare,
    high: high + spare,
    n: 0,
    last: NaN,
    since: 0,
    run: 0,
    changes: 0,
    beyond: 0,
    firstBeyond: 0,
    missing: 0,
    infinite: 0,
  };
}

function follow(track: Track, values: Float32Array, start: number): void {
  const { low, high } = track;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value !== value) {
      track.missing++;
      continue;
    }
    track.n++;
    if (value === track.last) track.run++;
    else {
      if (track.n > 1) track.changes++;
      track.last = value;
      track.since = start + i;
      track.run = 1;
    }
    if (value < low || value > high) {
      if (track.beyond++ === 0) track.firstBeyond = start + i;
    }
    if (value === Infinity || value === -Infinity) track.infinite++;
  }
}

function ofChannel(info: StreamInfo, c: number, track: Track): Diagnostic[] {
  const { label, unit, type } = info.channels[c]!;
  const place = { channel: label };
  const found: Diagnostic[] = [];
  const many = (n: number): string => `${n} sample${n === 1 ? "" : "s"}`;
  // a trigger that never fires and a switch that nobody touched are no fault
  if (track.n > 1 && track.changes === 0 && type !== "trig")
    found.push({
      code: "CHANNEL_FLAT",
      message: `'${label}' has one value throughout, ${Number(track.last.toPrecision(6))} ${unit}; no signal was recorded`,
      place,
    });
  if (track.beyond > 0)
    found.push({
      code: "SAMPLE_OUT_OF_RANGE",
      message: `'${label}': ${many(track.beyond)} beyond the range that the header declares, the first at ${Number(secondsAt(track.firstBeyond, info.sfreq).toFixed(3))} s; kept as stored`,
      place: { ...place, sample: track.firstBeyond },
    });
  if (track.missing > 0)
    found.push({
      code: "SAMPLE_MISSING",
      message: `'${label}': ${many(track.missing)} missing (no number); kept as missing`,
      place,
    });
  if (track.infinite > 0)
    found.push({ code: "SAMPLE_INFINITE", message: `'${label}': ${many(track.infinite)} infinite`, place });
  return found;
}

/** All channels at a standstill for this long at the end are no brain. */
const paddingSeconds = 0.05;

/** Where a recorder or a converter filled its last record up. */
function trailingPadding(info: StreamInfo, tracks: readonly Track[]): Diagnostic | null {
  const moving = tracks.filter((track, c) => track.changes > 0 && info.channels[c]!.type !== "trig");
  if (moving.length === 0) return null;
  const length = moving.reduce((least, { run }) => Math.min(least, run), Infinity);
  if (length < Math.max(4, paddingSeconds * hertz(info.sfreq))) return null;
  const since = moving.reduce((latest, track) => Math.max(latest, track.since), 0);
  const zero = moving.every(({ last }) => last === 0);
  return {
    code: "TRAILING_PADDING",
    message: `the last ${length} samples of every channel, from ${Number(secondsAt(since, info.sfreq).toFixed(3))} s on, are ${zero ? "zero" : "one value"}: padding, not a signal; leave them out`,
    place: { sample: since },
  };
}
