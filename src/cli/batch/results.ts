import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { createOutputFile } from "../output-file.ts";
import type { RunFigures } from "../summary.ts";
import type { BatchInput } from "./inputs.ts";

/** What a finished result was made of and from: whoever finds the same again need not make it again. */
interface ResultRecord {
  readonly source: { readonly bytes: number; readonly modifiedMs: number };
  /** SHA-256 of the model's weights, everything else that decides what is written, and the program's version. */
  readonly recipe: string;
  readonly out: string;
  readonly figures: RunFigures;
}

/** Where results and what is known of them lie. */
export interface Results {
  /** What `--out` is for one recording; its folder is there then. */
  outOf(input: BatchInput): string;
  /** What is known of a result that is finished, and of the same recording and recipe; else null. */
  finished(input: BatchInput): ResultRecord | null;
  finish(input: BatchInput, figures: RunFigures): void;
}

export interface ResultsOptions {
  readonly folder: string;
  readonly inputs: readonly BatchInput[];
  readonly format: "jsonl" | "tsv" | "bids";
  readonly recipe: string;
}

/** Results mirror the study's folders; two recordings that differ in their ending only keep it. */
export function createResults({ folder, inputs, format, recipe }: ResultsOptions): Results {
  const stems = new Map<string, number>();
  for (const { name } of inputs) stems.set(stemOf(name), (stems.get(stemOf(name)) ?? 0) + 1);
  const recordOf = ({ name }: BatchInput): string => join(folder, ".brainwire", `${name}.json`);

  function pathOf({ name }: BatchInput): string {
    const stem = stems.get(stemOf(name))! > 1 ? name : stemOf(name);
    return join(folder, format === "bids" ? stem.replace(/_eeg$/, "") : `${stem}.${format}`);
  }

  function sourceOf({ path }: BatchInput): ResultRecord["source"] {
    const { size, mtimeMs } = statSync(path);
    return { bytes: size, modifiedMs: mtimeMs };
  }

  return {
    outOf(input) {
      const path = pathOf(input);
      mkdirSync(dirname(path), { recursive: true });
      return path;
    },
    finished(input) {
      const path = recordOf(input);
      if (!existsSync(path)) return null;
      try {
        const record = JSON.parse(readFileSync(path, "utf8")) as ResultRecord;
        const { bytes, modifiedMs } = sourceOf(input);
        const same =
          record.recipe === recipe &&
          record.out === pathOf(input) &&
          record.source.bytes === bytes &&
          record.source.modifiedMs === modifiedMs;
        return same && existsSync(format === "bids" ? `${record.out}_events.tsv` : record.out)
          ? record
          : null;
      } catch {
        return null; // written by another version, or by hand: made again
      }
    },
    finish(input, figures) {
      const path = recordOf(input);
      mkdirSync(dirname(path), { recursive: true });
      const file = createOutputFile(path);
      const record: ResultRecord = { source: sourceOf(input), recipe, out: pathOf(input), figures };
      file.append(JSON.stringify(record) + "\n");
      file.commit();
    },
  };
}

function stemOf(name: string): string {
  return name.replace(/\.[^./]+$/, "");
}
