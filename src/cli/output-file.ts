import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { EegError } from "../eeg/errors.ts";

/** A file that stands under its name only once it is whole: until then it is written beside it, as `NAME.part`. */
export interface OutputFile {
  /** Writes at the end of what was appended so far. */
  append(bytes: Uint8Array | string): void;
  writeAt(offset: number, bytes: Uint8Array): void;
  /** Gives the file its name. */
  commit(): void;
  /** Removes what was written. Harmless after `commit`. */
  discard(): void;
}

/** @throws EegError FILE_UNWRITABLE */
export function createOutputFile(path: string): OutputFile {
  const part = `${path}.part`;
  const refuse = (cause: unknown): never => {
    const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
    throw new EegError(
      "FILE_UNWRITABLE",
      `${path}: cannot be written (${reason}); check the folder, its permissions and the free space`,
      { cause },
    );
  };
  const attempt = <T>(action: () => T): T => {
    try {
      return action();
    } catch (cause) {
      return refuse(cause);
    }
  };
  const file = attempt(() => openSync(part, "w"));
  let open = true;
  let length = 0;
  const writeAt = (offset: number, bytes: Uint8Array): void =>
    attempt(() => {
      for (let done = 0; done < bytes.length;)
        done += writeSync(file, bytes, done, bytes.length - done, offset + done);
    });
  return {
    writeAt,
    append(bytes) {
      const raw = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
      writeAt(length, raw);
      length += raw.length;
    },
    commit() {
      attempt(() => {
        closeSync(file);
        open = false;
        renameSync(part, path);
      });
    },
    discard() {
      if (open) closeSync(file);
      open = false;
      rmSync(part, { force: true });
    },
  };
}
