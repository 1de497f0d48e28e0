import { hertz } from "../../eeg/sfreq.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { prefilterText } from "../filters.ts";
import { formatLocalTime } from "../local-time.ts";
import type { ChannelSummary, RecordingSummary } from "../recording.ts";
import { gapsOf, type PlacedMarker } from "../runs.ts";
import type { BrainVisionChannel, BrainVisionHeader } from "./header.ts";
import type { Timeline } from "../segments.ts";

interface Summarised {
  readonly header: BrainVisionHeader;
  /** Unique ones. */
  readonly labels: readonly string[];
  readonly nSamples: number;
  readonly timeline: Timeline;
  readonly markers: readonly PlacedMarker[];
  readonly diagnostics: Diagnostics;
}

/** What `brainwire info` prints. */
export function createSummary({
  header,
  labels,
  nSamples,
  timeline,
  markers,
  diagnostics,
}: Summarised): RecordingSummary {
  const rate = hertz(header.sfreq);
  const { runs, offsets, times } = timeline;
  const seconds = (segment: number, sample: number): number => offsets[segment]! + sample / rate;
  const ends = runs.map((run) => seconds(run.segment, run.start + run.nSamples));
  return {
    format: "BrainVision",
    startTime: times[0] ? formatLocalTime(times[0]) : null,
    durationSeconds: Math.max(...ends) - Math.min(...offsets),
    nRecords: 0,
    recordDurationSeconds: 0,
    channels: header.channels.map((channel, i) => ({
      label: labels[i]!,
      ...channelSummary(channel, header, nSamples),
    })),
    annotations: markers.map((marker) => ({
      onsetSeconds: seconds(marker.segment, marker.onset),
      durationSeconds: marker.duration / rate,
      text: marker.text,
    })),
    gaps: gapsOf(runs).map((gap) => ({
      startSeconds: seconds(gap.segment, gap.start),
      durationSeconds: gap.nSamples / rate,
    })),
    diagnostics: diagnostics.list.map(({ code, message }) => ({ code, message })),
  };
}

const digitalRanges = {
  INT_16: [-0x8000, 0x7fff],
  UINT_16: [0, 0xffff],
  INT_32: [-0x80000000, 0x7fffffff],
  IEEE_FLOAT_32: [Number.NaN, Number.NaN],
} as const;

function channelSummary(
  { unit, resolution, filters }: BrainVisionChannel,
  { encoding, sfreq }: BrainVisionHeader,
  nSamples: number,
): Omit<ChannelSummary, "label"> {
  const [digitalMin, digitalMax] =
    encoding.kind === "binary" ? digitalRanges[encoding.type] : digitalRanges.IEEE_FLOAT_32;
  return {
    sfreq: hertz(sfreq),
    unit,
    nSamples,
    physicalMin: digitalMin * resolution,
    physicalMax: digitalMax * resolution,
    digitalMin,
    digitalMax,
    prefilter: prefilterText(filters),
    transducer: "",
  };
}
