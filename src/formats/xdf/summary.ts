import { hertz } from "../../eeg/sfreq.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { formatLocalTime, type LocalTime } from "../local-time.ts";
import type { RecordingSummary } from "../recording.ts";
import type { LaidStream, SharedMarker } from "./laid-stream.ts";

interface Summarised {
  readonly streams: readonly LaidStream[];
  /** Index of the stream whose gaps are shown. */
  readonly usual: number;
  readonly markers: readonly SharedMarker[];
  /** The earliest sample, on the recorder's clock. */
  readonly origin: number;
  readonly start: LocalTime | null;
  readonly diagnostics: Diagnostics;
}

/** What `brainwire info` prints. Times are from the earliest sample of any stream. */
export function createSummary(from: Summarised): RecordingSummary {
  const { streams, usual, markers, origin, start, diagnostics } = from;
  const ends = streams.flatMap(({ timeline }) =>
    timeline.runs.map(({ time, period, nSamples }) => time + period * nSamples),
  );
  const last = Math.max(origin, ...ends.filter((end) => !Number.isNaN(end)));
  return {
    format: "XDF",
    startTime: start && formatLocalTime(start),
    durationSeconds: last - origin,
    nRecords: 0,
    recordDurationSeconds: 0,
    channels: streams.flatMap(({ scanned, info }) =>
      info(0).channels.map(({ label }, c) => ({
        label,
        sfreq: hertz(scanned.header.sfreq!),
        unit: scanned.header.signals[c]!.unit,
        nSamples: scanned.nSamples,
        physicalMin: Number.NaN,
        physicalMax: Number.NaN,
        digitalMin: Number.NaN,
        digitalMax: Number.NaN,
        prefilter: "",
        transducer: "",
      })),
    ),
    annotations: markers.map(({ time, text }) => ({
      onsetSeconds: time - origin,
      durationSeconds: null,
      text,
    })),
    gaps: streams[usual] ? gaps(streams[usual], origin) : [],
    diagnostics: diagnostics.list.map(({ code, message }) => ({ code, message })),
  };
}

function gaps({ timeline, scanned }: LaidStream, origin: number): RecordingSummary["gaps"] {
  const rate = hertz(scanned.header.sfreq!);
  return timeline.runs.flatMap((run, i) => {
    const before = timeline.runs[i - 1];
    const lost = before?.segment === run.segment ? run.start - before.start - before.nSamples : 0;
    if (lost === 0) return [];
    const end = before!.time + before!.period * before!.nSamples;
    return [{ startSeconds: end - origin, durationSeconds: lost / rate }];
  });
}
