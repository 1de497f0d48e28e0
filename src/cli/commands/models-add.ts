import { basename } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { inspectOnnx } from "../../model/onnx/inspect.ts";
import { findPorts } from "../../model/onnx/ports.ts";
import type { Normalisation, WindowManifest } from "../../model/window-manifest.ts";
import { completeManifest, readOnnx, writeWindowModel } from "../../model/write-window-model.node.ts";
import { ask, type Question } from "../ask.ts";
import { band, list, positiveInteger, positiveNumber, share } from "../option-values.ts";
import { createTerminal } from "../terminal.ts";

type Unit = WindowManifest["input"]["unit"];

interface AddOptions {
  readonly name?: string;
  readonly out?: string;
  readonly task?: string;
  readonly labels?: readonly string[];
  readonly sfreq?: number;
  readonly channels?: readonly string[];
  readonly interpolate: number;
  readonly unit?: Unit;
  readonly band?: { readonly lowHz: number; readonly highHz: number };
  readonly order: number;
  readonly notch?: number;
  readonly reference: "average" | "none";
  readonly scale?: Normalisation;
  readonly samples?: number;
  readonly hopSeconds: number;
  readonly outputName?: string;
  readonly gives?: "logits" | "probabilities";
  readonly temperature: number;
  readonly abstainBelow: number;
}

const units = ["µV", "V", "mV", "nV"] as const;

const scaleWays =
  "none, window, window-channel, running:WEIGHT, fixed:MEAN/DEVIATION, calibration or calibration-channel";

export function modelsAddCommand(): Command {
  return new Command("add")
    .description(
      "make a model folder of a decoder trained elsewhere, in an ONNX file (needs onnxruntime-node)",
    )
    .argument("<file.onnx>", "takes one window of EEG, gives a number for each label")
    .option("--name <name>", "of the model")
    .option("--out <folder>", "where it is written (default: its name, here)")
    .option("--task <text>", "what it decodes, for people")
    .option("--labels <names>", "of its outputs, in their order: left-hand,right-hand", list)
    .option("--sfreq <hz>", "sampling frequency that it was trained at", positiveNumber)
    .option("--channels <names>", "its rows, in their order: Fz,C3,Cz,C4", list)
    .option("--interpolate <n>", "how many of them may be missing and are interpolated", whole, 0)
    .option("--unit <unit>", "of its numbers before they are scaled: uV, mV, V or nV", unitOf)
    .option("--band <low-high>", "band-pass that its training data went through here, in Hz", band)
    .option("--order <n>", "of the band-pass", positiveInteger, 4)
    .option("--notch <hz>", "notch that its training data went through", positiveNumber)
    .addOption(new Option("--reference <r>", "of its channels").choices(["average", "none"]).default("none"))
    .option("--scale <way>", scaleWays, scale)
    .option("--samples <n>", "in a window, where the file leaves that open", positiveInteger)
    .option("--hop-seconds <s>", "from one decision to the next", positiveNumber, 0.1)
    .option("--output-name <name>", "of the output with the labels, where there are several")
    .addOption(
      new Option("--gives <kind>", "what it gives (default: found out)").choices(["logits", "probabilities"]),
    )
    .option("--temperature <t>", "logits are divided by it", positiveNumber, 1)
    .option("--abstain-below <p>", "probability below which it gives no label", share, 0)
    .addHelpText(
      "after",
      `
What is not given is asked for. The file is run once on noise, to see that it gives what it should.

Scaling (--scale): none; window or window-channel (the window's own mean and deviation, over all or each channel);
running:WEIGHT (exponentially weighted, as braindecode's, WEIGHT is its factor_new); fixed:MEAN/DEVIATION;
calibration or calibration-channel (a person's own recording's).

Examples:
  brainwire models add ctnet.onnx --labels left-hand,right-hand,feet,tongue --sfreq 250 --scale window \\
    --channels Fz,FC3,FC1,FCz,FC2,FC4,C5,C3,C1,Cz,C2,C4,C6,CP3,CP1,CPz,CP2,CP4,P1,Pz,P2,POz --name ctnet
  brainwire decode my.edf --model ctnet`,
    )
    .action(addModel);
}

