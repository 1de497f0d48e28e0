import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { EegError, type Diagnostic } from "../../eeg/errors.ts";
import type { Item } from "../../eeg/item.ts";
import type { EdfWriterOptions } from "./file-layout.ts";
import { formatRecordCount } from "./format-header.ts";
import { createEdfWriter, type EdfWriter } from "./writer.ts";

/**
 * A file that grows with its stream and can be read at any moment: whole records are appended, and only then does the
 * header count them. A program that dies leaves a file that opens and lacks no record that was complete; the one
 * being filled is lost.
 */
export interface EdfFile {
  /** Whole data records that are in the file. */
  readonly nRecords: number;
  /** Length of the file. */
  readonly bytes: number;
  /** Resolves once the records that the item completes are in the file. One call at a time. */
  push(item: Item): Promise<void>;
  /** Waits until the disk has what is in the file. */
  sync(): Promise<void>;
  /** Writes the last record, sees that all is on the disk, and closes the file. */
  end(): Promise<readonly Diagnostic[]>;
  /** Closes the file with what is in it. */
  close(): Promise<void>;
}

/**
 * Begins a file, over one of the same name if there is one.
 * @throws EegError FILE_UNWRITABLE
 */
export async function createEdfFile(path: string, options: EdfWriterOptions = {}): Promise<EdfFile> {
  const failed = (cause: NodeJS.ErrnoException): never => {
    throw new EegError(
      "FILE_UNWRITABLE",
      `${path}: cannot be written (${cause.code ?? cause.message}); check the folder, its permissions and the free space`,
      { cause },
    );
  };
  const file: FileHandle = await open(path, "w").catch(failed);
  let writer: EdfWriter | undefined;
  let at = 0;
  let written = 0;
  const put = async (bytes: Uint8Array, position: number): Promise<void> => {
    for (let done = 0; done < bytes.length;)
      done += (await file.write(bytes, done, bytes.length - done, position + done).catch(failed))
        .bytesWritten;
  };
  /** The records first, their number then: it never counts what is not there. */
  const append = async (records: Uint8Array, nRecords: number): Promise<void> => {
    if (records.length === 0) return;
    await put(records, at);
    at += records.length;
    const count = formatRecordCount(nRecords);
    await put(count.bytes, count.byte);
    written = nRecords;
  };
  return {
    get nRecords() {
      return written;
    },
    get bytes() {
      return at;
    },
    async push(item) {
      if (item.kind === "info" && !writer) {
        writer = createEdfWriter(item.stream, options);
        await put(writer.header, 0);
        at = writer.header.length;
      }
      if (!writer) throw new TypeError(`a stream begins with its info, got ${item.kind}`);
      await append(writer.push(item), writer.nRecords);
    },
    sync: () => file.datasync().catch(failed),
    async end() {
      if (!writer) throw new TypeError("a stream begins with its info, got nothing");
      const { records } = writer.end();
      await append(records, writer.nRecords);
      await file.sync().catch(failed);
      await file.close();
      return writer.diagnostics;
    },
    close: () => file.close(),
  };
}

/**
 * Writes a stream to a file as it comes. The file has its name only once it is whole: until then it is `PATH.part`,
 * which is removed if anything fails.
 * @returns what was worked around, such as clipped samples
 * @throws EegError FILE_UNWRITABLE
 */
export async function writeEdfFile(
  path: string,
  items: AsyncIterable<Item> | Iterable<Item>,
  options: EdfWriterOptions = {},
): Promise<readonly Diagnostic[]> {
  const part = `${path}.part`;
  const file = await createEdfFile(part, options);
  try {
    for await (const item of items) await file.push(item);
    const diagnostics = await file.end();
    await rename(part, path).catch((cause: NodeJS.ErrnoException) => {
      throw new EegError("FILE_UNWRITABLE", `${path}: cannot be written (${cause.code})`, { cause });
    });
    return diagnostics;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  }
}
