/** Bytes at random access: all that a reader needs to know of a file, a Blob or anything else. */
export interface ByteSource {
  /** Names the bytes in messages: a path, a file's name. */
  readonly name: string;
  /** In bytes; as far as is known, of a source that grows. */
  readonly size: number;
  /**
   * Exactly `length` bytes from `offset`; fewer only where the source ends.
   * @param scratch at least `length` bytes that the source may fill and hand back in place of memory of its own
   */
  read(offset: number, length: number, scratch?: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
  /** Of a source that another program still writes: waits until it is larger. False if it will grow no more. */
  grown?(): Promise<boolean>;
  /** Other files of the same recording, where there may be any. */
  readonly sibling?: Sibling;
}

/**
 * Finds another file of a recording by its name: in the folder of the file that names it, and nowhere else. Null
 * where there is none. Whoever asks closes what he is given.
 */
export type Sibling = (name: string) => Promise<ByteSource | null>;

/** The bytes of a Blob, such as a file dropped on a page. */
export function blobSource(blob: Blob, name = "blob"): ByteSource {
  return {
    name: "name" in blob && typeof blob.name === "string" ? blob.name : name,
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
    close: async () => undefined,
  };
}