async function addModel(path: string, options: AddOptions): Promise<void> {
  const graph = await readOnnx(path);
  const file = inspectOnnx(graph, path);
  const { name, task, labels, sfreq, channels, scaling } = await ask<Answers>({
    name: question("--name", "name of the model", { given: options.name, parse: text, fallback: stem(path) }),
    task: question("--task", "what it decodes", { given: options.task, parse: text, fallback: "not stated" }),
    labels: question("--labels", "labels of its outputs, in their order", {
      given: options.labels,
      parse: list,
    }),
    sfreq: question("--sfreq", "sampling frequency in Hz", { given: options.sfreq, parse: positiveNumber }),
    channels: question("--channels", "its channels, in their order", {
      given: options.channels,
      parse: list,
    }),
    scaling: question("--scale", "how its numbers are scaled", { given: options.scale, parse: scale }),
  });
  const { unit } = await ask<{ unit: Unit }>({
    unit: question("--unit", `unit of its numbers, ${units.join(" ")}`, {
      given: options.unit,
      parse: unitOf,
      // Where a window is scaled by its own numbers the unit makes no difference.
      ...(["none", "fixed", "running"].includes(scaling.way) ? {} : { fallback: "µV" }),
    }),
  });
  const { samples: given, outputName, interpolate, hopSeconds, gives, out = name } = options;
  const { samples, ...ports } = findPorts(
    file,
    {
      nChannels: channels.length,
      ...(given === undefined ? {} : { samples: given }),
      ...(outputName === undefined ? {} : { output: outputName }),
    },
    path,
  );
  const manifest = await completeManifest(
    {
      format: "brainwire-model/1",
      name,
      version: "1.0.0",
      task,
      labels: [...labels],
      input: {
        sfreq,
        unit,
        filters: [
          ...(options.band ? [{ kind: "bandpass" as const, ...options.band, order: options.order }] : []),
          ...(options.notch === undefined
            ? []
            : [{ kind: "notch" as const, frequencyHz: options.notch, q: 30 }]),
        ],
        reference: options.reference,
        channels: { order: [...channels], interpolateAtMost: interpolate },
        window: { samples, hopSamples: Math.max(1, Math.round(hopSeconds * sfreq)) },
        // as long as the running mean remembers: braindecode's first block, for its usual weight
        normalisation:
          scaling.way === "running" ? { ...scaling, warmUpSeconds: 1 / (scaling.weight * sfreq) } : scaling,
      },
      architecture: {
        kind: "onnx-window",
        input: { ...ports.input, axes: [...ports.input.axes] },
        output: ports.output,
      },
      output: {
        temperature: options.temperature,
        abstainBelow: options.abstainBelow,
        ...(gives === undefined ? {} : { kind: gives }),
      },
      calibration: "none",
      training: { data: "not stated", subjects: "not stated", seed: 0, config: "none", commit: "none" },
      metrics: { split: "none", n: 0, values: {}, baselines: {} },
    },
    graph,
  );
  await writeWindowModel(out, { manifest, graph });
  const { operators, nParameters } = file;
  createTerminal(false).say(
    `${out}: ${channels.length} channels x ${samples} samples, ${(samples / sfreq).toFixed(2)} s at ${sfreq} Hz, ` +
      `${manifest.output.kind} of ${labels.length} labels; ${nParameters} parameters, ${operators.length} operators\n` +
      `brainwire decode my.edf --model ${/[/\\]/.test(out) ? out : `./${out}`}`,
  );
}

interface Answers {
  readonly name: string;
  readonly task: string;
  readonly labels: readonly string[];
  readonly sfreq: number;
  readonly channels: readonly string[];
  readonly scaling: Normalisation;
}

function question<T>(
  option: string,
  text: string,
  rest: { readonly given: T | undefined; readonly parse: (answer: string) => T; readonly fallback?: string },
): Question<T> {
  return { option, text, ...rest };
}

function stem(path: string): string {
  return basename(path).replace(/\.onnx$/i, "");
}

function text(answer: string): string {
  if (answer === "") throw new InvalidArgumentError("Expected a name.");
  return answer;
}

function unitOf(answer: string): Unit {
  const unit = units.find((each) => each === answer.replace(/^[u\u03bc](?=V$)/, "µ"));
  if (!unit) throw new InvalidArgumentError(`Expected one of ${units.join(", ")}.`);
  return unit;
}

function whole(answer: string): number {
  return answer === "0" ? 0 : positiveInteger(answer);
}

/** `window-channel`, `running:0.001`, `fixed:0/20`. */
function scale(answer: string): Normalisation {
  const [way = "", numbers] = answer.split(":");
  const over = way.endsWith("-channel") ? "channel" : "all";
  switch (way) {
    case "none":
      return { way: "none" };
    case "window":
    case "window-channel":
      return { way: "window", over };
    case "calibration":
    case "calibration-channel":
      return { way: "calibration", over };
    case "running": {
      // the weight and the least deviation of braindecode
      const weight = positiveNumber(numbers ?? "0.001");
      if (weight <= 1) return { way: "running", weight, floor: 1e-4, warmUpSeconds: 0 };
      break;
    }
    case "fixed": {
      const [mean, deviation] = (numbers ?? "").split("/").map(Number);
      if (Number.isFinite(mean) && deviation! > 0)
        return { way: "fixed", mean: [mean!], deviation: [deviation!] };
      break;
    }
  }
  throw new InvalidArgumentError(`Expected ${scaleWays}.`);
}
