import { createHash } from "node:crypto";
import os from "node:os";
import { Command, Option } from "commander";
import { EegError } from "../../eeg/errors.ts";
import { fromHertz } from "../../eeg/sfreq.ts";
import { chooseElectrodes } from "../../load/electrodes.ts";
import { runLoad, type Load } from "../../load/load.ts";
import { engineNames } from "../../model/engines.node.ts";
import { loadModel } from "../../model/load.node.ts";
import { isWindowModel, type AnyModel } from "../../model/window-model.ts";
import { latencyFigures, type LatencyConfig, type LatencyFigures } from "../../report/latency-figures.ts";
import { latencyReport, type LimitCheck } from "../../report/latency-report.ts";
import { quantiles } from "../../report/quantiles.ts";
import { qualityOption, type DecoderValues } from "../decoder-options.ts";
import { latencyLines } from "../latency-text.ts";
import { collectSeldom } from "../heap-growth.ts";
import { lookBack } from "../look-back.ts";
import { count, positiveInteger, positiveNumber } from "../option-values.ts";
import { createOutputFile } from "../output-file.ts";
import { startServed } from "../served.ts";
import { bar, createTerminal, type Terminal } from "../terminal.ts";
import { version } from "../version.ts";

interface LatencyOptions {
  readonly model: string;
  readonly engine?: (typeof engineNames)[number];
  readonly device?: string;
  readonly batch?: number;
  readonly quality: NonNullable<DecoderValues["quality"]>;
  readonly streams: number;
  readonly channels: number;
  readonly sfreq: number;
  readonly hopSeconds: number;
  readonly frameMs: number;
  readonly subscribers: number;
  readonly stalled: number;
  readonly duration: number;
  readonly warmUp: number;
  readonly maxP50Ms?: number;
  readonly maxP99Ms?: number;
  readonly maxP999Ms?: number;
  readonly maxMissed?: number;
  readonly maxLost?: number;
  readonly html: string | false;
  readonly out?: string;
  readonly json?: boolean;
}

export function latencyCommand(): Command {
  return new Command("latency")
    .description("measure how long labels take, over real sockets, with a report")
    .requiredOption("--model <name|folder>", "what decodes")
    .addOption(new Option("--engine <engine>", "what runs the model, as for serve").choices(engineNames))
    .option("--device <device>", "what the engine onnx or tfjs computes on, as for serve")
    .option("--batch <n>", "for the engine onnx: streams in one run", positiveInteger)
    .addOption(qualityOption())
    .option("--streams <n>", "published at once, each on a connection of its own", positiveInteger, 1)
    .option("--channels <n>", "of each stream", positiveInteger, 64)
    .option("--sfreq <hz>", "of each stream", positiveNumber, 160)
    .option("--hop-seconds <s>", "from one label to the next", positiveNumber, 0.1)
    .option("--frame-ms <ms>", "signal in one frame, as a headset sends it", positiveNumber, 50)
    .option("--subscribers <n>", "of each stream, each on a connection of its own", positiveInteger, 1)
    .option("--stalled <n>", "further subscribers that ask for everything and never read", count, 0)
    .option("--duration <s>", "measured", positiveNumber, 30)
    .option("--warm-up <s>", "before it", positiveNumber, 5)
    .option("--max-p50-ms <ms>", "fail if half of the labels take longer", positiveNumber)
    .option("--max-p99-ms <ms>", "fail if 1 of 100 does", positiveNumber)
    .option("--max-p999-ms <ms>", "fail if 1 of 1,000 does", positiveNumber)
    .option("--max-missed <n>", "fail if more labels come later than a hop", count)
    .option("--max-lost <n>", "fail if more labels never come", count)
    .option("--html <file>", "the report", "latency.html")
    .option("--no-html", "no report")
    .option("--out <file.json>", "all figures as JSON")
    .option("--json", "print them too, instead of the table")
    .addHelpText(
      "after",
      `
A server is started in a process of its own; this one sends simulated EEG at its real rate and measures from the last
byte of the sample that completes a window to the arrival of its label. Exit status 1 if a limit is exceeded.

Examples:
  brainwire latency --model eyes
  brainwire latency --model eyes --max-p99-ms 8 --max-missed 0 --duration 600
  brainwire latency --model eyes --streams 256 --channels 8 --sfreq 250 --hop-seconds 0.2
  brainwire latency --model eyes --subscribers 1000 --stalled 1 --out latency.json`,
    )
    .action(async (options: LatencyOptions) => {
      collectSeldom();
      const terminal = createTerminal(false);
      const html = options.html === false ? null : createOutputFile(options.html);
      const out = options.out === undefined ? null : createOutputFile(options.out);
      try {
        const figures = await measure(options, terminal);
        const checks = checksOf(options, figures);
        const json = JSON.stringify({ ...figures, limits: checks }, null, 2) + "\n";
        html?.append(latencyReport(figures, checks));
        html?.commit();
        out?.append(json);
        out?.commit();
        process.stdout.write(options.json ? json : `${latencyLines(figures, checks, terminal).join("\n")}\n`);
        if (html) terminal.say(`report    ${String(options.html)}`);
        judge(checks);
      } finally {
        html?.discard();
        out?.discard();
      }
    });
}

