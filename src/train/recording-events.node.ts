import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { EegError } from "../eeg/errors.ts";
import type { Recording } from "../formats/recording.ts";
import { classByName, classByText, parseEvents, type ClassEvent } from "./class-events.ts";
import type { ClassRule } from "./config.ts";

/** How classes come about, or a table of events whose `trial_type` says it. */
export type Truth =
  | ClassRule
  | {
      readonly from: "table";
      readonly path: string;
      /** For each class the values that mean it. @default the labels themselves */
      readonly texts?: Readonly<Record<string, string[]>>;
    };

/**
 * The stretches of a recording whose class is known, by a rule.
 * @param file the recording's path
 * @throws EegError TRAINING_DATA
 */
export async function recordingEvents(
  recording: Recording,
  file: string,
  { truth, labels }: { readonly truth: Truth; readonly labels: readonly string[] },
): Promise<ClassEvent[]> {
  switch (truth.from) {
    case "file-name":
      return [classByName(truth, labels, basename(file))];
    case "annotations":
      return classByText(truth, labels, (await recording.summary()).annotations);
    case "events": {
      const path = join(dirname(file), `${basename(file).replace(/(_eeg)?\.[^.]+$/, "")}_events.tsv`);
      return classByText(truth, labels, parseEvents(await readEvents(path), truth.column, path));
    }
    case "table": {
      const { texts = Object.fromEntries(labels.map((label) => [label, [label]])) } = truth;
      const rule = { from: "events" as const, column: "trial_type", texts, offsetSeconds: 0 };
      return classByText(rule, labels, parseEvents(await readEvents(truth.path), rule.column, truth.path));
    }
  }
}

/** Says that annotations name none of the labels, and how to say what they mean. */
export function unmeaning(texts: ReadonlySet<string>, labels: readonly string[]): string {
  const some = [...texts].slice(0, 8).map((text) => `'${text}'`);
  const found = some.length === 0 ? "there are none" : `they say ${some.join(", ")}`;
  return `annotations mean ${labels.join(" or ")} nowhere (${found}); --texts says what they mean, --labels what whole files are`;
}

async function readEvents(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new EegError(
      "TRAINING_DATA",
      `${path}: the events cannot be read (${cause.code ?? cause.message})`,
      { cause },
    );
  });
}
