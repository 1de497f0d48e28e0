import type { Decision } from "../eeg/decision.ts";
import type { Gap, Marker, Samples } from "../eeg/item.ts";
import type { Encoding, What } from "../protocol/client-message.ts";
import { cutSamples } from "../protocol/cut-samples.ts";
import { formatSampleRows } from "../protocol/sample-rows.ts";
import { formatSamplesFrame, parseSamplesFrame } from "../protocol/samples-frame.ts";
import type { ServerMessageOf } from "../protocol/server-message.ts";
import { binaryFrame, textFrame, type Frame } from "./frame.ts";

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

interface Place {
  readonly stream: number;
  readonly segment: number;
}

/** What an entry weighs beside its bytes. */
const overheadBytes = 200;

/** What a frame holds beside its numbers: headers of both kinds. */
const headerBytes = 44;

export function samplesEntry(place: Place, samples: Samples, timeNs: bigint): Entry {
  const { start, nSamples } = samples;
  const nChannels = samples.data.length / nSamples;
  let unwritten: Samples | null = samples;
  let binary: Frame | undefined;
  let json: Frame | undefined;
  /** Most streams are decoded, and nobody asks for their samples: they are written when somebody does. */
  function written(): Frame {
    if (!unwritten) return binary!;
    binary = binaryFrame(formatSamplesFrame({ ...place, timeNs, nChannels, samples: unwritten }));
    unwritten = null;
    return binary;
  }
  return {
    what: "samples",
    kind: "samples",
    segment: place.segment,
    start,
    nSamples,
    bytes: samples.data.byteLength + headerBytes + overheadBytes,
    atMs: performance.now(),
    frame: (encoding) => (encoding === "binary" ? written() : (json ??= samplesText(written().payload))),
  };
}

/** The samples of an entry from sample `from` on, as one frame. */
export function restOfSamples(entry: Entry, from: number, encoding: Encoding): Frame {
  const frame = parseSamplesFrame(entry.frame("binary").payload);
  const samples = cutSamples(frame.samples, from - entry.start, frame.nChannels);
  const bytes = formatSamplesFrame({ ...frame, timeNs: null, samples });
  return encoding === "binary" ? binaryFrame(bytes) : samplesText(bytes);
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
  const frame = textFrame(message);
  return {
    ...of,
    kind: message.kind,
    segment: message.segment,
    bytes: frame.bytes.length + overheadBytes,
    atMs: performance.now(),
    frame: () => frame,
  };
}
