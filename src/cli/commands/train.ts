import { basename, dirname, join } from "node:path";
import { Command, Option } from "commander";
import { trainModel } from "../../train/train-model.node.ts";
import type { WarmStart } from "../../train/warm-start.ts";
import { loadWarmStart } from "../../train/warm-start.node.ts";
import { besides, metricLines } from "../metric-text.ts";
import { positiveInteger } from "../option-values.ts";
import { createTerminal } from "../terminal.ts";
import { watchTraining } from "../training-watch.ts";

interface TrainOptions {
  readonly out?: string;
  readonly from?: string;
  readonly learn: WarmStart["learn"];
  readonly threads: number;
}

export function trainCommand(): Command {
  return new Command("train")
    .description("train a model as a configuration says (needs the package onnxruntime-node)")
    .argument(
      "<config>",
      "configuration, JSON: recordings, labels, split, sizes, recipe; models/eyes/train.json is one",
    )
    .option("--out <folder>", "folder of the model (default: the configuration's name, beside it)")
    .option(
      "--from <model>",
      "go on from a model's weights, or from an encoder that `brainwire pretrain` has made",
    )
    .addOption(
      new Option("--learn <what>", "with --from: all weights, or the head alone")
        .choices(["all", "head"])
        .default("all"),
    )
    .option("--threads <n>", "cores to use", positiveInteger, 2)
    .addHelpText(
      "after",
      `
An interrupted training (Ctrl-C) goes on where it stopped when the same command is given again.

Examples:
  brainwire train models/eyes/train.json --out my-eyes
  brainwire train my-paradigm.json --from eyes --learn head
  brainwire decode my.edf --model my-eyes`,
    )
    .action(async (config: string, options: TrainOptions) => {
      const out = options.out ?? join(dirname(config), basename(config, ".json"));
      const from = options.from === undefined ? undefined : await loadWarmStart(options.from, options.learn);
      const terminal = createTerminal(false);
      const lines: string[] = [];
      await watchTraining(terminal, `brainwire train ${config}`, async (watch) => {
        const { split, metrics, baseline } = await trainModel({
          config,
          out,
          threads: options.threads,
          ...(from && { from }),
          ...watch,
        });
        const columns = [{ name: "model", metrics, actions: null }, ...besides(baseline)];
        lines.push(...metricLines(columns));
        return [
          `${out}: trained on ${split.train.length} subjects`,
          `On the ${split.choose.length} subjects who chose its temperature:`,
        ];
      });
      if (lines.length > 0) process.stdout.write(lines.join("\n") + "\n");
    });
}
