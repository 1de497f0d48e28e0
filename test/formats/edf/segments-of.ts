import type { Item, Marker } from "../../../src/eeg/item.ts";
import type { StreamInfo } from "../../../src/eeg/stream-info.ts";

/** One segment of a stream, however it was cut. */
export interface Segment {
  readonly info: StreamInfo;
  /** One array a channel, gaps left out. */
  readonly channels: readonly number[][];
  /** Start and length of each, those that touch as one. */
  readonly gaps: readonly (readonly [number, number])[];
  readonly markers: readonly Marker[];
}

/**
 * What a stream says, so that two can be compared: samples that all channels miss are a gap, one behind the last
 * sample is nothing, and so is a segment without samples and markers.
 */
export function segmentsOf(items: readonly Item[]): Segment[] {
  const segments: { info: StreamInfo; channels: number[][]; gaps: [number, number][]; markers: Marker[] }[] =
    [];
  let next = 0;
  let open: [number, number] | null = null;
  for (const item of items) {
    if (item.kind === "info") {
      segments.push({
        info: item.stream,
        channels: item.stream.channels.map(() => []),
        gaps: [],
        markers: [],
      });
      open = null;
      next = 0;
      continue;
    }
    const segment = segments.at(-1)!;
    if (item.kind === "marker") segment.markers.push(item);
    else {
      if (item.start !== next) throw new Error(`${item.kind} at ${item.start}, ${next} expected`);
      next += item.nSamples;
      for (let i = 0; i < item.nSamples; i++) {
        const values =
          item.kind === "gap" ? [] : segment.channels.map((_, c) => item.data[c * item.nSamples + i]!);
        if (values.every(Number.isNaN)) {
          open ??= [item.start + i, 0];
          open[1]++;
        } else {
          if (open) segment.gaps.push(open);
          open = null;
          segment.channels.forEach((channel, c) => channel.push(values[c]!));
        }
      }
    }
  }
  return segments.filter(({ channels, markers }) => markers.length > 0 || channels[0]!.length > 0);
}
