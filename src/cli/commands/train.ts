import { basename, dirname, join } from "node:path";
import { Command } from "commander";
import { trainModel } from "../../train/train-model.node.ts";
import { besides, metricLines } from "../metric-text.ts";
import { positiveInteger } from "../option-values.ts";
import { bar, createTerminal } from "../terminal.ts";

interface TrainOptions {
  readonly out?: string;
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
    .option("--threads <n>", "cores to use", positiveInteger, 2)
    .addHelpText(
      "after",
      `
An interrupted training (Ctrl-C) goes on where it stopped when the same command is given again.

Examples:
  brainwire train models/eyes/train.json --out my-eyes
  brainwire decode my.edf --model my-eyes`,
    )
    .action(async (config: string, options: TrainOptions) => {
      const out = options.out ?? join(dirname(config), basename(config, ".json"));
      const terminal = createTerminal(false);
      const interrupt = new AbortController();
      const stop = (): void => interrupt.abort(new Error("interrupted"));
      process.once("SIGINT", stop);
      try {
        const begun = performance.now();
        const { split, metrics, baseline } = await trainModel({
          config,
          out,
          threads: options.threads,
          signal: interrupt.signal,
          onRead: ({ files, of }) => terminal.redraw(`${bar(files / of)}  reading recordings`),
          onStep: ({ step, steps, loss }) =>
            terminal.redraw(`${bar(step / steps)}  step ${step} of ${steps}, loss ${loss.toFixed(3)}`),
        });
        terminal.clear();
        const minutes = (performance.now() - begun) / 60_000;
        terminal.say(`${out}: trained on ${split.train.length} subjects in ${minutes.toFixed(1)} minutes`);
        terminal.say(`On the ${split.choose.length} subjects who chose its temperature:`);
        const columns = [{ name: "model", metrics, actions: null }, ...besides(baseline)];
        process.stdout.write(metricLines(columns).join("\n") + "\n");
      } catch (error) {
        if (!interrupt.signal.aborted) throw error;
        terminal.clear();
        terminal.say(`interrupted; brainwire train ${config} goes on from here`);
        process.exitCode = 130;
      } finally {
        process.off("SIGINT", stop);
      }
    });
}
