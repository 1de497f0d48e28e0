import { basename } from "node:path";
import { Command, Option } from "commander";
import type { Decision } from "../../eeg/decision.ts";
import { EegError } from "../../eeg/errors.ts";
import { secondsAt } from "../../eeg/sfreq.ts";
import { createActing } from "../../decode/acting.ts";
import { decodeAt } from "../../decode/decode-at.ts";
import { decode } from "../../decode/decode.ts";
import type { DecodeOptions } from "../../decode/stream-decoder.ts";
import { followFile } from "../../formats/follow.node.ts";
import type { Recording } from "../../formats/recording.ts";
import { fittedModel } from "../../decode/calibration.ts";
import { createNodeEngine } from "../../model/engines.node.ts";
import { contextSeconds } from "../../model/encoder.ts";
import { isWindowManifest } from "../../model/manifest.ts";
import { loadModel } from "../../model/load.node.ts";
import type { AnyModel } from "../../model/window-model.ts";
import { replay } from "../../source/replay.ts";
import { actingOptions, addActingOptions, type ActingValues } from "../acting-options.ts";
import {
  decisionFormats,
  decisionText,
  type AnnotatedDecision,
  type DecisionFormat,
} from "../decision-text.ts";
import { list, pace, positiveInteger, positiveNumber, seconds } from "../option-values.ts";
import { bidsChannels, bidsEegSidecar, bidsEventsSidecar, bidsPrefix } from "../../report/bids.ts";
import { isMany } from "../batch/inputs.ts";
import { decodeMany } from "../batch/decode-many.ts";
import { bitsOf, writeAnnotatedCopy } from "../annotated-copy.ts";
import { createLabelMarkers, type LabelMarkers } from "../../report/label-markers.ts";
import { addDecoderOptions, decoderOptions, type DecoderValues } from "../decoder-options.ts";
import { addStreamOption, openStream, type StreamValue } from "../stream-option.ts";
import { createOutputFile, type OutputFile } from "../output-file.ts";
import { proveFile } from "../proof.ts";
import { createRunSummary, type RunFigures } from "../summary.ts";
import { bar, clock, createTerminal, type Terminal } from "../terminal.ts";

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

export function decodeCommand(): Command {
  const command = new Command("decode")
    .description("decode a recording: labels with their probability, or why there is none")
    .argument(
      "<sources...>",
      "recordings (EDF, BDF, BrainVision, GDF or XDF), folders, or patterns ('study/**/*.edf')",
    )
    .requiredOption("--model <name|folder>", "a shipped model (brainwire models) or a model's folder")
    .addOption(
      new Option(
        "--format <format>",
        "table: a row a stretch, for people; jsonl, tsv: every decision; bids: with --out, a recording's _events.tsv, _channels.tsv and sidecars",
      )
        .choices(decisionFormats)
        .default("table"),
    )
    .option("--speed <factor>", "max, or times real time", pace, "max")
    .option(
      "--chunk-seconds <s>",
      "read in pieces of this length; the labels are the same, bit for bit",
      positiveNumber,
    )
    .option("--hop-seconds <s>", "from one decision to the next, a whole multiple of 0.1", positiveNumber)
    .option(
      "--running-centre <s>",
      "align channels to what was heard so far, with no label before this many seconds; for models that align channels",
      positiveNumber,
    )
    .option("--at <texts>", "one decision for each annotation of these texts, instead of every hop", list)
    .option("--offset-seconds <s>", "with --at: how long after the annotation's onset", seconds, 4)
    .option("--out <file>", "write the decisions there instead of to stdout; for several recordings a folder")
    .option(
      "--jobs <n>",
      "for several recordings: how many at once (default: as many as there are cores)",
      positiveInteger,
    )
    .option(
      "--annotate <copy.edf|copy.bdf>",
      "write a copy of the recording with the labels among its annotations too",
    )
    .option("--no-timing", "leave out what each decision cost, so that two runs print the same bytes")
    .option(
      "--prove",
      "print no decisions, but how far they differ with the file cut at random and from the whole-sequence form",
    )
    .option(
      "--follow",
      "go on while another program records the file (EDF, BDF): until Ctrl-C, or until it is done growing",
    )
    .option("--idle-seconds <s>", "with --follow: a file that has not grown for so long is done", seconds, 10)
    .option("--quiet", "no progress and no summary");
  return addActingOptions(addStreamOption(addDecoderOptions(command)))
    .addHelpText(
      "after",
      `
Examples:
  brainwire decode my.edf --model eyes
  brainwire decode my.edf --model eyes --format jsonl | jq -r 'select(.label) | [.time, .label] | @tsv'
  brainwire decode my.edf --model eyes --format tsv --hop-seconds 1 --out labels.tsv
  brainwire decode sub-01_task-rest_eeg.edf --model eyes --format bids --out sub-01_task-rest
  brainwire decode my.vhdr --model eyes --annotate my-decoded.edf
  brainwire decode 'study/**/*.edf' --model eyes --out results/
  brainwire decode my.edf --model eyes --speed 1
  brainwire decode recording-now.bdf --model eyes --format jsonl --follow
  brainwire decode my.edf --model eyes --engine onnx --device auto
  brainwire decode my.edf --model fists --smooth 0.5 --dwell 0.3 --refractory 2 --gate rest-or-move`,
    )
    .action(async (sources: string[], options: DecodeFileOptions & { prove?: boolean; jobs?: number }) => {
      const [source = ""] = sources;
      if (sources.length > 1 || isMany(source)) await decodeMany(sources, options);
      else if (options.prove) await proveFile(source, options);
      else await decodeFile(source, options);
    });
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
