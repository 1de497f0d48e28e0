import type { Decision } from "../eeg/decision.ts";
import type { Gap, Marker, Samples } from "../eeg/item.ts";
import type { Encoding, What } from "../protocol/client-message.ts";
import { cutSamples } from "../protocol/cut-samples.ts";
import { formatSampleRows } from "../protocol/sample-rows.ts";
import { formatSamplesFrame, parseSamplesFrame } from "../protocol/samples-frame.ts";
import type { ServerMessage, ServerMessageOf } from "../protocol/server-message.ts";

/** One message of a stream, written once and sent to everyone who asked for its kind. */
export interface Entry {
  /** What a subscription must have asked for; null: everyone gets it. */
  readonly what: What | null;
  readonly kind: "info" | "samples" | "gap" | "marker" | "decision" | "quality" | "state";
  readonly segment: number;
  /** Samples, gap, quality: where it begins. Decision: its sample. Else 0. */
  readonly start: number;
  readonly nSamples: number;
  /** What it weighs in memory. */
  readonly bytes: number;
  readonly atMs: number;
  frame(encoding: Encoding): Frame;
}

export interface Frame {
  readonly data: Buffer;
  readonly binary: boolean;
}

interface Place {
  readonly stream: number;
  readonly segment: number;
}

/** What an entry weighs beside its bytes. */
const overheadBytes = 200;

export function samplesEntry(place: Place, samples: Samples, timeNs: bigint): Entry {
  const { start, nSamples, data } = samples;
  const bytes = asBuffer(
    formatSamplesFrame({ ...place, timeNs, nChannels: data.length / nSamples, samples }),
  );
  let json: Buffer | undefined;
  return {
    what: "samples",
    kind: "samples",
    segment: place.segment,
    start,
    nSamples,
    bytes: bytes.length + overheadBytes,
    atMs: performance.now(),
    frame(encoding) {
      if (encoding === "binary") return { data: bytes, binary: true };
      return { data: (json ??= samplesText(bytes)), binary: false };
    },
  };
}

/** The samples of an entry from sample `from` on, as one frame. */
export function restOfSamples(entry: Entry, from: number, encoding: Encoding): Frame {
  const frame = parseSamplesFrame(entry.frame("binary").data);
  const samples = cutSamples(frame.samples, from - entry.start, frame.nChannels);
  const bytes = asBuffer(formatSamplesFrame({ ...frame, timeNs: null, samples }));
  return encoding === "binary" ? { data: bytes, binary: true } : { data: samplesText(bytes), binary: false };
}

function samplesText(bytes: Uint8Array): Buffer {
  const { stream, segment, samples, timeNs } = parseSamplesFrame(bytes);
  return asText({
    kind: "samples",
    stream,
    segment,
    start: samples.start,
    timeNs: timeNs === null ? null : String(timeNs),
    data: formatSampleRows(samples),
  });
}

export function gapEntry(place: Place, { start, nSamples, reason }: Gap): Entry {
  return textEntry({ kind: "gap", ...place, start, nSamples, reason }, { what: null, start, nSamples });
}

export function markerEntry(place: Place, { onset, duration, text, channel }: Marker): Entry {
  return textEntry(
    { kind: "marker", ...place, onset, duration, text, ...(channel === undefined ? {} : { channel }) },
    { what: "markers", start: 0, nSamples: 0 },
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
    { what: "decisions", start: decision.sample, nSamples: 0 },
  );
}

export function messageEntry(message: ServerMessageOf<"info" | "state" | "quality">): Entry {
  const range = message.kind === "quality" ? message : { start: 0, nSamples: 0 };
  return textEntry(message, {
    what: message.kind === "quality" ? "quality" : null,
    start: range.start,
    nSamples: range.nSamples,
  });
}

type TextEntryMessage = ServerMessageOf<"info" | "gap" | "marker" | "decision" | "quality" | "state">;

function textEntry(message: TextEntryMessage, of: Pick<Entry, "what" | "start" | "nSamples">): Entry {
  const data = asText(message);
  return {
    ...of,
    kind: message.kind,
    segment: message.segment,
    bytes: data.length + overheadBytes,
    atMs: performance.now(),
    frame: () => ({ data, binary: false }),
  };
}

export function asText(message: ServerMessage): Buffer {
  return Buffer.from(JSON.stringify(message));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
