import { basename, dirname, sep } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { EegError } from "../../eeg/errors.ts";
import { decode } from "../../decode/decode.ts";
import type { RecordingFile, RecordingSummary } from "../../formats/recording.ts";
import { createNodeEngine } from "../../model/engines.node.ts";
import { loadModel } from "../../model/load.node.ts";
import { truthOf } from "../../report/agreement.ts";
import { createDecodedRun } from "../../report/decoded-run.ts";
import { inspectRecording, type DecodedPart } from "../../report/recording-report.ts";
import { formatReport } from "../../report/report-html.ts";
import { replay } from "../../source/replay.ts";
import { addDecoderOptions, decoderOptions, type DecoderValues } from "../decoder-options.ts";
import { list, positiveNumber } from "../option-values.ts";
import { createOutputFile } from "../output-file.ts";
import { addStreamOption, openStream, type StreamValue } from "../stream-option.ts";
import { bar, createTerminal, type Terminal } from "../terminal.ts";
import { version } from "../version.ts";

interface ReportOptions extends DecoderValues, StreamValue {
  readonly model?: string;
  readonly hopSeconds?: number;
  readonly texts?: ReadonlyMap<string, string>;
  readonly out: string;
}

export function reportCommand(): Command {
  const command = new Command("report")
    .description("write one HTML file about a recording: quality, spectra, scalp maps, and labels over time")
    .argument("<file>", "recording (EDF, BDF, BrainVision, GDF or XDF)")
    .option("--model <name|folder>", "show what it decodes, and how that agrees with the annotations")
    .option("--out <file>", "where to write", "report.html")
    .option("--hop-seconds <s>", "from one decision to the next, a whole multiple of 0.1", positiveNumber)
    .option("--texts <text=label,...>", "what texts of annotations stand for", meanings);
  return addStreamOption(addDecoderOptions(command))
    .addHelpText(
      "after",
      `
The file needs no network and holds no script; names of persons in the recording's header are not shown.

Examples:
  brainwire report recordings/demo.edf --model eyes
  brainwire report S001R02.edf --model eyes --texts T0=eyes-closed --out S001R02.html
  brainwire report my.vhdr`,
    )
    .action(async (file: string, options: ReportOptions) => {
      const recording = await openStream(file, options);
      try {
        await writeReport(recording, file, options);
      } finally {
        await recording.close();
      }
    });
}

async function writeReport(recording: RecordingFile, file: string, options: ReportOptions): Promise<void> {
  const terminal = createTerminal(false);
  const output = createOutputFile(options.out);
  try {
    terminal.redraw(`${file}: looking at every sample`);
    const inspected = await inspectRecording(recording);
    if (!inspected)
      throw new EegError("CHANNEL_MISSING", `${file}: the recording holds no signal, only annotations`);
    const { summary } = inspected;
    const folder = dirname(file) + sep; // is nobody's business that the report is sent to
    const diagnostics = summary.diagnostics.map(({ code, message }) => ({
      code,
      message: message.replaceAll(folder, ""),
    }));
    const decoded =
      options.model === undefined ? null : await decodedPart({ recording, summary, options, terminal });
    output.append(
      formatReport({
        ...inspected,
        summary: { ...summary, diagnostics },
        decoded,
        name: basename(file),
        maker: `brainwire ${version}`,
      }),
    );
    output.commit();
    terminal.clear();
    if (decoded && decoded.run instanceof Error) terminal.say(`warning: no labels: ${decoded.run.message}`);
    terminal.say(options.out);
  } finally {
    output.discard();
  }
}

interface Decoding {
  readonly recording: RecordingFile;
  readonly summary: RecordingSummary;
  readonly options: ReportOptions;
  readonly terminal: Terminal;
}

async function decodedPart({ recording, summary, options, terminal }: Decoding): Promise<DecodedPart> {
  const { annotations, durationSeconds } = summary;
  const model = await loadModel(options.model!);
  const { manifest, weightsHash } = model;
  const { labels } = manifest;
  const meaningsOf = options.texts ?? new Map<string, string>();
  const unknown = [...meaningsOf.values()].find((label) => !labels.includes(label));
  if (unknown !== undefined)
    throw new EegError(
      "OPTION_INVALID",
      `--texts: model ${manifest.name} has no label '${unknown}', but ${labels.join(", ")}`,
    );
  const truth = truthOf(annotations, { labels, meanings: meaningsOf, durationSeconds });
  const gathered = createDecodedRun(labels, truth);
  const engine = await createNodeEngine(model, {
    ...options,
    warn: ({ message }) => terminal.say(`warning: ${message}`),
  });
  const part = { manifest, weightsHash, engine: engine.name };
  let n = 0;
  try {
    const hop = options.hopSeconds === undefined ? {} : { hopSeconds: options.hopSeconds };
    const how = { engine, ...hop, ...(await decoderOptions(options)) };
    for await (const decision of decode(replay(recording), model, how)) {
      gathered.push(decision);
      if (n++ % 500 === 0) terminal.redraw(`${bar(decision.time / durationSeconds)}  decoding`);
    }
    return { ...part, run: gathered.result() };
  } catch (error) {
    // a model that does not fit leaves the rest of the report to be seen
    if (!(error instanceof EegError)) throw error;
    return { ...part, run: error };
  } finally {
    await engine.release();
  }
}

/** `T1=left,T2=right`. */
function meanings(text: string): ReadonlyMap<string, string> {
  return new Map(
    list(text).map((pair) => {
      const at = pair.lastIndexOf("=");
      if (at <= 0 || at === pair.length - 1) throw new InvalidArgumentError("Expected TEXT=LABEL,...");
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
