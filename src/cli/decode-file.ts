import { basename } from "node:path";
import type { Decision } from "../eeg/decision.ts";
import { EegError } from "../eeg/errors.ts";
import { secondsAt } from "../eeg/sfreq.ts";
import { createActing } from "../decode/acting.ts";
import { decodeAt } from "../decode/decode-at.ts";
import { decode } from "../decode/decode.ts";
import type { DecodeOptions } from "../decode/stream-decoder.ts";
import { followFile } from "../formats/follow.node.ts";
import type { Recording } from "../formats/recording.ts";
import { fittedModel } from "../decode/calibration.ts";
import { createNodeEngine } from "../model/engines.node.ts";
import { contextSeconds } from "../model/encoder.ts";
import { isWindowManifest } from "../model/manifest.ts";
import { loadModel } from "../model/load.node.ts";
import type { AnyModel } from "../model/window-model.ts";
import { replay } from "../source/replay.ts";
import { actingOptions, type ActingValues } from "./acting-options.ts";
import { decisionText, type AnnotatedDecision, type DecisionFormat } from "./decision-text.ts";
import { bidsChannels, bidsEegSidecar, bidsEventsSidecar, bidsPrefix } from "../report/bids.ts";
import { bitsOf, writeAnnotatedCopy } from "./annotated-copy.ts";
import { createLabelMarkers, type LabelMarkers } from "../report/label-markers.ts";
import { decoderOptions, type DecoderValues } from "./decoder-options.ts";
import { openStream, type StreamValue } from "./stream-option.ts";
import { createOutputFile, type OutputFile } from "./output-file.ts";
import { createRunSummary, type RunFigures } from "./summary.ts";
import { bar, clock, createTerminal, type Terminal } from "./terminal.ts";

export interface DecodeFileOptions extends ActingValues, DecoderValues, StreamValue {
  readonly runningCentre?: number;
  readonly model: string;
  readonly format: DecisionFormat;
  readonly speed: number | "max";
  readonly chunkSeconds?: number;
  readonly hopSeconds?: number;
  readonly at?: readonly string[];
  readonly offsetSeconds: number;
  readonly out?: string;
  readonly annotate?: string;
  readonly timing: boolean;
  readonly follow?: boolean;
  readonly idleSeconds?: number;
  readonly quiet?: boolean;
}

/** Decodes a file for a person at a terminal or for a pipe; what `brainwire demo` does too. */
export async function decodeFile(source: string, options: DecodeFileOptions): Promise<RunFigures> {
  const model = await loadModel(options.model);
  const stop = new AbortController();
  const interrupted = (): void => stop.abort();
  if (options.follow) process.once("SIGINT", interrupted);
  const recording = await openStream(
    source,
    options,
    options.follow
      ? (file) => followFile(file, { idleSeconds: options.idleSeconds ?? 10, signal: stop.signal })
      : undefined,
  );
  const bids = options.format === "bids";
  if (options.annotate !== undefined) bitsOf(options.annotate); // before the work, not after it
  if (bids && options.out === undefined)
    throw new EegError(
      "OPTION_INVALID",
      "--format bids writes several files: name what they have in common, such as --out sub-01_task-rest",
    );
  const path = bids ? `${bidsPrefix(options.out!)}_events.tsv` : options.out;
  const output = path === undefined ? undefined : createOutputFile(path);
  try {
    const terminal = createTerminal(options.quiet === true);
    const labelled = createLabelMarkers();
    const figures = await run({ options, model, recording, output, terminal, labelled });
    if (options.annotate !== undefined)
      await writeAnnotatedCopy(options.annotate, recording, { markers: labelled.result(), terminal });
    if (bids) await writeSidecars(bidsPrefix(options.out!), recording, model);
    output?.commit();
    return figures;
  } finally {
    output?.discard();
    process.removeListener("SIGINT", interrupted);
    await recording.close();
  }
}

/** What BIDS has beside a recording's events. */
async function writeSidecars(prefix: string, recording: Recording, { manifest }: AnyModel): Promise<void> {
  const { streams } = recording;
  const texts = {
    "events.json": bidsEventsSidecar(manifest),
    "channels.tsv": bidsChannels(streams),
    "eeg.json": bidsEegSidecar(basename(prefix), streams, await recording.summary()),
  };
  for (const [name, text] of Object.entries(texts)) {
    const file = createOutputFile(`${prefix}_${name}`);
    try {
      file.append(text);
      file.commit();
    } finally {
      file.discard();
    }
  }
}

