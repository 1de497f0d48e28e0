import { hertz } from "../../eeg/sfreq.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { formatLocalTime, movedTime } from "../local-time.ts";
import type { AnnotationSummary, RecordingSummary } from "../recording.ts";
import { createRecordGrid } from "./grid.ts";
import { secondsBetween } from "./fields.ts";
import { readAnnotations, type EdfRecords } from "./records.ts";
import { readStatus } from "./status.ts";
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
        place: { seconds: onsetSeconds },
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
  readonly gaps: readonly GapSummary[];
}

interface GapSummary {
  readonly startSeconds: number;
  readonly durationSeconds: number;
}

/** Gaps that touch are one; one at the end of a segment is none, for there the segment ends. */
function joinGaps(
  gaps: readonly GapSummary[],
  segmentEnd: number,
): { readonly inside: readonly GapSummary[]; readonly end: number } {
  const touching = 1e-6; // times are written with 7 decimals
  const inside: GapSummary[] = [];
  for (const gap of gaps.toSorted((a, b) => a.startSeconds - b.startSeconds)) {
    const last = inside.at(-1);
    const apart = last
      ? secondsBetween(last.startSeconds + last.durationSeconds, gap.startSeconds)
      : Infinity;
    if (last && Math.abs(apart) <= touching)
      inside[inside.length - 1] = {
        startSeconds: last.startSeconds,
        durationSeconds: Math.round((last.durationSeconds + gap.durationSeconds) * 1e9) / 1e9,
      };
    else inside.push(gap);
  }
  const last = inside.at(-1);
  const open = last && last.startSeconds + last.durationSeconds >= segmentEnd - touching;
  if (open) inside.pop();
  return { inside, end: open ? last.startSeconds : segmentEnd };
}

async function readTimes(
  records: EdfRecords,
  stream: EdfStream | undefined,
  diagnostics: Diagnostics,
): Promise<Times> {
  const { header } = records;
  const whole = (records.count * header.recordDuration.num) / header.recordDuration.den;
  if (!header.signals.some((signal) => signal.annotations)) {
    const texts = await readStatus(records, diagnostics);
    const annotations = texts.map(({ onset, text }) => ({
      onsetSeconds: onset,
      durationSeconds: null,
      text,
    }));
    return { onset: 0, durationSeconds: whole, annotations, gaps: [] };
  }
  const timeline = createTimeline(header, diagnostics);
  const rate = stream?.info.sfreq ?? { num: 1, den: 1 };
  const grid = createRecordGrid(rate, stream?.samplesPerRecord ?? 0);
  const inSeconds = (samples: number): number => (samples * rate.den) / rate.num;
  const annotations: AnnotationSummary[] = [];
  const gaps: GapSummary[] = [];
  let ofSegment: GapSummary[] = [];
  let segmentEnd = 0;
  let fileOnset: number | null = null;
  let segmentStart = 0;
  let latestEnd = 0;
  let onePiece = true;
  let record = 0;
  const endSegment = (): void => {
    const { inside, end } = joinGaps(ofSegment, segmentEnd);
    if (end < segmentEnd) onePiece = false;
    latestEnd = Math.max(latestEnd, end);
    gaps.push(...inside);
    ofSegment = [];
  };
  for await (const block of readAnnotations(records, diagnostics)) {
    for (const { onset, texts, beginsSegment, missing } of block) {
      const place = timeline.place(onset, record++, beginsSegment);
      const { start, gap, skip } = grid.put(place);
      if (place.kind === "segment") {
        endSegment();
        if (fileOnset !== null) onePiece = false;
        fileOnset ??= place.onset;
        segmentStart = secondsBetween(fileOnset, place.onset);
      }
      if (gap > 0)
        ofSegment.push({
          startSeconds: segmentStart + inSeconds(start - gap),
          durationSeconds: inSeconds(gap),
        });
      if (gap > 0 || skip > 0) onePiece = false;
      segmentEnd = segmentStart + inSeconds(grid.end);
      for (const { onset: at, duration } of missing)
        ofSegment.push({ startSeconds: secondsBetween(fileOnset!, at), durationSeconds: duration ?? 0 });
      for (const text of texts)
        annotations.push({
          onsetSeconds: secondsBetween(fileOnset!, text.onset),
          durationSeconds: text.duration,
          text: text.text,
        });
    }
  }
  endSegment();
  return {
    onset: fileOnset ?? 0,
    durationSeconds: onePiece || !stream ? whole : latestEnd,
    annotations: annotations.toSorted((a, b) => a.onsetSeconds - b.onsetSeconds),
    gaps,
  };
}
