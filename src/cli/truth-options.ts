import { type Command, InvalidArgumentError } from "commander";
import { EegError } from "../eeg/errors.ts";
import type { Truth } from "../train/recording-events.node.ts";

/** Where known labels come from. */
export interface TruthValues {
  readonly truth?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export function addTruthOptions(command: Command): Command {
  return command
    .option("--truth <events.tsv>", "BIDS events of the one recording given (default: its own annotations)")
    .option("--labels <rules>", "a whole file's label by its name: 'R01=eyes-open,R02=eyes-closed'", rules);
}

/** @param files how many recordings are given */
export function truthOf(
  { truth, labels: patterns }: TruthValues,
  labels: readonly string[],
  files: number,
): Truth {
  if (truth !== undefined && patterns)
    throw new EegError("OPTION_INVALID", "--truth and --labels exclude each other; give one of them");
  if (patterns) {
    const strange = Object.keys(patterns).find((label) => !labels.includes(label));
    if (strange !== undefined)
      throw new EegError(
        "OPTION_INVALID",
        `--labels: '${strange}' is no label of the model; it has ${labels.join(", ")}`,
      );
    const never = "(?!)";
    return {
      from: "file-name",
      patterns: Object.fromEntries(labels.map((label) => [label, patterns[label] ?? never])),
    };
  }
  if (truth === undefined)
    return {
      from: "annotations",
      texts: Object.fromEntries(labels.map((label) => [label, [label]])),
      offsetSeconds: 0,
    };
  if (files > 1)
    throw new EegError("OPTION_INVALID", "--truth belongs to one recording; give one, or use --labels");
  return { from: "table", path: truth };
}

/** `R01=eyes-open,R02=eyes-closed`: for each label the patterns of its files' names. */
function rules(text: string): Record<string, string> {
  const patterns: Record<string, string> = {};
  for (const pair of text.split(",")) {
    const [pattern = "", label = "", ...rest] = pair.split("=").map((part) => part.trim());
    if (pattern === "" || label === "" || rest.length > 0)
      throw new InvalidArgumentError("Expected PATTERN=LABEL pairs separated by commas.");
    patterns[label] = patterns[label] === undefined ? pattern : `${patterns[label]}|${pattern}`;
  }
  return patterns;
}