/** @throws EegError LATENCY_LIMIT if a limit was exceeded */
function judge(checks: readonly LimitCheck[]): void {
  const broken = checks.filter(({ kept }) => !kept);
  if (broken.length === 0) return;
  const texts = broken.map(({ what, measured, limit }) => `${what} ${measured} is more than ${limit}`);
  throw new EegError("LATENCY_LIMIT", texts.join("; "));
}

/** What ends the measurement early: what was measured until then is told. */
const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

async function measure(options: LatencyOptions, terminal: Terminal): Promise<LatencyFigures> {
  const model = await loadModel(options.model);
  const { channels } = model.manifest.input;
  const electrodes = chooseElectrodes(
    "order" in channels ? channels.order : channels.region,
    options.channels,
  );
  const begunLoad = os.loadavg()[0]!;
  const served = await startServed(serveArguments(options));
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  for (const signal of endings) process.once(signal, interrupt);
  try {
    served.watch();
    const load = await runLoad({
      url: served.url,
      streams: options.streams,
      electrodes,
      sfreq: fromHertz(options.sfreq),
      frameMs: options.frameMs,
      subscribers: options.subscribers,
      stalled: options.stalled,
      warmUpSeconds: options.warmUp,
      seconds: options.duration,
      signal: interruption.signal,
      progress: (seconds, { latency }) => {
        if (seconds >= 0) served.count();
        terminal.redraw(progressLine(options.duration, seconds, latency));
      },
    });
    terminal.clear();
    const config = configOf(options, model, load);
    return latencyFigures(load, {
      config,
      configHash: createHash("sha256").update(JSON.stringify(config)).digest("hex"),
      machine: {
        cpu: os.cpus()[0]?.model ?? "unknown",
        cores: os.availableParallelism(),
        memoryGiB: os.totalmem() / 2 ** 30,
        load: begunLoad,
      },
      versions: { brainwire: version, node: process.version, system: `${os.type()} ${os.release()}` },
      date: new Date().toISOString(),
      lookBack: lookBack(model, electrodes, options.sfreq),
      server: served.use(),
    });
  } finally {
    for (const signal of endings) process.off(signal, interrupt);
    await served.stop();
  }
}

function serveArguments(options: LatencyOptions): string[] {
  const { model, engine, device, batch, quality, hopSeconds, streams, subscribers, stalled } = options;
  const connections = streams * (1 + subscribers) + stalled + 8;
  const given = { model, "hop-seconds": hopSeconds, engine, device, batch, quality };
  const limits = {
    connections: Math.max(1024, connections),
    connectionsPerAddress: Math.max(256, connections),
    streams: Math.max(512, streams),
  };
  return [
    ...Object.entries(given).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}`, String(value)],
    ),
    ...Object.entries(limits).flatMap(([name, value]) => ["--limit", `${name}=${value}`]),
  ];
}

function configOf(options: LatencyOptions, model: AnyModel, load: Load): LatencyConfig {
  const { streams, channels, sfreq, hopSeconds, frameMs, subscribers, stalled, warmUp } = options;
  const { engine = isWindowModel(model) ? "onnx" : "wasm", device, quality } = options;
  return {
    model: `${model.manifest.name} ${model.manifest.version}`,
    modelHash: model.weightsHash,
    engine: device === undefined ? engine : `${engine} (${device})`,
    quality,
    streams,
    channels,
    sfreqHz: sfreq,
    hopSeconds,
    frameMs,
    subscribers,
    stalled,
    seconds: Math.min(options.duration, Number(load.seconds.toFixed(3))),
    warmUpSeconds: warmUp,
  };
}

function checksOf(options: LatencyOptions, { latencyMs, labels }: LatencyFigures): LimitCheck[] {
  const limits: [string, number | undefined, number][] = [
    ["p50 in ms", options.maxP50Ms, latencyMs.p50],
    ["p99 in ms", options.maxP99Ms, latencyMs.p99],
    ["p99.9 in ms", options.maxP999Ms, latencyMs.p999],
    ["labels later than a hop", options.maxMissed, labels.missedDeadline],
    ["labels that never came", options.maxLost, labels.missing],
  ];
  return limits.flatMap(([what, limit, exact]) => {
    const measured = Number(exact.toPrecision(4));
    return limit === undefined ? [] : [{ what, measured, limit, kept: exact <= limit }];
  });
}

function progressLine(duration: number, seconds: number, latency: Float32Array): string {
  if (seconds < 0) return `${bar(0)}  warming up`;
  const { p50, p99, longest } = quantiles(latency.subarray(-5000));
  const shown =
    latency.length === 0
      ? ""
      : `  p50 ${p50.toFixed(2)}  p99 ${p99.toFixed(2)}  longest ${longest.toFixed(1)} ms`;
  return `${bar(seconds / duration)}${shown}`;
}
