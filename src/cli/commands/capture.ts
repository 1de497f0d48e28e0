import { extname } from "node:path";
import { Command, Option } from "commander";
import { createRecordingCapture } from "../../capture/capture-recording.ts";
import type { CaptureEvent } from "../../capture/capture-event.ts";
import { createCapture, refuseExisting, type CaptureProgress } from "../../capture/create-capture.ts";
import type { LocalDecoding } from "../../capture/decoded-events.ts";
import { EegError } from "../../eeg/errors.ts";
import { isLslAddress } from "../../lsl/address.ts";
import { createNodeEngine, engineNames } from "../../model/engines.node.ts";
import { loadModel } from "../../model/load.node.ts";
import { actingOptions, type ActingValues } from "../acting-options.ts";
import { readCalibration } from "../calibration-file.ts";
import { openLiveSource, plainly } from "../live-source.ts";
import { openLslSource } from "../lsl-source.ts";
import { positiveNumber } from "../option-values.ts";
import type { StreamSource } from "../stream-source.ts";
import { clock, createTerminal, type Terminal } from "../terminal.ts";
import { version } from "../version.ts";

interface CaptureCommandOptions extends ActingValues {
  readonly out: string;
  readonly model?: string;
  readonly engine?: (typeof engineNames)[number];
  readonly device?: string;
  readonly hopSeconds?: number;
  readonly calibration?: string;
  readonly allowFiltered?: boolean;
  readonly stream?: string;
  readonly seconds?: number;
  readonly fromNow?: boolean;
  readonly tokenFile?: string;
  readonly quiet?: boolean;
}

export function captureCommand(): Command {
  return new Command("capture")
    .description("record a live stream and what is decoded from it")
    .argument("<address>", "of a server, as brainwire serve prints it; or a stream of LSL, lsl:type=EEG")
    .requiredOption("--out <folder|file>", "a folder that can be verified later; or a file x.edf or x.bdf")
    .option("--stream <name>", "which of the server's streams (default: the first)")
    .option(
      "--seconds <s>",
      "stop after so much of the stream (default: at its end, or by Ctrl-C)",
      positiveNumber,
    )
    .option("--from-now", "leave out what the server still remembers of the time before")
    .option("--token-file <file>", "holds the token, where the server wants one")
    .option("--model <name|folder>", "of LSL: decode it with this; a server decodes by itself")
    .addOption(
      new Option("--engine <engine>", "of LSL: what runs the model (default: wasm)").choices(engineNames),
    )
    .option("--device <device>", "of LSL: what the engine onnx or tfjs computes on, as in decode")
    .option("--hop-seconds <s>", "of LSL: from one decision to the next (default: 0.1)", positiveNumber)
    .option("--calibration <file>", "of LSL: fit the model to a person")
    .option("--smooth <s>", "of LSL: exponential mean of the probabilities", positiveNumber)
    .option("--dwell <s>", "of LSL: a label must hold so long before it is given", positiveNumber)
    .option("--refractory <s>", "of LSL: after a change of label no other for so long", positiveNumber)
    .option("--gate <name|folder>", "of LSL: labels only where this model says that something is done")
    .option("--allow-filtered", "of LSL: take a stream that was already filtered otherwise")
    .option("--quiet", "no status line and no summary")
    .addHelpText(
      "after",
      `
A folder holds the signal as BDF+ (a file a segment), the exact samples, every decision with its timing, and
what happened on the way; brainwire verify decodes it again. It is whole up to the last record at any moment,
also if the program or the machine dies: the disk is told to keep what there is once a second.
x.edf holds 16 bits a sample, x.bdf 24, with markers and decisions as annotations: one for each stretch of a
label, decoded/eyes-open, or decoded/none/settling where there is none.

Examples:
  brainwire capture ws://127.0.0.1:8765 --out monday
  brainwire capture ws://127.0.0.1:8765 --stream headset --seconds 600 --out monday
  brainwire capture ws://127.0.0.1:8765 --out monday.bdf
  brainwire capture lsl:type=EEG --model eyes --out monday`,
    )
    .action(async (address: string, options: CaptureCommandOptions) => {
      try {
        await run(address, options);
      } catch (error) {
        throw plainly(error);
      }
    });
}

/** What is written, whatever the form. */
interface Target {
  readonly progress: CaptureProgress;
  push(event: CaptureEvent): Promise<void>;
  /** @returns what to say of it */
  end(why: string): Promise<readonly string[]>;
}

