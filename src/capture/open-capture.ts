import { createReadStream } from "node:fs";
import { basename, join } from "node:path";
import { EegError } from "../eeg/errors.ts";
import type { Decision } from "../eeg/decision.ts";
import type { Gap, Item, Samples } from "../eeg/item.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import type { ByteSource } from "../formats/byte-source.ts";
import { fileSource } from "../formats/file-source.node.ts";
import type { Loss } from "./capture-event.ts";
import { readManifest, type CaptureManifest, type Decoder } from "./manifest.ts";
import { decisionsName, logName, samplesName } from "./names.ts";
import { readFrames, type FramesEnd } from "./samples-file.ts";

/** A captured segment: what is known of it, and its samples and decisions as they are asked for. */
export interface CapturedSegment {
  readonly number: number;
  readonly stream: StreamInfo;
  readonly decoder: Decoder | null;
  /** Whether its end was captured: another segment follows, or the stream ended. */
  readonly complete: boolean;
  /** Samples and gaps from the segment's start to here are in the files, but for the holes. */
  readonly end: number;
  /** Stretches that the decoder had and the capture lacks, in order. */
  readonly holes: readonly Stretch[];
  /** Stretches of which decisions are lacking though they were made. */
  readonly undecided: readonly Stretch[];
  /** Its info, samples and gaps; a hole is a gap. */
  items(): AsyncGenerator<Item, void, undefined>;
}

export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** A decision as it was captured. */
export interface CapturedLine extends Decision {
  readonly segment: number;
}

export interface OpenedCapture {
  readonly folder: string;
  readonly manifest: CaptureManifest;
  readonly segments: readonly CapturedSegment[];
  /** How the samples end; `behind` bytes follow their last good frame. */
  readonly samples: FramesEnd & { readonly behind: number };
  /** What is wrong with lines that are not the last, a sentence each. */
  readonly faults: readonly string[];
  decisions(): AsyncGenerator<CapturedLine, void, undefined>;
  close(): Promise<void>;
}

interface Known {
  number: number;
  stream: StreamInfo;
  decoder: Decoder | null;
  complete: boolean;
  gaps: Gap[];
  losses: Loss[];
  fromByte: number | null;
  end: number;
  holes: Stretch[];
}

/**
 * Opens a capture, whole or cut off, and looks through all its samples.
 * @throws EegError FILE_UNREADABLE, CAPTURE_INVALID
 */
export async function openCapture(folder: string): Promise<OpenedCapture> {
  const manifest = await readManifest(folder);
  const faults: string[] = [];
  const known = segmentsOf(await readLog(folder, faults), manifest, folder);
  const source = await fileSource(join(folder, samplesName)).catch((error: unknown) => {
    if (manifest.ended === null) return emptySource; // cut off before there were any
    throw error;
  });
  const samples = await scan(source, known);
  return {
    folder,
    manifest,
    faults,
    samples: { ...samples, behind: source.size - samples.byte },
    segments: known.map((of) => segment(of, source)),
    decisions: () => readDecisions(folder, faults),
    close: () => source.close(),
  };
}

const emptySource: ByteSource = {
  name: samplesName,
  size: 0,
  read: async () => new Uint8Array(0),
  close: async () => undefined,
};

type LogLine = { readonly kind: string; readonly segment?: number } & Readonly<Record<string, unknown>>;

async function readLog(folder: string, faults: string[]): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for await (const line of readLines(join(folder, logName), faults)) lines.push(line as LogLine);
  return lines;
}

function segmentsOf(lines: readonly LogLine[], manifest: CaptureManifest, folder: string): Known[] {
  const known: Known[] = [];
  for (const line of lines) {
    if (line.kind === "segment") {
      const last = known.at(-1);
      if (last) last.complete = !last.losses.some(({ reason }) => reason === "restarted");
      const { stream, decoder } = line as unknown as Pick<Known, "stream"> & Partial<Pick<Known, "decoder">>;
      const number = known.length;
      if (line.segment !== number || !Array.isArray(stream?.channels) || !stream.sfreq)
        throw new EegError("CAPTURE_INVALID", `${join(folder, logName)}: segment ${number} is not described`);
      known.push({
        number,
        stream,
        decoder: decoder === undefined ? manifest.decoder : decoder,
        complete: false,
        gaps: [],
        losses: [],
        fromByte: null,
        end: 0,
        holes: [],
      });
      continue;
    }
    const of = known.at(-1);
    if (!of) continue;
    if (line.kind === "gap") {
      const { start, nSamples, reason } = line as unknown as Gap;
      of.gaps.push({ kind: "gap", start, nSamples, reason });
    } else if (line.kind === "loss") of.losses.push(line as unknown as Loss);
    else if (line.kind === "note" && line["what"] === "state") of.complete = line["status"] === "ended";
  }
  return known;
}

