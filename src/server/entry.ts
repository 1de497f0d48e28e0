import type { Decision } from "../eeg/decision.ts";
import type { Gap, Marker, Samples } from "../eeg/item.ts";
import type { Encoding, What } from "../protocol/client-message.ts";
import { cutSamples } from "../protocol/cut-samples.ts";
import { formatSampleRows } from "../protocol/sample-rows.ts";
import { formatSamplesFrame, parseSamplesFrame } from "../protocol/samples-frame.ts";
import type { ServerMessageOf } from "../protocol/server-message.ts";
import { binaryFrame, payloadOf, textFrame, type Frame } from "./frame.ts";

/**
 * One message of a stream, written once and sent to everyone who asked for its kind. A server holds hundreds of
 * thousands of them, so there is nothing in it but what it says.
 */
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
  /** Text as it is sent, or samples, which are written when somebody asks for them. */
  readonly content: Frame | KeptSamples;
}

interface Place {
  readonly stream: number;
  readonly segment: number;
}

/** Samples that stand among others of their stream. */
interface KeptSamples {
  readonly stream: number;
  readonly timeNs: bigint;
  readonly nChannels: number;
  readonly room: Float32Array;
  readonly offset: number;
  /** As they are sent, once they were. */
  binary: Frame | null;
  json: Frame | null;
}

/** What an entry weighs beside its bytes. */
const overheadBytes = 200;

/** What a frame holds beside its numbers: headers of both kinds. */
const headerBytes = 44;

/** Numbers that are kept together: an array for each frame would weigh more than what is in it. */
const roomNumbers = 8192;

/** Makes the entries of one stream's samples. */
export function createSamplesEntries(): (place: Place, samples: Samples, timeNs: bigint) => Entry {
  let room = new Float32Array(0);
  let used = 0;

  /** Where the numbers stand from now on; what is large stays where it is. */
  function keep(data: Float32Array): Pick<KeptSamples, "room" | "offset"> {
    if (data.length > roomNumbers / 4) return { room: data, offset: 0 };
    if (used + data.length > room.length) {
      room = new Float32Array(roomNumbers);
      used = 0;
    }
    room.set(data, used);
    used += data.length;
    return { room, offset: used - data.length };
  }

  return ({ stream, segment }, { start, data, nSamples }, timeNs) => ({
    what: "samples",
    kind: "samples",
    segment,
    start,
    nSamples,
    bytes: data.byteLength + headerBytes + overheadBytes,
    atMs: performance.now(),
    content: { stream, timeNs, nChannels: data.length / nSamples, ...keep(data), binary: null, json: null },
  });
}

/** As it is sent. */
export function frameOf(entry: Entry, encoding: Encoding): Frame {
  const { content } = entry;
  if (content instanceof Uint8Array) return content;
  if (encoding === "json") return (content.json ??= samplesText(samplesBytes(entry, content)));
  return (content.binary ??= binaryFrame(samplesBytes(entry, content)));
}

/** The samples of an entry from sample `from` on, as one frame. */
export function restOfSamples(entry: Entry, from: number, encoding: Encoding): Frame {
  const frame = parseSamplesFrame(payloadOf(frameOf(entry, "binary")));
  const samples = cutSamples(frame.samples, from - entry.start, frame.nChannels);
  const bytes = formatSamplesFrame({ ...frame, timeNs: null, samples });
  return encoding === "binary" ? binaryFrame(bytes) : samplesText(bytes);
}

function samplesBytes({ segment, start, nSamples }: Entry, samples: KeptSamples): Uint8Array {
  const { stream, timeNs, nChannels, room, offset } = samples;
  const data = room.subarray(offset, offset + nChannels * nSamples);
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
    what: of.what,
    kind: message.kind,
    segment: message.segment,
    start: of.start,
    nSamples: of.nSamples,
    bytes: frame.length + overheadBytes,
    atMs: performance.now(),
    content: frame,
  };
}
