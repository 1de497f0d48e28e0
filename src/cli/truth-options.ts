import { type Command, InvalidArgumentError } from "commander";
import { idleLabel } from "../decode/idle.ts";
import { EegError } from "../eeg/errors.ts";
import type { Truth } from "../train/recording-events.node.ts";

/** Where known labels come from. */
export interface TruthValues {
  readonly truth?: string;
  /** For each label the texts that mean it. */
  readonly texts?: Rules;
  /** For each label the patterns of file names that mean it. */
  readonly labels?: Rules;
}

type Rules = Readonly<Record<string, readonly string[]>>;

export function addTruthOptions(command: Command): Command {
  return command
    .option("--truth <events.tsv>", "BIDS events of the one recording given (default: its own annotations)")
    .option(
      "--texts <rules>",
      "what the texts of annotations or events mean: 'T1=left-fist,T2=right-fist,T0=rest' (default: labels' own names)",
      rules,
    )
    .option("--labels <rules>", "a whole file's label by its name: 'R01=eyes-open,R02=eyes-closed'", rules);
}

/**
 * @param files how many recordings are given
 * @throws EegError OPTION_INVALID for options that exclude each other, or a label that the model has not; `rest` and
 * `idle` are taken for texts beside the labels of a model that has neither: nothing is being done
 */
export function truthOf(
  { truth, texts, labels: patterns }: TruthValues,
  labels: readonly string[],
  files: number,
): Truth {
  if (patterns && (truth !== undefined || texts))
    throw new EegError(
      "OPTION_INVALID",
      `${texts ? "--texts" : "--truth"} and --labels exclude each other; give one of them`,
    );
  if (patterns) {
    checkNames("--labels", Object.keys(patterns), labels);
    const never = "(?!)";
    return {
      from: "file-name",
      patterns: Object.fromEntries(labels.map((label) => [label, patterns[label]?.join("|") ?? never])),
    };
  }
  const known = Object.keys(texts ?? {});
  const nothing = idleLabel(labels) === null ? idleLabel(known) : null;
  checkNames(
    "--texts",
    known.filter((name) => name !== nothing),
    labels,
  );
  const meaning = texts
    ? Object.fromEntries(
        [...labels, ...(nothing ? [nothing] : [])].map((name) => [name, [...(texts[name] ?? [])]]),
      )
    : Object.fromEntries(labels.map((label) => [label, [label]]));
  if (truth === undefined) return { from: "annotations", texts: meaning, offsetSeconds: 0 };
  if (files > 1)
    throw new EegError("OPTION_INVALID", "--truth belongs to one recording; give one, or use --labels");
  return { from: "table", path: truth, texts: meaning };
}

function checkNames(option: string, names: readonly string[], labels: readonly string[]): void {
  const strange = names.find((name) => !labels.includes(name));
  if (strange !== undefined)
    throw new EegError(
      "OPTION_INVALID",
      `${option}: '${strange}' is no label of the model; it has ${labels.join(", ")}`,
    );
}

/** `R01=eyes-open,R02=eyes-closed`: for each label what means it. */
function rules(text: string): Rules {
  const found: Record<string, string[]> = {};
  for (const pair of text.split(",")) {
    const [what = "", label = "", ...rest] = pair.split("=").map((part) => part.trim());
    if (what === "" || label === "" || rest.length > 0)
      throw new InvalidArgumentError(
        "Expected pairs separated by commas, such as T1=left-fist,T2=right-fist.",
      );
    (found[label] ??= []).push(what);
  }
  return found;
}
