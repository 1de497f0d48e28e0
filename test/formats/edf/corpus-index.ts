import { readFileSync } from "node:fs";

/** Rows of a table of tab-separated values, by the names in its first line. */
export function readIndex(path: string): Record<string, string>[] {
  const [head, ...lines] = readFileSync(path, "utf8").trimEnd().split("\n");
  const names = head!.split("\t");
  return lines.map((line) =>
    Object.fromEntries(line.split("\t").map((value, i) => [names[i]!, value] as const)),
  );
}
