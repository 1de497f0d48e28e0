import { open, rename, rm } from "node:fs/promises";
import { EegError, type Diagnostic } from "../../eeg/errors.ts";
import type { Item } from "../../eeg/item.ts";
import { createEdfWriter, type EdfWriter, type EdfWriterOptions } from "./writer.ts";

/**
 * Writes a stream to an EDF+C or BDF+C file as it comes. The file has its name only once it is whole: until then
 * it is `PATH.part`, which is removed if anything fails.
 * @returns what was worked around, such as clipped samples
 * @throws EegError FILE_UNWRITABLE
 */
export async function writeEdfFile(
  path: string,
  items: AsyncIterable<Item> | Iterable<Item>,
  options: EdfWriterOptions = {},
): Promise<readonly Diagnostic[]> {
  const part = `${path}.part`;
  const failed = (cause: NodeJS.ErrnoException): never => {
    throw new EegError("FILE_UNWRITABLE", `${path}: cannot be written (${cause.code ?? cause.message})`, {
      cause,
    });
  };
  const file = await open(part, "w").catch(failed);
  try {
    let writer: EdfWriter | undefined;
    let at = 0;
    const put = async (bytes: Uint8Array, position: number): Promise<void> => {
      for (let done = 0; done < bytes.length;)
        done += (await file.write(bytes, done, bytes.length - done, position + done).catch(failed))
          .bytesWritten;
    };
    for await (const item of items) {
      if (item.kind === "info" && !writer) {
        writer = createEdfWriter(item.stream, options);
        await put(writer.header, 0);
        at = writer.header.length;
      }
      if (!writer) throw new TypeError(`a stream begins with its info, got ${item.kind}`);
      const records = writer.push(item);
      await put(records, at);
      at += records.length;
    }
    if (!writer) throw new TypeError("a stream begins with its info, got nothing");
    const { records, header } = writer.end();
    await put(records, at);
    await put(header, 0);
    await file.sync().catch(failed);
    await file.close();
    await rename(part, path).catch(failed);
    return writer.diagnostics;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  }
}
