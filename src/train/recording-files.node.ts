import { readdir } from "node:fs/promises";
import { isAbsolute, join, resolve, sep } from "node:path";
import { EegError } from "../eeg/errors.ts";
import { recordingsCache } from "../source/fetch.node.ts";

/**
 * Files by patterns: `*` and `?` within a name, `[...]` for one of several characters, `**` for any folders. A pattern
 * that begins with `cache:` lies in the folder of fetched recordings, others are relative to `folder`.
 * @returns paths in order of name, each once
 * @throws EegError TRAINING_DATA if a pattern finds nothing
 */
export async function findFiles(patterns: readonly string[], folder: string): Promise<string[]> {
  const found = new Set<string>();
  for (const pattern of patterns) {
    const absolute = pattern.startsWith("cache:")
      ? join(recordingsCache(), pattern.slice("cache:".length))
      : isAbsolute(pattern)
        ? pattern
        : resolve(folder, pattern);
    const parts = absolute.split(/[\\/]/);
    const fixed = parts.findIndex((part) => /[*?[]/.test(part));
    const root = parts.slice(0, fixed < 0 ? -1 : fixed).join(sep) || sep;
    const matching = new RegExp(
      `^${parts
        .slice(fixed < 0 ? -1 : fixed)
        .map(expression)
        .join("/")
        .replaceAll("(?:[^/]+/)*/", "(?:[^/]+/)*")}$`,
      "u",
    );
    const names = await readdir(root, { recursive: true }).catch((cause: Error) => {
      throw new EegError("TRAINING_DATA", `data.recordings: the folder ${root} cannot be read`, { cause });
    });
    const files = names.map((name) => name.split(sep).join("/")).filter((name) => matching.test(name));
    if (files.length === 0)
      throw new EegError("TRAINING_DATA", `data.recordings: '${pattern}' finds no file in ${root}`);
    for (const file of files) found.add(join(root, file));
  }
  return [...found].toSorted();
}

/** A part of a path as a regular expression. */
function expression(part: string): string {
  if (part === "**") return "(?:[^/]+/)*";
  return part.replace(/\[[^\]/]+\]|[\\^$.*+?()[\]{}|]/g, (found) =>
    found.length > 1 ? found : found === "*" ? "[^/]*" : found === "?" ? "[^/]" : `\\${found}`,
  );
}
