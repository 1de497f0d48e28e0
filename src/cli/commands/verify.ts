import { Command, Option } from "commander";
import { readManifest, type Decoder } from "../../capture/manifest.ts";
import { sentenceOf } from "../../capture/compare-decisions.ts";
import { tolerance } from "../../capture/causes.ts";
import { verifyCapture, type FirstDifference, type Verdict } from "../../capture/verify.ts";
import { fittedModel } from "../../decode/calibration.ts";
import { EegError } from "../../eeg/errors.ts";
import { createNodeEngine, engineNames } from "../../model/engines.node.ts";
import { loadModel } from "../../model/load.node.ts";
import type { AnyModel } from "../../model/window-model.ts";
import { readCalibration } from "../calibration-file.ts";
import { clock } from "../terminal.ts";
import { version } from "../version.ts";

interface VerifyCommandOptions {
  readonly model?: string;
  readonly calibration?: string;
  readonly gate?: string;
  readonly engine?: (typeof engineNames)[number];
  readonly device?: string;
  readonly json?: boolean;
}

export function verifyCommand(): Command {
  return new Command("verify")
    .description("decode a capture again and compare every decision")
    .argument("<folder>", "as brainwire capture has written it")
    .option("--model <name|folder>", "the model (default: the shipped one of the name in the capture)")
    .option("--calibration <file>", "what it was decoded with, where it was")
    .option("--gate <name|folder>", "the gate's model (default: the shipped one of the name in the capture)")
    .addOption(
      new Option(
        "--engine <engine>",
        "what runs the model (default: wasm, onnx for a decoder in an ONNX file)",
      ).choices(engineNames),
    )
    .option("--device <device>", "what the engine onnx or tfjs computes on, as in decode")
    .option("--json", "print the verdict as JSON")
    .addHelpText(
      "after",
      `
Decisions on samples that were all captured must be the same bit for bit on the built-in engine, and within
${tolerance.toExponential()} across engines. Where the capture lacks samples that the decoder had (it began late, or some were
lost), decisions are compared to within ${tolerance.toExponential()} once what the decoder remembers of them has died away, and
not before: each is counted for what it is. Exits with 1 if anything differs.

Examples:
  brainwire verify monday
  brainwire verify monday --model models/my-own --calibration me.json`,
    )
    .action(async (folder: string, options: VerifyCommandOptions) => {
      const { decoder } = await readManifest(folder);
      const model = decoder ? await modelOf("decoded by", decoder, options.model) : null;
      const gating = decoder?.pipeline?.gate;
      const gate = gating ? await modelOf("gated by", gating, options.gate) : null;
      const calibration =
        options.calibration === undefined ? undefined : await readCalibration(options.calibration);
      const engine = model ? await createNodeEngine(fittedModel(model, calibration), options) : null;
      try {
        const verdict = await verifyCapture(folder, {
          model,
          ...(calibration ? { calibration } : {}),
          ...(gate ? { gate } : {}),
          ...(engine ? { engine } : {}),
          versions: { brainwire: version },
        });
        process.stdout.write(options.json ? `${JSON.stringify(verdict)}\n` : report(folder, verdict));
        if (!verdict.holds)
          throw new EegError("CAPTURE_DIFFERS", `${folder}: does not hold: ${kinds(verdict)} differ`);
        if (verdict.decisions > 0 && verdict.equal + verdict.close === 0)
          throw new EegError("CAPTURE_DIFFERS", `${folder}: none of its decisions could be compared`);
      } finally {
        await engine?.release();
      }
    });
}

async function modelOf(
  role: "decoded by" | "gated by",
  { name, weights }: Pick<Decoder, "name" | "weights">,
  named: string | undefined,
): Promise<AnyModel> {
  if (named !== undefined) return loadModel(named);
  return loadModel(name).catch((cause: unknown) => {
    if (!(cause instanceof EegError && cause.code === "MODEL_UNKNOWN")) throw cause;
    throw new EegError(
      "MODEL_UNKNOWN",
      `the capture was ${role} '${name}' (weights ${weights.slice(0, 12)}…), which is not shipped: name its folder with ${role === "gated by" ? "--gate" : "--model"}`,
      { cause },
    );
  });
}

function kinds({ causes }: Verdict): string {
  return [...new Set(causes.map(({ kind }) => (kind === "unknown" ? "decisions" : kind)))].join(", ");
}

function report(folder: string, verdict: Verdict): string {
  const { manifest, files, first } = verdict;
  const row = (name: string, text: string): string => `${name.padEnd(11)}${text}\n`;
  const { name = "a stream" } = manifest.stream as { name?: string };
  const ended = manifest.ended
    ? `ended ${manifest.ended.at} (${manifest.ended.why})`
    : "cut off: it has no end";
  return [
    row("capture", `${folder}: ${name}, begun ${manifest.begun}, ${ended}`),
    row("files", filesText(verdict)),
    ...files.notes.map((note) => row("", note)),
    row("decisions", manifest.decoder ? decisionsText(verdict) : "none: nothing decoded this stream"),
    ...(verdict.incomparable > 0 ? [row("", incomparableText(verdict))] : []),
    ...verdict.notes.map((note) => row("", note)),
    ...(first ? differenceText(first).map((text, i) => row(i === 0 ? "first" : "", text)) : []),
    ...verdict.causes.map(({ kind, message }, i) => row(i === 0 ? "why" : "", `${kind}: ${message}`)),
    row("verdict", verdictText(verdict)),
  ].join("");
}

function filesText({ files, segments, manifest, cutOff }: Verdict): string {
  const whole = manifest.files
    ? files.faults.length === 0
      ? `${Object.keys(manifest.files).length} as they were when the capture ended`
      : "not as they were"
    : "without hashes, for the capture has no end";
  const signal =
    files.signalSamples > 0
      ? `; ${segments} segment${segments === 1 ? "" : "s"} of BDF+ within ${files.steps.toFixed(2)} steps of 24 bits`
      : "";
  return whole + signal + (cutOff && files.bytesBehind === 0 ? "; all records are whole" : "");
}

function decisionsText(verdict: Verdict): string {
  const { decisions, equal, close, different, missing, largest } = verdict;
  return [
    `${number(decisions)} captured: ${number(equal)} equal bit for bit`,
    ...(close > 0
      ? [`${number(close)} within ${tolerance.toExponential()} (at most ${largest.toExponential(1)})`]
      : []),
    ...(different > 0 ? [`${number(different)} different`] : []),
    ...(missing > 0 ? [`${number(missing)} more computed than captured`] : []),
  ].join(", ");
}

function incomparableText({ incomparable }: Verdict): string {
  return `${number(incomparable)} not compared: they depend on samples that are not in the capture`;
}

function differenceText({ segment, sample, seconds, captured, computed }: FirstDifference): string[] {
  return [
    `segment ${segment}, sample ${sample} (${clock(seconds)})`,
    `  captured  ${captured ? sentenceOf(captured) : "no decision"}`,
    `  computed  ${computed ? sentenceOf(computed) : "no decision"}`,
  ];
}

function verdictText({ holds, cutOff, equal, close, decisions }: Verdict): string {
  if (!holds) return "DIFFERENT";
  if (decisions > 0 && equal + close === 0) return "nothing could be compared";
  const upTo = cutOff ? ", up to the last whole record" : "";
  return decisions === 0 ? `the files are whole${upTo}` : `the same decisions${upTo}`;
}

function number(n: number): string {
  return n.toLocaleString("en");
}
