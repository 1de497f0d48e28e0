import { Command } from "commander";
import { loadModel, shippedModels } from "../../model/load.node.ts";
import type { Model } from "../../model/model.ts";
import { modelsAddCommand } from "./models-add.ts";
import { isWindowModel, type AnyModel, type WindowModel } from "../../model/window-model.ts";

export function modelsCommand(): Command {
  return new Command("models")
    .description("the models that come with brainwire, or what one model says of itself")
    .argument("[name|folder]", "one model")
    .option("--json", "its model.json")
    .addCommand(modelsAddCommand())
    .addHelpText(
      "after",
      "\nExamples:\n  brainwire models\n  brainwire models eyes\n  brainwire models add decoder.onnx",
    )
    .action(async (name: string | undefined, options: { json?: boolean }) => {
      if (name === undefined) {
        const names = await shippedModels();
        const width = Math.max(...names.map(({ length }) => length));
        for (const each of names) {
          const { manifest } = await loadModel(each);
          process.stdout.write(
            `${each.padEnd(width)} ${manifest.version}  ${manifest.task} (${manifest.labels.join(", ")})\n`,
          );
        }
        return;
      }
      const model = await loadModel(name);
      process.stdout.write(options.json ? JSON.stringify(model.manifest, null, 2) + "\n" : describe(model));
    });
}

function describe(model: AnyModel): string {
  return (isWindowModel(model) ? describeWindows(model) : describeEncoder(model)).join("\n") + "\n";
}

function describeEncoder({ manifest, weights, weightsHash }: Model): string[] {
  const { input, architecture } = manifest;
  const parameters = [...weights.values()].reduce((total, tensor) => total + tensor.length, 0);
  const { region, atLeast } = input.channels;
  return [
    ...head(manifest),
    `electrodes at least ${atLeast} of ${region.join(" ")}, and any others`,
    `input      ${describeInput(input)}`,
    `encoder    ${architecture.kind}, ${parameters} parameters, SHA-256 ${weightsHash.slice(0, 12)}`,
    ...record(manifest),
  ];
}

function describeWindows({ manifest, graph, weightsHash }: WindowModel): string[] {
  const { input } = manifest;
  const { window, channels, sfreq, normalisation } = input;
  const missing = channels.interpolateAtMost;
  return [
    ...head(manifest),
    `channels   ${channels.order.join(" ")}${missing > 0 ? `; up to ${missing} missing ones are interpolated` : ""}`,
    `input      ${describeInput(input)}, in ${input.unit}`,
    `window     ${window.samples} samples (${(window.samples / sfreq).toFixed(2)} s), scaled: ${normalisation.way}`,
    `graph      ${manifest.architecture.kind}, ${graph.length} bytes, SHA-256 ${weightsHash.slice(0, 12)}`,
    ...record(manifest),
  ];
}

type AnyManifest = AnyModel["manifest"];

function head({ name, version, task, labels }: AnyManifest): string[] {
  return [`${name} ${version}: ${task}`, `labels     ${labels.join(", ")}`];
}

function describeInput({ sfreq, filters, reference }: AnyManifest["input"]): string {
  return [`${sfreq} Hz`, ...filters.map(describeFilter), `reference ${reference}`].join(", ");
}

function record({ training, metrics }: AnyManifest): string[] {
  return [
    `trained    on ${training.data}, subjects ${training.subjects}, seed ${training.seed}`,
    `measured   ${figures(metrics.values)} (${metrics.split}, n = ${metrics.n})`,
    `baselines  ${figures(metrics.baselines)}`,
  ];
}

function figures(values: Readonly<Record<string, number>>): string {
  const all = Object.entries(values).map(([name, value]) => `${name} ${Number(value.toFixed(4))}`);
  return all.join(", ") || "none";
}

type Filter = AnyManifest["input"]["filters"][number];

function describeFilter(filter: Filter): string {
  return filter.kind === "bandpass"
    ? `band-pass ${filter.lowHz}-${filter.highHz} Hz of order ${filter.order}`
    : `notch ${filter.frequencyHz} Hz`;
}