interface Run {
  readonly options: DecodeFileOptions;
  readonly model: AnyModel;
  readonly recording: Recording;
  readonly output: OutputFile | undefined;
  readonly terminal: Terminal;
  readonly labelled: LabelMarkers;
}

async function run(task: Run): Promise<RunFigures> {
  const { options, model, recording, output, terminal } = task;
  const { annotations, ...known } = await recording.summary();
  const durationSeconds = options.follow ? null : known.durationSeconds;
  const { labels } = model.manifest;
  const text = decisionText({
    format: options.format,
    tableOf: options.at ? "decisions" : "stretches",
    labels,
  });
  const { manifest } = model;
  const summary = createRunSummary({
    labels,
    durationSeconds,
    annotations: options.follow ? [] : annotations, // there may be more to come
    contextSeconds: isWindowManifest(manifest) ? null : contextSeconds(manifest.architecture.sizes),
  });
  const write = (piece: string): void => {
    if (piece === "") return;
    if (output) return output.append(piece);
    if (process.stdout.isTTY) terminal.clear();
    process.stdout.write(piece);
  };
  const live = createLive(terminal, durationSeconds);
  const begun = performance.now();
  let first = true;
  for await (const decision of decisions(task)) {
    if (first) write(text.header()); // not before the model has accepted the recording
    first = false;
    summary.push(decision);
    task.labelled.push(decision);
    const { timing, ...timeless } = decision;
    write(text.push(options.timing && timing ? decision : timeless));
    live(decision);
  }
  const wallSeconds = (performance.now() - begun) / 1000;
  write(text.end());
  terminal.clear();
  terminal.say("");
  const paced = options.speed !== "max" || options.follow === true;
  for (const line of summary.lines(paced ? null : wallSeconds)) terminal.say(line);
  return summary.figures();
}

async function* decisions({ options, model, recording, terminal }: Run): AsyncGenerator<AnnotatedDecision> {
  const { speed, chunkSeconds, hopSeconds, at, offsetSeconds } = options;
  const hop = hopSeconds === undefined ? {} : { hopSeconds };
  const acting = createActing(model, {
    ...(await actingOptions(options)),
    ...hop,
    allowFiltered: options.allowFiltered === true,
  });
  const source = acting.watch(
    replay(recording, { speed, ...(chunkSeconds === undefined ? {} : { chunkSeconds }) }),
  );
  const decoding = await decoderOptions(options);
  const engine = await createNodeEngine(fittedModel(model, decoding.calibration), {
    ...options,
    warn: ({ message }) => terminal.say(`warning: ${message}`),
  });
  if (engine.name === "onnx" || engine.name === "tfjs")
    terminal.say(`engine       ${engine.name} on ${engine.device}`);
  const how: DecodeOptions = {
    engine,
    stages: acting.stages,
    ...hop,
    ...decoding,
    ...(options.runningCentre === undefined ? {} : { runningCentreSeconds: options.runningCentre }),
  };
  try {
    if (!at) return yield* decode(source, model, how);
    const { sfreq } = recording.streams[recording.defaultStream]!;
    for await (const { marker, decision } of decodeAt(source, model, { ...how, texts: at, offsetSeconds })) {
      const annotation = { text: marker.text, onsetSeconds: secondsAt(marker.onset, sfreq) };
      yield { ...decision, annotation };
    }
  } finally {
    await engine.release();
  }
}

/** Keeps the live line up to date, twenty times a second at most. */
function createLive(terminal: Terminal, durationSeconds: number | null): (decision: Decision) => void {
  let last = -Infinity;
  return ({ time, label, probability, reasons }) => {
    if (!terminal.live) return;
    const now = performance.now();
    if (now - last < 50) return;
    last = now;
    const says =
      label === null
        ? terminal.style("dim", `(${reasons[0] ?? "no label"})`)
        : `${terminal.style("bold", label)} ${(probability ?? 0).toFixed(2)}`;
    const where =
      durationSeconds === null
        ? clock(time)
        : `${bar(time / durationSeconds)}  ${clock(time)} of ${clock(durationSeconds)}`;
    terminal.redraw(`${where}  ${says}`);
  };
}
