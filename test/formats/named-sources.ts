import type { ByteSource, Sibling } from "../../src/formats/byte-source.ts";
import { matchingName } from "../../src/formats/siblings.ts";

/** Files in memory, as those of one folder, with what was asked of them. */
export interface Folder {
  source(name: string): ByteSource;
  /** Names of the files that were opened, in order. */
  readonly opened: readonly string[];
  /** Of all reads. */
  readonly largestRead: number;
  /** Opened and not closed. */
  readonly open: number;
}

/** A folder of files. @param files by name; text stands for its UTF-8 bytes */
export function folderOf(files: Readonly<Record<string, Uint8Array | string>>): Folder {
  const opened: string[] = [];
  const state = { largestRead: 0, open: 0 };
  const sibling: Sibling = async (name) => {
    const found = matchingName(Object.keys(files), name);
    return found === null ? null : source(found);
  };
  const source = (name: string): ByteSource => {
    const content = files[name]!;
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    opened.push(name);
    state.open++;
    return {
      name: `folder/${name}`,
      size: bytes.length,
      async read(offset, length) {
        state.largestRead = Math.max(state.largestRead, length);
        return bytes.slice(offset, offset + length);
      },
      async close() {
        state.open--;
      },
      sibling,
    };
  };
  return {
    source,
    opened,
    get largestRead() {
      return state.largestRead;
    },
    get open() {
      return state.open;
    },
  };
}
