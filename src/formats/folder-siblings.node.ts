import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ByteSource, Sibling } from "./byte-source.ts";
import { matchingName } from "./siblings.ts";

/**
 * The files in the folder of a recording. A name is only ever compared with those of the folder's entries, so
 * that a header cannot lead out of it. Links that its owner put there are followed (git-annex keeps data so).
 */
export function folderSiblings(path: string, open: (path: string) => Promise<ByteSource>): Sibling {
  const folder = dirname(path);
  return async (name) => {
    const names = await readdir(folder).catch(() => []);
    const found = matchingName(names, name);
    return found === null ? null : open(join(folder, found));
  };
}
