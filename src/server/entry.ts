import type { Decision } from "../eeg/decision.ts";
import type { Gap, Marker, Samples } from "../eeg/item.ts";
import type { Encoding, What } from "../protocol/client-message.ts";
import { cutSamples } from "../protocol/cut-samples.ts";
import { formatSampleRows } from "../protocol/sample-rows.ts";
import { formatSamplesFrame, parseSamplesFrame } from "../protocol/samples-frame.ts";
import type { ServerMessageOf } from "../protocol/server-message.ts";
import { binaryFrame, payloadOf, textFrame, type Frame } from "./frame.ts";

/** What a message of a stream says of itself. */
export interface EntryHead {
  readonly kind: "info" | "samples" | "gap" | "marker" | "decision" | "quality" | "state";
  readonly segment: number;
  /** Samples, gap, quality: where it begins. Decision: its sample. Else 0. */
  readonly start: number;
  readonly nSamples: number;
  readonly atMs: number;
}

/** One message of a stream, written once and sent to everyone who asked for its kind. */
export interface Entry extends EntryHead {
  /** What it weighs in memory. */
  readonly bytes: number;
  /** Text as it is sent, or samples, which are written when somebody asks for them. */
  readonly content: Frame | SamplesContent;
}

/** Samples of an entry; the numbers are their sender's. */
interface SamplesContent {
  readonly stream: number;
  readonly timeNs: bigint;
  readonly nChannels: number;
  readonly data: Float32Array;
}

/** What a subscription must have asked for to get an entry; null: everyone gets it. */
export const whatOf: Readonly<Record<EntryHead["kind"], What | null>> = {
  info: null,
  samples: "samples",
  gap: null,
  marker: "markers",
  decision: "decisions",
  quality: "quality",
  state: null,
};

interface Place {
  readonly stream: number;
  readonly segment: number;
}

/** What an entry weighs beside its bytes. */
const overheadBytes = 100;

/** What a frame holds beside its numbers: headers of both kinds. */
const headerBytes = 44;

export function samplesEntry(
  { stream, segment }: Place,
  { start, data, nSamples }: Samples,
  timeNs: bigint,
): Entry {
  return {
    kind: "samples",
    segment,
    start,
    nSamples,
    bytes: data.byteLength + headerBytes + overheadBytes,
    atMs: performance.now(),
    content: { stream, timeNs, nChannels: data.length / nSamples, data },
  };
}

/** As it is sent. */
export function frameOf(entry: Entry, encoding: Encoding): Frame {
  const { content } = entry;
  if (content instanceof Uint8Array) return content;
  const bytes = samplesBytes(entry, content);
  return encoding === "json" ? samplesText(bytes) : binaryFrame(bytes);
}

/** The samples of an entry from sample `from` on, as one frame. */
export function restOfSamples(entry: Entry, from: number, encoding: Encoding): Frame {
  const frame = parseSamplesFrame(payloadOf(frameOf(entry, "binary")));
  const samples = cutSamples(frame.samples, from - entry.start, frame.nChannels);
  const bytes = formatSamplesFrame({ ...frame, timeNs: null, samples });
  return encoding === "binary" ? binaryFrame(bytes) : samplesText(bytes);
}

function samplesBytes({ segment, start, nSamples }: Entry, samples: SamplesContent): Uint8Array {
  const { stream, timeNs, nChannels, data } = samples;
  return formatSamplesFrame({
    stream,
    segment,
    timeNs,
    nChannels,
    samples: { kind: "samples", start, data, nSamples },
  });
}

function samplesText(bytes: Uint8Array): Frame {
  const { stream, segment, samples, timeNs } = parseSamplesFrame(bytes);
  return textFrame({
    kind: "samples",
    stream,
    segment,
    start: samples.start,
    timeNs: timeNs === null ? null : String(timeNs),
    data: formatSampleRows(samples),
  });
}

export function gapEntry(place: Place, { start, nSamples, reason }: Gap): Entry {
  return textEntry({ kind: "gap", ...place, start, nSamples, reason }, { start, nSamples });
}

export function markerEntry(place: Place, { onset, duration, text, channel }: Marker): Entry {
  return textEntry(
    { kind: "marker", ...place, onset, duration, text, ...(channel === undefined ? {} : { channel }) },
    { start: 0, nSamples: 0 },
  );
}

export interface DecisionAge {
  readonly model: string;
  /** When the sample that completed its window came, and when its turn did, by `performance.now()`. */
  readonly arrivedMs: number;
  readonly begunMs: number;
  readonly decidedMs: number;
}

export function decisionEntry(place: Place, decision: Decision, age: DecisionAge): Entry {
  const now = performance.now();
  const { reasons, ...rest } = decision;
  return textEntry(
    {
      kind: "decision",
      ...place,
      model: age.model,
      ageMs: now - age.arrivedMs,
      stages: {
        queueMs: age.begunMs - age.arrivedMs,
        decodeMs: age.decidedMs - age.begunMs,
        publishMs: now - age.decidedMs,
      },
      decision: {
        ...rest,
        probabilities: decision.probabilities && { ...decision.probabilities },
        reasons: [...reasons],
      },
    },
    { start: decision.sample, nSamples: 0 },
  );
}

export function messageEntry(message: ServerMessageOf<"info" | "state" | "quality">): Entry {
  const range = message.kind === "quality" ? message : { start: 0, nSamples: 0 };
  return textEntry(message, range);
}

type TextEntryMessage = ServerMessageOf<"info" | "gap" | "marker" | "decision" | "quality" | "state">;

function textEntry(message: TextEntryMessage, of: Pick<Entry, "start" | "nSamples">): Entry {
  const frame = textFrame(message);
  return {
    kind: message.kind,
    segment: message.segment,
    start: of.start,
    nSamples: of.nSamples,
    bytes: frame.length + overheadBytes,
    atMs: performance.now(),
    content: frame,
  };
}
