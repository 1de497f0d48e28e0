import { extname } from "node:path";
import { Command } from "commander";
import { EegError } from "../../eeg/errors.ts";
import { fitEdf, markersFirst } from "../../formats/edf/fitting.ts";
import { writeEdfFile } from "../../formats/edf/write-file.node.ts";
import { addStreamOption, openStream, type StreamValue } from "../stream-option.ts";
import { createTerminal } from "../terminal.ts";

interface ConvertOptions extends StreamValue {
  readonly quiet?: boolean;
}

export function convertCommand(): Command {
  const command = new Command("convert")
    .description("write a recording of any format that brainwire reads as EDF+ or BDF+")
    .argument("<in>", "recording")
    .argument("<out>", "where to write: 16 bits a sample in x.edf, 24 in x.bdf")
    .option("--quiet", "do not say what is written otherwise than it was");
  return addStreamOption(command)
    .addHelpText(
      "after",
      `
Stored integers are kept where the file can hold them; else every channel takes the narrowest range
about its numbers, so nothing is clipped. Gaps, missing samples and segments are kept (EDF+D, BDF+D).
Names and other personal fields are not carried over.

Examples:
  brainwire convert my.xdf my.edf
  brainwire convert my.vhdr my.bdf
  brainwire convert my.xdf gaze.bdf --stream Gaze`,
    )
    .action(async (input: string, output: string, options: ConvertOptions) => {
      const ending = extname(output).toLowerCase();
      if (ending !== ".edf" && ending !== ".bdf")
        throw new EegError("OPTION_INVALID", `${output}: expected a name that ends in .edf or .bdf`);
      const recording = await openStream(input, options);
      try {
        const stream = recording.defaultStream;
        const fitting = await fitEdf(recording, { bits: ending === ".edf" ? 16 : 24, stream });
        const diagnostics = await writeEdfFile(
          output,
          markersFirst(recording.items({ stream })),
          fitting.options,
        );
        const terminal = createTerminal(options.quiet === true);
        const { channels } = recording.streams[stream]!;
        terminal.say(
          `${output}: ${fitting.options.format}, ${channels.length} channel${channels.length === 1 ? "" : "s"}`,
        );
        for (const note of fitting.notes) terminal.say(`  ${note}`);
        for (const { message } of diagnostics) terminal.say(`  ${message}`);
      } finally {
        await recording.close();
      }
    });
}
