import { Command } from "commander";
import { EegError } from "../../eeg/errors.ts";
import { anonymizedHeader, fixedHeaderBytes } from "../../formats/edf/personal.ts";
import { fileSource } from "../../formats/file-source.node.ts";
import { openFile } from "../../formats/open.node.ts";
import { createOutputFile } from "../output-file.ts";
import { createTerminal } from "../terminal.ts";

const blockBytes = 1 << 20;

export function anonymizeCommand(): Command {
  return new Command("anonymize")
    .description("copy an EDF or BDF file with the personal fields of its header cleared")
    .argument("<in>", "recording (EDF, EDF+, BDF, BDF+)")
    .argument("<out>", "where to write")
    .option("--keep-date", "keep the date of the recording")
    .option("--quiet", "do not say what was left as it is")
    .addHelpText(
      "after",
      `
Cleared: the identification of patient and recording, and the date. Every byte behind the first 256 is
copied as it is: samples, and annotations, whose texts may name persons too. Look through those.

Examples:
  brainwire anonymize my.edf shared.edf
  brainwire anonymize my.bdf shared.bdf --keep-date`,
    )
    .action(async (input: string, output: string, options: { keepDate?: boolean; quiet?: boolean }) => {
      const recording = await openFile(input);
      const { format, annotations } = await recording.summary().finally(() => recording.close());
      if (!/^[EB]DF/.test(format))
        throw new EegError(
          "FORMAT_UNKNOWN",
          `${input}: anonymize takes EDF and BDF, this is ${format}; brainwire convert writes those, and carries no personal fields over`,
        );
      const source = await fileSource(input);
      const out = createOutputFile(output);
      try {
        const header = await source.read(0, fixedHeaderBytes);
        out.append(anonymizedHeader(header, options.keepDate === true ? "keep" : "clear"));
        for (let at = fixedHeaderBytes; at < source.size; at += blockBytes)
          out.append(await source.read(at, blockBytes));
        out.commit();
      } finally {
        out.discard();
        await source.close();
      }
      const texts = new Set(annotations.map(({ text }) => text)).size;
      if (texts > 0)
        createTerminal(options.quiet === true).say(
          `${output}: ${texts} text${texts === 1 ? "" : "s"} of annotations left as they are; brainwire info lists them`,
        );
    });
}
