import { hertz } from "../../eeg/sfreq.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { prefilterText } from "../filters.ts";
import { formatLocalTime } from "../local-time.ts";
import type { RecordingSummary } from "../recording.ts";
import { gapsOf, type PlacedMarker } from "../runs.ts";
import type { Timeline } from "../segments.ts";
import { sparseSample, type GdfEvent } from "./annotations.ts";
import type { GdfHeader } from "./header.ts";
import { eventText } from "./markers.ts";
import type { GdfStream, ScaledSignal } from "./streams.ts";

interface Summarised {
  readonly header: GdfHeader;
  readonly nRecords: number;
  readonly all: readonly ScaledSignal[];
  readonly streams: readonly LaidStream[];
  /** Index of the stream whose grid times are taken from. */
  readonly usual: number;
  readonly events: readonly GdfEvent[];
  readonly rate: number;
  readonly diagnostics: Diagnostics;
}

interface LaidStream {
  readonly stream: GdfStream;
  readonly timeline: Timeline;
  readonly markers: readonly PlacedMarker[];
}

/** What `brainwire info` prints. */
export function createSummary(from: Summarised): RecordingSummary {
  const { header, nRecords, all, streams, diagnostics } = from;
  const rates = new Map(
    streams.flatMap(({ stream }) => stream.signals.map(({ number }) => [number, hertz(stream.info.sfreq)])),
  );
  return {
    format: `GDF ${header.version}`,
    startTime: header.startTime && formatLocalTime(header.startTime),
    nRecords,
    recordDurationSeconds: header.recordDuration.num / header.recordDuration.den,
    ...times(from),
    channels: all.map((signal) => ({
      label: signal.channel.label,
      sfreq: rates.get(signal.number) ?? 0,
      unit: signal.unit,
      nSamples:
        signal.samplesPerRecord === 0
          ? from.events.filter(({ type, channel }) => type === sparseSample && channel === signal.number)
              .length
          : signal.samplesPerRecord * nRecords,
      physicalMin: signal.physicalMin,
      physicalMax: signal.physicalMax,
      digitalMin: signal.digitalMin,
      digitalMax: signal.digitalMax,
      prefilter: signal.prefilter || prefilterText(signal.filters),
      transducer: signal.transducer,
    })),
    diagnostics: diagnostics.list.map(({ code, message }) => ({ code, message })),
  };
}

function times({
  header,
  streams,
  usual,
  events,
  rate,
}: Summarised): Pick<RecordingSummary, "durationSeconds" | "annotations" | "gaps"> {
  const stream = streams[usual];
  if (!stream)
    return {
      durationSeconds: 0,
      gaps: [],
      annotations: events.map((event) => ({
        onsetSeconds: event.position / rate,
        durationSeconds: event.duration === null ? null : event.duration / rate,
        text: eventText(event, undefined, header.eventTexts),
      })),
    };
  const { runs, offsets } = stream.timeline;
  const hz = hertz(stream.stream.info.sfreq);
  const seconds = (segment: number, sample: number): number => offsets[segment]! + sample / hz;
  return {
    durationSeconds:
      Math.max(...runs.map((run) => seconds(run.segment, run.start + run.nSamples))) - Math.min(...offsets),
    annotations: stream.markers.map((marker, i) => ({
      onsetSeconds: seconds(marker.segment, marker.onset),
      durationSeconds: events[i]!.duration === null ? null : marker.duration / hz,
      text: marker.text,
    })),
    gaps: gapsOf(runs).map((gap) => ({
      startSeconds: seconds(gap.segment, gap.start),
      durationSeconds: gap.nSamples / hz,
    })),
  };
}
