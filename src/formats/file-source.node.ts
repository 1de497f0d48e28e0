import { open } from "node:fs/promises";
import { EegError } from "../eeg/errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { folderSiblings } from "./folder-siblings.node.ts";

/**
 * The bytes of a file, read at random access through one handle until `close`.
 * @throws EegError FILE_UNREADABLE
 */
export async function fileSource(path: string): Promise<ByteSource> {
  const handle = await open(path, "r").catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(path, cause);
  });
  const stat = await handle.stat();
  if (!stat.isFile()) {
    await handle.close();
    throw new EegError("FILE_UNREADABLE", `${path}: not a file; name the recording itself`);
  }
  return {
    name: path,
    size: stat.size,
    async read(offset, length, scratch) {
      const bytes = scratch?.subarray(0, length) ?? Buffer.allocUnsafeSlow(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle
          .read(bytes, filled, length - filled, offset + filled)
          .catch((cause: NodeJS.ErrnoException) => {
            throw unreadable(path, cause);
          });
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    },
    close: () => handle.close(),
    sibling: folderSiblings(path, fileSource),
  };
}

function unreadable(path: string, cause: NodeJS.ErrnoException): EegError {
  const why =
    cause.code === "ENOENT"
      ? "no such file; check the path"
      : cause.code === "EACCES" || cause.code === "EPERM"
        ? "may not be read; check its permissions"
        : `cannot be read (${cause.code ?? cause.message})`;
  return new EegError("FILE_UNREADABLE", `${path}: ${why}`, { cause });
}
