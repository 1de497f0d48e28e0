import { hertz } from "../../eeg/sfreq.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { formatLocalTime, movedTime } from "../local-time.ts";
import type { AnnotationSummary, RecordingSummary } from "../recording.ts";
import { createRecordGrid } from "./grid.ts";
import { secondsBetween } from "./fields.ts";
import { readAnnotations, type EdfRecords } from "./records.ts";
import type { EdfStream } from "./streams.ts";
import { createTimeline } from "./timeline.ts";

/** All that there is to say of a file; reads the annotations and the time of every record. */
export async function readSummary(
  records: EdfRecords,
  streams: readonly EdfStream[],
  context: { readonly defaultStream: number; readonly diagnostics: Diagnostics },
): Promise<RecordingSummary> {
  const { header } = records;
  const { diagnostics } = context;
  const recordSeconds = header.recordDuration.num / header.recordDuration.den;
  const times = await readTimes(records, streams[context.defaultStream], diagnostics);
  for (const { onsetSeconds, text } of times.annotations)
    if (onsetSeconds > times.durationSeconds && recordSeconds > 0)
      diagnostics.add({
        code: "EDF_TAL",
        message: `the annotation '${text}' at ${onsetSeconds} s lies beyond the end of the recording (${times.durationSeconds} s); kept`,
      });
  return {
    format: header.format,
    startTime: header.startTime && formatLocalTime(movedTime(header.startTime, times.onset)),
    durationSeconds: times.durationSeconds,
    nRecords: records.count,
    recordDurationSeconds: recordSeconds,
    channels: streams
      .flatMap((stream) => stream.signals)
      .toSorted((a, b) => a.number - b.number)
      .map((signal) => ({
        label: signal.channel.label,
        sfreq: hertz(signal.sfreq),
        unit: signal.unit,
        nSamples: signal.samplesPerRecord * records.count,
        physicalMin: signal.physicalMin,
        physicalMax: signal.physicalMax,
        digitalMin: signal.digitalMin,
        digitalMax: signal.digitalMax,
        prefilter: signal.prefilter,
        transducer: signal.transducer,
      })),
    annotations: times.annotations,
    gaps: times.gaps,
    diagnostics: diagnostics.list.map(({ code, message }) => ({ code, message })),
  };
}

interface Times {
  /** Of the first record, from the header's start time. What follows is relative to it. */
  readonly onset: number;
  readonly durationSeconds: number;
  readonly annotations: readonly AnnotationSummary[];
  readonly gaps: readonly { readonly startSeconds: number; readonly durationSeconds: number }[];
}

async function readTimes(
  records: EdfRecords,
  stream: EdfStream | undefined,
  diagnostics: Diagnostics,
): Promise<Times> {
  const { header } = records;
  const whole = (records.count * header.recordDuration.num) / header.recordDuration.den;
  if (!header.signals.some((signal) => signal.annotations))
    return { onset: 0, durationSeconds: whole, annotations: [], gaps: [] };
  const timeline = createTimeline(header, diagnostics);
  const rate = stream?.info.sfreq ?? { num: 1, den: 1 };
  const grid = createRecordGrid(rate, stream?.samplesPerRecord ?? 0);
  const inSeconds = (samples: number): number => (samples * rate.den) / rate.num;
  const annotations: AnnotationSummary[] = [];
  const gaps: { startSeconds: number; durationSeconds: number }[] = [];
  let fileOnset: number | null = null;
  let segmentStart = 0;
  let latestEnd = 0;
  let onePiece = true;
  let record = 0;
  for await (const block of readAnnotations(records, diagnostics)) {
    for (const { onset, texts } of block) {
      const place = timeline.place(onset, record++);
      const { start, gap, skip } = grid.put(place);
      if (place.kind === "segment") {
        if (fileOnset !== null) onePiece = false;
        fileOnset ??= place.onset;
        segmentStart = secondsBetween(fileOnset, place.onset);
      }
      if (gap > 0)
        gaps.push({ startSeconds: segmentStart + inSeconds(start - gap), durationSeconds: inSeconds(gap) });
      if (gap > 0 || skip > 0) onePiece = false;
      latestEnd = Math.max(latestEnd, segmentStart + inSeconds(grid.end));
      for (const text of texts)
        annotations.push({
          onsetSeconds: secondsBetween(fileOnset!, text.onset),
          durationSeconds: text.duration,
          text: text.text,
        });
    }
  }
  return {
    onset: fileOnset ?? 0,
    durationSeconds: onePiece || !stream ? whole : latestEnd,
    annotations: annotations.toSorted((a, b) => a.onsetSeconds - b.onsetSeconds),
    gaps,
  };
}
