import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { createSecureContext } from "node:tls";
import { Command, InvalidArgumentError, Option } from "commander";
import { pino } from "pino";
import { createActing, type ActingOptions } from "../../decode/acting.ts";
import { fittedModel } from "../../decode/calibration.ts";
import { actingPipeline, calibrationHash } from "../../decode/pipeline.ts";
import { EegError } from "../../eeg/errors.ts";
import { hertz } from "../../eeg/sfreq.ts";
import type { Recording } from "../../formats/recording.ts";
import { isLslAddress } from "../../lsl/address.ts";
import { createNodeEngine } from "../../model/engines.node.ts";
import { loadModel } from "../../model/load.node.ts";
import { isWindowModel } from "../../model/window-model.ts";
import { createDecodingService, type DecodingService } from "../../server/decoding.ts";
import { createDecodingPool } from "../../server/decoding-pool.ts";
import { defaultLimits, type Limits } from "../../server/limits.ts";
import { loadPage } from "../../server/page.ts";
import { addLslStream, type ServedLslStream } from "../../server/lsl-stream.ts";
import { startServer, type Server, type ServerOptions } from "../../server/server.ts";
import { syntheticRecording } from "../../server/synthetic-recording.ts";
import { readTokens } from "../../server/tokens.ts";
import { actingOptions, addActingOptions, isActing, type ActingValues } from "../acting-options.ts";
import { addDecoderOptions, decoderOptions, type DecoderValues } from "../decoder-options.ts";
import { collectSeldom } from "../heap-growth.ts";
import { addStreamOption, openStream, type StreamValue } from "../stream-option.ts";
import { count, list, pace, positiveInteger, positiveNumber } from "../option-values.ts";
import { version } from "../version.ts";

interface ServeOptions extends ActingValues, DecoderValues, StreamValue {
  readonly model?: string;
  readonly hopSeconds: number;
  readonly batch: number;
  readonly threads?: number;
  readonly speed: number | "max";
  readonly loop?: boolean;
  readonly host: string;
  readonly port: number;
  readonly tokens?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly allowOrigin?: readonly string[];
  readonly allowHost?: readonly string[];
  readonly limit: Partial<Limits>;
  readonly log: string;
}

/** Threads that decode, unless more are asked for. */
const mostThreads = 4;

export function serveCommand(): Command {
  const command = new Command("serve")
    .description("serve EEG and what is decoded from it over WebSockets, with a page to watch it")
    .argument(
      "[sources...]",
      "recordings (EDF, BDF), `synthetic`, or LSL streams (lsl:type=EEG); publishers may push more",
    )
    .option("--model <name|folder>", "decode every stream with it")
    .option(
      "--hop-seconds <s>",
      "from one decision to the next, a whole multiple of 0.1",
      positiveNumber,
      0.1,
    )
    .option("--batch <n>", "for the engine onnx: streams in one run", positiveInteger, 1)
    .option(
      "--threads <n>",
      "for the engine wasm: beside the server's own, for what is beyond 256 streams (default: two less than there are cores, 4 at most)",
      count,
    )
    .option("--speed <factor>", "of recordings: max, or times real time", pace, 1)
    .option("--loop", "play recordings again and again")
    .option("--host <address>", "to listen on; all but the loopback need --tokens", "127.0.0.1")
    .option("--port <port>", "0 for any that is free", port, 8765)
    .option("--tokens <file>", "who may do what (JSON, see below)")
    .option("--tls-cert <file>", "PEM")
    .option("--tls-key <file>", "PEM")
    .option("--allow-origin <origins>", "of pages served elsewhere that may connect", list)
    .option("--allow-host <names>", "under which this server may be addressed", list)
    .option("--limit <name=value>", `of ${Object.keys(defaultLimits).join(", ")}; may be repeated`, limit, {})
    .addOption(
      new Option("--log <level>", "JSON lines on stderr, without EEG and tokens")
        .choices(["debug", "info", "warn", "error", "silent"])
        .default("warn"),
    );
  return addActingOptions(addStreamOption(addDecoderOptions(command)))
    .addHelpText(
      "after",
      `
A recording begins to play when its first subscriber comes.

An LSL stream is named by type, name, source_id and host; unit is that of channels which declare none, markers the name
of a stream of texts. What is decoded goes out by LSL too. liblsl is yours: LSL_LIB names its file.

A file of tokens: {"tokens": [{"name": "the page", "token": "at least 16 characters", "roles": ["subscribe"]}]}.
Roles are subscribe, publish and control; "sha256" may stand instead of "token", and "expires" may be given.

Examples:
  brainwire serve recordings/demo.edf --model eyes
  brainwire serve synthetic --model eyes --port 9000
  brainwire serve my.edf --model eyes --speed max
  brainwire serve my.edf --model fists --gate rest-or-move --dwell 0.3 --refractory 2
  brainwire serve lsl:type=EEG --model eyes
  brainwire serve lsl:name=BrainAmp,source_id=7,unit=uV,markers=Task --model eyes
  brainwire serve --host 0.0.0.0 --tokens tokens.json --tls-cert cert.pem --tls-key key.pem --allow-host lab.example`,
    )
    .action(async (sources: string[], options: ServeOptions) => {
      collectSeldom();
      const stop = interrupted();
      const settings = await serverOptions(options);
      const server = await startServer(settings);
      const lslStreams: ServedLslStream[] = [];
      try {
        for (const source of sources) {
          if (!isLslAddress(source)) await add(server, source, options);
          else lslStreams.push(await addLsl(server, source, settings.decoding));
        }
        process.stdout.write(`serving at ${server.url.replace(/^ws/, "http")} and ${server.url}\n`);
        await stop;
      } finally {
        await server.close();
        for (const stream of lslStreams) await stream.close();
      }
    });
}

