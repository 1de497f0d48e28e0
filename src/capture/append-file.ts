import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { EegError } from "../eeg/errors.ts";

/** A file that only grows. What `append` has resolved for survives the program, what `sync` has, the machine. */
export interface AppendFile {
  readonly bytes: number;
  append(bytes: Uint8Array | string): Promise<void>;
  /** Waits until the disk has it. */
  sync(): Promise<void>;
  /** @returns SHA-256 of what was appended, in hex */
  close(): Promise<string>;
}

/**
 * Begins a file; one of the same name is not written over.
 * @param shown its name in errors, where it is about to be moved
 * @throws EegError FILE_UNWRITABLE, here and from every method
 */
export async function createAppendFile(path: string, shown = path): Promise<AppendFile> {
  const failed = (cause: NodeJS.ErrnoException): never => {
    throw unwritable(shown, cause);
  };
  const file: FileHandle = await open(path, "ax").catch(failed);
  const hash = createHash("sha256");
  let length = 0;
  return {
    get bytes() {
      return length;
    },
    async append(given) {
      const bytes = typeof given === "string" ? Buffer.from(given) : given;
      for (let done = 0; done < bytes.length;)
        done += (await file.write(bytes, done, bytes.length - done).catch(failed)).bytesWritten;
      hash.update(bytes);
      length += bytes.length;
    },
    sync: () => file.datasync().catch(failed),
    async close() {
      await file.close().catch(failed);
      return hash.digest("hex");
    },
  };
}

/** One sentence for what a disk would not do. */
export function unwritable(path: string, cause: NodeJS.ErrnoException): EegError {
  const why: Readonly<Record<string, string>> = {
    ENOSPC: "the disk is full",
    EDQUOT: "the quota is used up",
    EFBIG: "the file may not grow further",
    EACCES: "may not be written; check the permissions",
    EPERM: "may not be written; check the permissions",
    EROFS: "the disk is read-only",
    ENOENT: "its folder does not exist",
    ENOTDIR: "its folder does not exist",
    EEXIST: "exists already; name another",
  };
  const reason = why[cause.code ?? ""] ?? `cannot be written (${cause.code ?? cause.message})`;
  return new EegError("FILE_UNWRITABLE", `${path}: ${reason}`, { cause });
}

/** Length and SHA-256 of a file. */
export async function hashOf(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}
