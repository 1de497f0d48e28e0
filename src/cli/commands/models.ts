import { Command } from "commander";
import { loadModel, shippedModels } from "../../model/load.node.ts";
import type { Model } from "../../model/model.ts";

export function modelsCommand(): Command {
  return new Command("models")
    .description("the models that come with brainwire, or what one model says of itself")
    .argument("[name|folder]", "one model")
    .option("--json", "its model.json")
    .addHelpText("after", "\nExamples:\n  brainwire models\n  brainwire models eyes")
    .action(async (name: string | undefined, options: { json?: boolean }) => {
      if (name === undefined) {
        for (const each of await shippedModels()) {
          const { manifest } = await loadModel(each);
          process.stdout.write(
            `${each.padEnd(14)} ${manifest.version}  ${manifest.task} (${manifest.labels.join(", ")})\n`,
          );
        }
        return;
      }
      const model = await loadModel(name);
      process.stdout.write(options.json ? JSON.stringify(model.manifest, null, 2) + "\n" : describe(model));
    });
}

function describe({ manifest, weights, weightsHash }: Model): string {
  const { input, architecture, training, metrics } = manifest;
  const parameters = [...weights.values()].reduce((total, tensor) => total + tensor.length, 0);
  const figures = (values: Readonly<Record<string, number>>): string =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${Number(value.toFixed(4))}`)
      .join(", ") || "none";
  const { region, atLeast } = input.channels;
  return (
    [
      `${manifest.name} ${manifest.version}: ${manifest.task}`,
      `labels     ${manifest.labels.join(", ")}`,
      `electrodes at least ${atLeast} of ${region.join(" ")}, and any others`,
      `input      ${input.sfreq} Hz, ${input.filters.map(describeFilter).join(", ")}, reference ${input.reference}`,
      `encoder    ${architecture.kind}, ${parameters} parameters, SHA-256 ${weightsHash.slice(0, 12)}`,
      `trained    on ${training.data}, subjects ${training.subjects}, seed ${training.seed}`,
      `measured   ${figures(metrics.values)} (${metrics.split}, n = ${metrics.n})`,
      `baselines  ${figures(metrics.baselines)}`,
    ].join("\n") + "\n"
  );
}

type Filter = Model["manifest"]["input"]["filters"][number];

function describeFilter(filter: Filter): string {
  return filter.kind === "bandpass"
    ? `band-pass ${filter.lowHz}-${filter.highHz} Hz of order ${filter.order}`
    : `notch ${filter.frequencyHz} Hz`;
}