async function run(address: string, options: CaptureCommandOptions): Promise<void> {
  const { out, seconds = Infinity } = options;
  const isFile = /^\.(edf|bdf)$/i.test(extname(out));
  await refuseExisting(out);
  const { source, release } = await openSource(address, options);
  const terminal = createTerminal(options.quiet === true);
  let why = "the stream ended";
  const stop = (): void => {
    why = "interrupted";
    source.close();
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  let drawing: NodeJS.Timeout | undefined;
  try {
    const target = isFile ? await toFile(out) : await toFolder(out, source);
    drawing = setInterval(() => terminal.redraw(statusLine(target.progress, source.trouble)), 200);
    let trouble: string | null = null;
    for await (const event of source.events()) {
      await target.push(event);
      trouble = sayTrouble(terminal, source, trouble);
      if (target.progress.seconds < seconds) continue;
      why = `${seconds} s were captured`;
      break;
    }
    const said = await target.end(why);
    clearInterval(drawing);
    terminal.clear();
    if (options.quiet !== true) process.stdout.write([...said, ""].join("\n"));
  } finally {
    clearInterval(drawing);
    terminal.clear();
    source.close();
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    await release();
  }
}

/** The stream, and what frees what decodes it. */
async function openSource(
  address: string,
  options: CaptureCommandOptions,
): Promise<{ source: StreamSource; release: () => Promise<void> }> {
  const { model: name, calibration, fromNow } = options;
  if (!isLslAddress(address)) {
    if (name !== undefined)
      throw new EegError(
        "OPTION_INVALID",
        "--model goes with lsl:...; what a server sends it has decoded itself",
      );
    const source = await openLiveSource(address, { ...options, from: fromNow ? "now" : "start" });
    return { source, release: async () => undefined };
  }
  if (name === undefined)
    return { source: await openLslSource(address, null), release: async () => undefined };
  const model = await loadModel(name);
  const engine = await createNodeEngine(model, options);
  try {
    const decoding: LocalDecoding = {
      model,
      engine,
      ...(await actingOptions(options)),
      ...(options.hopSeconds === undefined ? {} : { hopSeconds: options.hopSeconds }),
      ...(options.allowFiltered ? { allowFiltered: true } : {}),
      ...(calibration === undefined ? {} : { calibration: await readCalibration(calibration) }),
    };
    return { source: await openLslSource(address, decoding), release: async () => engine.release() };
  } catch (error) {
    await engine.release();
    throw error;
  }
}

function sayTrouble(terminal: Terminal, { trouble }: StreamSource, before: string | null): string | null {
  if (!terminal.live && trouble !== before) terminal.say(trouble ?? "connected again");
  return trouble;
}

async function toFolder(out: string, { name, origin }: StreamSource): Promise<Target> {
  const capture = await createCapture(out, {
    source: origin,
    versions: { brainwire: version, protocol: "brainwire.v1", node: process.versions.node },
  });
  return {
    get progress() {
      return capture.progress;
    },
    push: (event) => capture.push(event),
    async end(why) {
      const manifest = await capture.end(why);
      if (!manifest) return [`nothing came from ${name}: nothing was written`];
      const verified = manifest.decoder ? [`  brainwire verify ${out}`] : [];
      return [
        `${out}: ${summary(capture.progress)} of ${name} (${why})`,
        ...manifest.notes.map((note) => `  ${note}`),
        ...verified,
      ];
    },
  };
}

async function toFile(out: string): Promise<Target> {
  const capture = await createRecordingCapture(out);
  return {
    get progress() {
      return capture.progress;
    },
    push: (event) => capture.push(event),
    async end(why) {
      const { files, notes } = await capture.end();
      if (files.length === 0) return ["nothing came: nothing was written"];
      const clipped = notes.length > 0 && /\.edf$/i.test(out) ? ["  x.bdf in place of x.edf holds more"] : [];
      return [
        `${files.join(", ")}: ${summary(capture.progress)} (${why})`,
        ...notes.map((note) => `  ${note}`),
        ...clipped,
      ];
    },
  };
}

function summary(progress: CaptureProgress): string {
  const { seconds, samples, gaps, decisions, losses, segments, bytes } = progress;
  return [
    clock(seconds),
    counted(samples, "sample"),
    ...(segments > 1 ? [counted(segments, "segment")] : []),
    counted(gaps, "gap"),
    counted(decisions, "decision"),
    ...(losses > 0 ? [`${counted(losses, "loss", "losses")} told in the log`] : []),
    size(bytes),
  ].join(", ");
}

function statusLine(progress: CaptureProgress, trouble: string | null): string {
  return summary(progress) + (trouble === null ? "" : `  ${trouble}`);
}

function counted(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