/** Resolves when the user or the system asks the program to end. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
}

async function serverOptions(options: ServeOptions): Promise<ServerOptions> {
  const {
    host,
    port: listenPort,
    tokens,
    tlsCert,
    tlsKey,
    allowOrigin,
    allowHost,
    limit: limits,
    log,
  } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new EegError("OPTION_INVALID", "--tls-cert and --tls-key belong together");
  const tls = tlsCert !== undefined && tlsKey !== undefined ? await readTls(tlsCert, tlsKey) : null;
  const decoding = await decodingOf(options);
  const page = await loadPage();
  return {
    host,
    port: listenPort,
    limits,
    name: `brainwire ${version}`,
    logger: pino({ level: log }, pino.destination({ dest: 2, sync: true })),
    allowedOrigins: allowOrigin ?? [],
    allowedHosts: allowHost ?? [],
    ...(tokens === undefined ? {} : { tokens: await readTokens(tokens) }),
    ...(tls ? { tls } : {}),
    ...(decoding ? { decoding } : {}),
    ...(page ? { page } : {}),
  };
}

async function decodingOf(options: ServeOptions): Promise<DecodingService | null> {
  if (options.model === undefined) {
    if (isActing(options))
      throw new EegError(
        "OPTION_INVALID",
        "--smooth, --dwell, --refractory and --gate act on labels: name what gives them with --model",
      );
    return null;
  }
  const model = await loadModel(options.model);
  const decoding = await decoderOptions(options);
  const { hopSeconds, engine = "wasm" } = options;
  const acting: ActingOptions = {
    ...(await actingOptions(options)),
    hopSeconds,
    allowFiltered: options.allowFiltered === true,
  };
  const own = createDecodingService({
    model,
    engine: await createNodeEngine(fittedModel(model, decoding.calibration), options),
    hopSeconds,
    acting: createActing(model, acting),
    ...decoding,
    pipeline: {
      calibration: decoding.calibration ? await calibrationHash(decoding.calibration) : null,
      ...actingPipeline(acting),
    },
  });
  const { gate } = acting;
  const hasThreads = engine !== "wasm" || isWindowModel(model) || (gate !== undefined && isWindowModel(gate));
  if (hasThreads) return own; // those engines have them
  const threads = options.threads ?? Math.max(0, Math.min(mostThreads, availableParallelism() - 2));
  return createDecodingPool(own, { setup: { model, options: { hopSeconds, ...decoding }, acting }, threads });
}

async function add(server: Server, source: string, options: ServeOptions): Promise<void> {
  const { speed, loop = false } = options;
  const isSynthetic = source === "synthetic";
  const recording = isSynthetic ? await syntheticRecording(1) : await openStream(source, options);
  const origin = isSynthetic ? "synthetic" : "recording";
  const name = await server.addRecording(recording, { speed, loop: loop || isSynthetic, origin });
  process.stdout.write(`${name}: ${describe(recording)}\n`);
}

async function addLsl(
  server: Server,
  source: string,
  decoding: DecodingService | undefined,
): Promise<ServedLslStream> {
  const stream = await addLslStream(server, source, decoding);
  const { name, header, outlets, diagnostics } = stream;
  for (const { message } of diagnostics) process.stderr.write(`note: ${message}\n`);
  const rate = Number(hertz(header.sfreq!).toFixed(3));
  const made = header.manufacturer === "" ? "" : ` by ${header.manufacturer}`;
  process.stdout.write(`${name}: ${header.nChannels} channels at ${rate} Hz${made}, from ${header.host}\n`);
  if (outlets.length > 0) process.stdout.write(`to LSL: ${outlets.join(", ")}\n`);
  return stream;
}

function describe({ streams, defaultStream }: Recording): string {
  const { channels, sfreq } = streams[defaultStream]!;
  return `${channels.length} channels at ${Number(hertz(sfreq).toFixed(3))} Hz`;
}

async function readTls(certPath: string, keyPath: string): Promise<{ cert: string; key: string }> {
  const tls = { cert: await read(certPath), key: await read(keyPath) };
  try {
    createSecureContext(tls);
  } catch (cause) {
    throw new EegError(
      "OPTION_INVALID",
      `--tls-cert ${certPath} and --tls-key ${keyPath}: cannot be used (${(cause as Error).message}); expected a certificate and its key as PEM`,
      { cause },
    );
  }
  return tls;
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new EegError(
      "FILE_UNREADABLE",
      `${path}: cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      { cause },
    );
  }
}

function port(text: string): number {
  return text === "0" ? 0 : positiveInteger(text);
}

function limit(text: string, before: Partial<Limits>): Partial<Limits> {
  const [name = "", value = ""] = text.split("=");
  if (!(name in defaultLimits))
    throw new InvalidArgumentError(`Expected NAME=VALUE with a limit's name, got ${name}.`);
  return { ...before, [name]: positiveNumber(value) };
}
