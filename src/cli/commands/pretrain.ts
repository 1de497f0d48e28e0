import { basename, dirname, join } from "node:path";
import { Command } from "commander";
import { pretrainModel } from "../../train/pretrain-model.node.ts";
import { positiveInteger } from "../option-values.ts";
import { createTerminal } from "../terminal.ts";
import { watchTraining } from "../training-watch.ts";

interface PretrainOptions {
  readonly out?: string;
  readonly threads: number;
}

export function pretrainCommand(): Command {
  return new Command("pretrain")
    .description("train an encoder on recordings without labels (needs the package onnxruntime-node)")
    .argument("<config>", "configuration, JSON: recordings, split, sizes, recipe; see docs/training.md")
    .option("--out <folder>", "folder of the encoder (default: the configuration's name, beside it)")
    .option("--threads <n>", "cores to use", positiveInteger, 2)
    .addHelpText(
      "after",
      `
Patches are hidden, and the encoder says from what came before what they held. Any electrode set will do; no label is
looked at. \`brainwire train CONFIG --from FOLDER\` goes on from there.

An interrupted training (Ctrl-C) goes on where it stopped when the same command is given again.

Examples:
  brainwire pretrain models/eyes/pretrain.json --out my-encoder
  brainwire train my-paradigm.json --from my-encoder`,
    )
    .action(async (config: string, options: PretrainOptions) => {
      const out = options.out ?? join(dirname(config), basename(config, ".json"));
      const terminal = createTerminal(false);
      await watchTraining(terminal, `brainwire pretrain ${config}`, async (watch) => {
        const { split, error, ofMean } = await pretrainModel({
          config,
          out,
          threads: options.threads,
          ...watch,
        });
        return [
          `${out}: pre-trained on ${split.train.length} subjects`,
          `Of ${split.choose.length} others, hidden patches are told with a mean squared error of ${error.toFixed(3)}; saying the mean has ${ofMean.toFixed(3)}`,
        ];
      });
    });
}