/** Walks once through all samples: where each segment begins and ends, and what is lacking. */
async function scan(source: ByteSource, known: readonly Known[]): Promise<FramesEnd> {
  for (const of of known) {
    for (const { what, ranges } of of.losses)
      if (what === "everything" || what === "samples")
        for (const { start, nSamples } of ranges)
          if (nSamples !== null) of.holes.push({ start, end: start + nSamples });
  }
  const frames = readFrames(source);
  let next = await frames.next();
  for (const of of known) {
    let gap = 0;
    const passGaps = (): void => {
      for (; of.gaps[gap]?.start === of.end; gap++) of.end += of.gaps[gap]!.nSamples;
    };
    passGaps();
    while (next.done !== true && next.value.segment === of.number) {
      const { start, nSamples } = next.value.samples;
      of.fromByte ??= next.value.byte;
      if (start > of.end) of.holes.push({ start: of.end, end: start }); // nothing says why
      of.end = start + nSamples;
      passGaps();
      next = await frames.next();
    }
    of.holes.sort((a, b) => a.start - b.start);
  }
  return next.done === true ? next.value : { state: "damaged", byte: next.value.byte };
}

function segment(of: Known, source: ByteSource): CapturedSegment {
  const { number, stream, decoder, complete, end, holes, losses } = of;
  return {
    number,
    stream,
    decoder,
    complete,
    end,
    holes,
    undecided: losses.flatMap(({ what, ranges }) =>
      what === "decisions" || what === "everything"
        ? ranges.flatMap(({ start, nSamples }) =>
            nSamples === null ? [] : [{ start, end: start + nSamples }],
          )
        : [],
    ),
    async *items() {
      yield { kind: "info", stream };
      let position = 0;
      let gap = 0;
      function* gapsUntil(sample: number): Generator<Gap> {
        for (; of.gaps[gap] && of.gaps[gap]!.start === position && position < sample; gap++) {
          yield of.gaps[gap]!;
          position += of.gaps[gap]!.nSamples;
        }
        if (position < sample && sample < Infinity) {
          yield { kind: "gap", start: position, nSamples: sample - position, reason: "lost" };
          position = sample;
        }
      }
      if (of.fromByte !== null)
        for await (const frame of readFrames(source, of.fromByte)) {
          if (frame.segment !== number) break;
          const samples: Samples = frame.samples;
          yield* gapsUntil(samples.start);
          yield samples;
          position = samples.start + samples.nSamples;
        }
      yield* gapsUntil(Infinity);
    },
  };
}

async function* readDecisions(folder: string, faults: string[]): AsyncGenerator<CapturedLine> {
  yield* readLines(join(folder, decisionsName), faults) as AsyncGenerator<CapturedLine>;
}

/** The whole lines of a file of JSON lines; one that is cut off at the end is none, a faulty one ends them. */
async function* readLines(path: string, faults: string[]): AsyncGenerator<object> {
  const fail = (message: string): void => void (faults.includes(message) || faults.push(message));
  let rest = "";
  let number = 0;
  try {
    for await (const chunk of createReadStream(path, { encoding: "utf8" }) as AsyncIterable<string>) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        number++;
        const value = parsed(line);
        if (value) yield value;
        else return fail(`${basename(path)}: line ${number} is no JSON`);
      }
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return fail(`${basename(path)}: no such file`);
    if (code === undefined) throw cause;
    throw new EegError("FILE_UNREADABLE", `${path}: cannot be read (${code})`, { cause });
  }
}

function parsed(line: string): object | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
