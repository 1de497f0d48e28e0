import { watch } from "node:fs";
import { stat } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import type { ByteSource } from "./byte-source.ts";
import { fileSource } from "./file-source.node.ts";

/** How a file that another program still writes is waited for. */
export interface GrowthOptions {
  /** A file that has not grown for so long, in seconds, is taken to be done. */
  readonly idleSeconds: number;
  /** Ends the waiting: the file is read up to where it is. */
  readonly signal?: AbortSignal | undefined;
}

/** The bytes of a file that grows: `size` is what has been seen of it, `grown` waits for more. */
export async function growingSource(path: string, options: GrowthOptions): Promise<ByteSource> {
  const source = await fileSource(path);
  let { size } = source;
  return {
    ...source,
    get size() {
      return size;
    },
    async grown() {
      const larger = await waitForGrowth(path, size, options);
      size = larger ?? size;
      return larger !== null;
    },
  };
}

/** Where no event tells of a change (network drives), a look this often does. */
const lookMs = 500;

/** A program writes a record in several pieces; events that come together are looked into once. */
const settleMs = 20;

/** Waits until a file is larger than `size`, and says how large; null if it will not be. */
export async function waitForGrowth(
  path: string,
  size: number,
  { idleSeconds, signal }: GrowthOptions,
): Promise<number | null> {
  const until = performance.now() + 1000 * idleSeconds;
  let wait = new AbortController();
  const wake = (): void => wait.abort();
  const watcher = watchFile(path, wake);
  signal?.addEventListener("abort", wake);
  try {
    for (;;) {
      const now = await stat(path).then(
        (file) => file.size,
        () => size,
      );
      if (now > size) return now;
      const left = until - performance.now();
      if (signal?.aborted || left <= 0) return null;
      await setTimeout(Math.min(lookMs, left), null, { signal: wait.signal }).catch(() => undefined);
      if (!wait.signal.aborted || signal?.aborted) continue;
      wait = new AbortController();
      await setTimeout(settleMs);
    }
  } finally {
    watcher?.close();
    signal?.removeEventListener("abort", wake);
  }
}

function watchFile(path: string, changed: () => void): { close(): void } | null {
  try {
    const watcher = watch(path, changed);
    watcher.on("error", () => watcher.close()); // looking goes on without it
    return watcher;
  } catch {
    return null;
  }
}
