import { Command, Option } from "commander";
import { addActingOptions } from "../acting-options.ts";
import { decisionFormats } from "../decision-text.ts";
import { list, pace, positiveInteger, positiveNumber, seconds } from "../option-values.ts";
import { isMany } from "../batch/inputs.ts";
import { decodeMany } from "../batch/decode-many.ts";
import { addDecoderOptions } from "../decoder-options.ts";
import { addStreamOption } from "../stream-option.ts";
import { proveFile } from "../proof.ts";
import { decodeFile, type DecodeFileOptions } from "../decode-file.ts";

export function decodeCommand(): Command {
  const command = new Command("decode")
    .description("decode a recording: labels with their probability, or why there is none")
    .argument(
      "<sources...>",
      "recordings (EDF, BDF, BrainVision, GDF or XDF), folders, or patterns ('study/**/*.edf')",
    )
    .requiredOption("--model <name|folder>", "a shipped model (brainwire models) or a model's folder")
    .addOption(
      new Option(
        "--format <format>",
        "table: a row a stretch, for people; jsonl, tsv: every decision; bids: with --out, a recording's _events.tsv, _channels.tsv and sidecars",
      )
        .choices(decisionFormats)
        .default("table"),
    )
    .option("--speed <factor>", "max, or times real time", pace, "max")
    .option(
      "--chunk-seconds <s>",
      "read in pieces of this length; the labels are the same, bit for bit",
      positiveNumber,
    )
    .option("--hop-seconds <s>", "from one decision to the next, a whole multiple of 0.1", positiveNumber)
    .option(
      "--running-centre <s>",
      "align channels to what was heard so far, with no label before this many seconds; for models that align channels",
      positiveNumber,
    )
    .option("--at <texts>", "one decision for each annotation of these texts, instead of every hop", list)
    .option("--offset-seconds <s>", "with --at: how long after the annotation's onset", seconds, 4)
    .option("--out <file>", "write the decisions there instead of to stdout; for several recordings a folder")
    .option(
      "--jobs <n>",
      "for several recordings: how many at once (default: as many as there are cores)",
      positiveInteger,
    )
    .option(
      "--annotate <copy.edf|copy.bdf>",
      "write a copy of the recording with the labels among its annotations too",
    )
    .option("--no-timing", "leave out what each decision cost, so that two runs print the same bytes")
    .option(
      "--prove",
      "print no decisions, but how far they differ with the file cut at random and from the whole-sequence form",
    )
    .option(
      "--follow",
      "go on while another program records the file (EDF, BDF): until Ctrl-C, or until it is done growing",
    )
    .option("--idle-seconds <s>", "with --follow: a file that has not grown for so long is done", seconds, 10)
    .option("--quiet", "no progress and no summary");
  return addActingOptions(addStreamOption(addDecoderOptions(command)))
    .addHelpText(
      "after",
      `
Examples:
  brainwire decode my.edf --model eyes
  brainwire decode my.edf --model eyes --format jsonl | jq -r 'select(.label) | [.time, .label] | @tsv'
  brainwire decode my.edf --model eyes --format tsv --hop-seconds 1 --out labels.tsv
  brainwire decode sub-01_task-rest_eeg.edf --model eyes --format bids --out sub-01_task-rest
  brainwire decode my.vhdr --model eyes --annotate my-decoded.edf
  brainwire decode 'study/**/*.edf' --model eyes --out results/
  brainwire decode my.edf --model eyes --speed 1
  brainwire decode recording-now.bdf --model eyes --format jsonl --follow
  brainwire decode my.edf --model eyes --engine onnx --device auto
  brainwire decode my.edf --model fists --smooth 0.5 --dwell 0.3 --refractory 2 --gate rest-or-move`,
    )
    .action(async (sources: string[], options: DecodeFileOptions & { prove?: boolean; jobs?: number }) => {
      const [source = ""] = sources;
      if (sources.length > 1 || isMany(source)) await decodeMany(sources, options);
      else if (options.prove) await proveFile(source, options);
      else await decodeFile(source, options);
    });
}
