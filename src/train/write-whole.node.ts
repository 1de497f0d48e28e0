import { rename, writeFile } from "node:fs/promises";
import { EegError } from "../eeg/errors.ts";

/** Writes a file that is never there by half. @throws EegError FILE_UNWRITABLE */
export async function writeWhole(path: string, contents: Uint8Array | string): Promise<void> {
  await writable(writeFile(`${path}.part`, contents), path);
  await writable(rename(`${path}.part`, path), path);
}

/** @throws EegError FILE_UNWRITABLE if what is done to the path fails */
export async function writable<T>(done: Promise<T>, path: string): Promise<T> {
  return done.catch((cause: NodeJS.ErrnoException) => {
    throw new EegError("FILE_UNWRITABLE", `${path}: cannot be written (${cause.code ?? cause.message})`, {
      cause,
    });
  });
}
