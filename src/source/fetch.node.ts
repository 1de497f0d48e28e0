import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { EegError } from "../eeg/errors.ts";
import { systemClock, type Clock } from "./clock.ts";
import { readRegistry } from "./registry.node.ts";
import { findRecording, type PublicRecording, type Registry } from "./registry.ts";

export interface FetchOptions {
  /** Address that the recordings' paths continue. @default `BRAINWIRE_RECORDINGS_URL`, else the registry's */
  readonly baseUrl?: string;
  /** @default `BRAINWIRE_CACHE`, else `~/.cache/brainwire` */
  readonly cacheFolder?: string;
  /** Called whenever bytes came, also with those that an earlier attempt had left. */
  readonly onProgress?: (progress: FetchProgress) => void;
  /** Ends the fetch; what came so far stays for the next one. */
  readonly signal?: AbortSignal;
  /** @default the registry that the package ships */
  readonly registry?: Registry;
  /** Waits between attempts. @default the machine's monotonic clock */
  readonly clock?: Clock;
}

export interface FetchProgress {
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

/** Waits between attempts that brought nothing; one that brought bytes starts the count again. */
const pausesMs = [500, 1000, 2000, 4000];
/** A connection that is silent for so long is taken for dead. */
const silenceMs = 30_000;

/** The folder that fetched recordings lie in. */
export function recordingsCache(): string {
  return process.env["BRAINWIRE_CACHE"] ?? join(homedir(), ".cache", "brainwire");
}

/** Where `fetchRecording` puts a recording. */
export function cachedPath(recording: PublicRecording, cacheFolder = recordingsCache()): string {
  return join(
    cacheFolder,
    dirname(recording.name),
    recording.path.slice(recording.path.lastIndexOf("/") + 1),
  );
}

/**
 * Fetches a public recording, unless it is in the cache already. Network faults are tried again, from the byte
 * where they struck; so does the next call, for the unfinished file stays beside its place as `.part`. Every
 * file, also a cached one, is held against its published SHA-256.
 * @param name `eegmmidb/S001R01`
 * @returns the file's path
 * @throws EegError RECORDING_UNKNOWN, DOWNLOAD_FAILED, FILE_UNWRITABLE; the signal's reason if it aborts
 */
export async function fetchRecording(name: string, options: FetchOptions = {}): Promise<string> {
  const registry = options.registry ?? (await readRegistry());
  const recording = findRecording(registry, name);
  const path = cachedPath(recording, options.cacheFolder);
  const base = options.baseUrl ?? process.env["BRAINWIRE_RECORDINGS_URL"] ?? registry.baseUrl;
  const url = `${base.replace(/\/+$/, "")}/${recording.path}`;
  if ((await sizeOf(path)) === recording.bytes && (await sha256(path)) === recording.sha256) return path;

  const part = `${path}.part`;
  await writable(path, () => mkdir(dirname(path), { recursive: true }));
  if ((await sizeOf(part)) > recording.bytes) await rm(part);
  await download({ url, part, recording, options });
  const hash = await sha256(part);
  if (hash !== recording.sha256) {
    await rm(part);
    throw new EegError(
      "DOWNLOAD_FAILED",
      `${url}: what arrived is not what was published (SHA-256 ${hash}, expected ${recording.sha256}); ` +
        "it was removed; fetch again, or check the base address",
    );
  }
  await writable(path, () => rename(part, path));
  return path;
}

interface Download {
  readonly url: string;
  readonly part: string;
  readonly recording: PublicRecording;
  readonly options: FetchOptions;
}

/** Fills the `.part` file up to the recording's length. */
async function download(what: Download): Promise<void> {
  const { url, part, recording, options } = what;
  const clock = options.clock ?? systemClock;
  const never = new AbortController().signal;
  let failures = 0;
  for (;;) {
    const before = await sizeOf(part);
    if (before === recording.bytes) return;
    try {
      await attempt(what, before);
      return;
    } catch (cause) {
      options.signal?.throwIfAborted();
      if (cause instanceof EegError) throw cause;
      failures = (await sizeOf(part)) > before ? 1 : failures + 1;
      const pause = pausesMs[failures - 1];
      if (pause === undefined)
        throw new EegError(
          "DOWNLOAD_FAILED",
          `${url}: ${reasonOf(cause)}; gave up after ${failures} attempts; what came is kept, fetch again to go on`,
          { cause },
        );
      await clock.sleep(pause, options.signal ?? never);
      options.signal?.throwIfAborted();
    }
  }
}

/** One request for what is missing after `from` bytes. Errors that are no EegError are worth another one. */
async function attempt({ url, part, recording, options }: Download, from: number): Promise<void> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const clock = options.clock ?? systemClock;
  const alive = async <T>(step: Promise<T>): Promise<T> => {
    const awake = new AbortController();
    const silence = clock.sleep(silenceMs, awake.signal).then(() => {
      if (!awake.signal.aborted) stop.abort(new Error(`no byte came for ${silenceMs / 1000} s`));
    });
    try {
      return await step;
    } finally {
      awake.abort();
      await silence;
    }
  };

  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (from > 0) headers["range"] = `bytes=${from}-`;
  const response = await alive(fetch(url, { headers, signal }));
  try {
    const start = startOf(response, from);
    if (start === null) {
      const message = `${url}: the server answers ${response.status} ${response.statusText}`.trimEnd();
      if (response.status === 416) await rm(part);
      if (response.status >= 500 || [408, 416, 429].includes(response.status)) throw new Error(message);
      throw new EegError("DOWNLOAD_FAILED", `${message}; check the base address`);
    }
    const file = await writable(part, () => open(part, start > 0 ? "r+" : "w"));
    try {
      await copyBody({ body: response.body, file, start, recording, options, alive });
    } finally {
      await file.close();
    }
  } finally {
    stop.abort();
  }
}

interface Copy {
  readonly body: ReadableStream<Uint8Array> | null;
  readonly file: FileHandle;
  readonly start: number;
  readonly recording: PublicRecording;
  readonly options: FetchOptions;
  readonly alive: <T>(step: Promise<T>) => Promise<T>;
}

async function copyBody({ body, file, start, recording, options, alive }: Copy): Promise<void> {
  const totalBytes = recording.bytes;
  let received = start;
  options.onProgress?.({ receivedBytes: received, totalBytes });
  const reader = body?.getReader();
  while (reader) {
    const { done, value } = await alive(reader.read());
    if (done) break;
    const wanted = value.subarray(0, totalBytes - received + 1); // one byte more than published tells a wrong file
    const at = received;
    await writable(recording.name, () => file.write(wanted, 0, wanted.length, at));
    received += wanted.length;
    if (received > totalBytes) break;
    options.onProgress?.({ receivedBytes: received, totalBytes });
  }
  if (received < totalBytes) throw new Error(`the connection ended after ${received} of ${totalBytes} bytes`);
}

/** The byte that a response's body begins with, or null if it is not the file. */
function startOf(response: Response, asked: number): number | null {
  if (response.status === 200) return 0;
  if (response.status !== 206) return null;
  const start = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1];
  return start !== undefined && Number(start) === asked ? asked : null;
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of createReadStream(path)) hash.update(bytes as Uint8Array);
  return hash.digest("hex");
}

async function writable<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    throw new EegError("FILE_UNWRITABLE", `${path}: cannot be written (${(cause as Error).message})`, {
      cause,
    });
  }
}

/** fetch hides what went wrong in the cause of a `TypeError: fetch failed`. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message: string; cause?: { message?: string; code?: string } };
  const inner = cause?.message || cause?.code;
  return inner ? `${message} (${inner})` : message;
}
