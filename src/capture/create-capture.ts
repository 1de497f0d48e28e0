import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Gap, Marker, Samples } from "../eeg/item.ts";
import { hertz } from "../eeg/sfreq.ts";
import { createAppendFile, hashOf, unwritable, type AppendFile } from "./append-file.ts";
import type { CapturedDecision, CaptureEvent, SegmentBegin } from "./capture-event.ts";
import {
  configurationHash,
  formatManifest,
  manifestName,
  writeManifest,
  type CaptureManifest,
} from "./manifest.ts";
import { decisionsName, logName, samplesName, signalName } from "./names.ts";
import { formatFrame } from "./samples-file.ts";
import { createSignalFile, type SignalFile } from "./signal-file.ts";

/**
 * A live stream on its way to a folder:
 *
 *   capture.json      what it is of: stream, decoder with the hash of its weights, versions; at its end every file's SHA-256
 *   segment-0.bdf     the signal of each segment with its gaps and markers, for people and their tools (24 bits a sample)
 *   samples.bin       the same samples as they came, float32, for deciding the same again bit for bit (samples-file.ts)
 *   decisions.jsonl   every decision as it came, with its timing and age, a line each
 *   log.jsonl         in order: segments, gaps, markers, what was lost, the connection
 *
 * All but capture.json only grow, and an event is in the files when `push` resolves: a program that is killed leaves
 * everything up to its last whole record. The disk is told to keep what there is about once a second (`syncMs`), so a
 * machine that loses its power loses little more than that.
 */
export interface Capture {
  readonly progress: CaptureProgress;
  /** One call at a time. @throws EegError FILE_UNWRITABLE */
  push(event: CaptureEvent): Promise<void>;
  /** Ends the files and writes their hashes. @param why such as `interrupted`, for `capture.json` */
  end(why: string): Promise<CaptureManifest | null>;
}

export interface CaptureProgress {
  /** Of signal: samples and gaps, without what was lost. */
  readonly seconds: number;
  readonly segments: number;
  readonly samples: number;
  readonly gaps: number;
  readonly markers: number;
  readonly decisions: number;
  readonly losses: number;
  readonly reconnects: number;
  readonly bytes: number;
}

/** What a capture counts as it goes on. */
export function startCount(): { -readonly [Name in keyof Omit<CaptureProgress, "bytes">]: number } {
  return {
    seconds: 0,
    segments: 0,
    samples: 0,
    gaps: 0,
    markers: 0,
    decisions: 0,
    losses: 0,
    reconnects: 0,
  };
}

export interface CaptureOptions {
  /** Where the stream comes from, for `capture.json`. */
  readonly source: Readonly<Record<string, unknown>>;
  readonly versions: Readonly<Record<string, string>>;
  /** Longest time in which the disk is not told to keep what was written. @default 1000 */
  readonly syncMs?: number;
}

interface OpenFiles {
  readonly samples: AppendFile;
  readonly decisions: AppendFile;
  readonly log: AppendFile;
}

/**
 * Begins a capture. The folder appears with the first segment, `capture.json` and all.
 * @throws EegError FILE_UNWRITABLE if there is something of this name already
 */
export async function createCapture(path: string, options: CaptureOptions): Promise<Capture> {
  const folder = resolve(path);
  await refuseExisting(path);
  const { syncMs = 1000 } = options;
  const begunMs = performance.now();
  const count = startCount();
  const hashes: Record<string, { bytes: number; sha256: string }> = {};
  const notes: string[] = [];
  let manifest: CaptureManifest | null = null;
  let begunManifest: AppendFile | null = null;
  let files: OpenFiles | null = null;
  let signal: SignalFile | null = null;
  let secondsPerSample = 0;
  let nChannels = 0;
  let signalBytes = 0;
  let syncedMs = begunMs;
  let syncing: Promise<void> | null = null;
  let syncFailure: unknown = null;

  const atMs = (): number => Math.round((performance.now() - begunMs) * 1000) / 1000;

  async function begin({ stream, decoder }: SegmentBegin): Promise<OpenFiles> {
    const made: CaptureManifest = {
      format: "brainwire-capture/1",
      begun: new Date(Date.now() - (performance.now() - begunMs)).toISOString(),
      ended: null,
      source: { ...options.source },
      stream: { ...stream },
      decoder,
      configuration: configurationHash(decoder),
      versions: { ...options.versions },
      files: null,
      counts: null,
      notes: [],
    };
    const room = join(dirname(folder), `.${basename(folder)}-${randomUUID().slice(0, 8)}`);
    await mkdir(room).catch((cause: NodeJS.ErrnoException) => {
      throw unwritable(path, cause);
    });
    try {
      begunManifest = await createAppendFile(join(room, manifestName), join(path, manifestName));
      await begunManifest.append(formatManifest(made));
      const begun = {
        samples: await createAppendFile(join(room, samplesName), join(path, samplesName)),
        decisions: await createAppendFile(join(room, decisionsName), join(path, decisionsName)),
        log: await createAppendFile(join(room, logName), join(path, logName)),
      };
      await refuseExisting(path);
      await rename(room, folder).catch((cause: NodeJS.ErrnoException) => {
        throw unwritable(path, cause);
      });
      manifest = made;
      return begun;
    } catch (error) {
      await rm(room, { recursive: true, force: true });
      throw error;
    }
  }

  async function note(event: object): Promise<void> {
    await files!.log.append(`${JSON.stringify({ atMs: atMs(), ...event })}\n`);
  }

  async function beginSegment(event: SegmentBegin): Promise<void> {
    files ??= await begin(event);
    await endSignal();
    const { stream, decoder, source } = event;
    const segment = count.segments++;
    const same = JSON.stringify(decoder) === JSON.stringify(manifest!.decoder);
    await note({
      kind: "segment",
      segment,
      stream,
      ...(same ? {} : { decoder }),
      ...(source ? { source } : {}),
    });
    secondsPerSample = 1 / hertz(stream.sfreq);
    nChannels = stream.channels.length;
    signal = createSignalFile(join(folder, signalName(segment)), stream);
  }

  async function endSignal(): Promise<void> {
    if (!signal) return;
    await syncing;
    const said = await signal.end();
    const { path: file } = signal;
    signal = null;
    if (!file) return;
    const name = basename(file);
    hashes[name] = await hashOf(file);
    signalBytes += hashes[name].bytes;
    notes.push(...said.map((message) => `${name}: ${message}`));
  }

  async function pushSamples(samples: Samples): Promise<void> {
    await files!.samples.append(formatFrame({ segment: count.segments - 1, nChannels, samples }));
    await signal!.push(samples);
    count.samples += samples.nSamples;
    count.seconds += samples.nSamples * secondsPerSample;
  }

  async function pushPlaced(item: Gap | Marker): Promise<void> {
    await note({ ...item, segment: count.segments - 1 });
    await signal!.push(item);
    if (item.kind === "marker") count.markers++;
    else count.gaps++;
  }

  async function pushDecision({ received, ...decision }: CapturedDecision): Promise<void> {
    const line = { segment: count.segments - 1, ...decision, receivedMs: atMs(), ...received };
    await files!.decisions.append(`${JSON.stringify(line)}\n`);
    count.decisions++;
  }

  /** Nobody waits for the disk while a capture begins: its first sync is that of everything else. */
  async function closeManifest(): Promise<void> {
    const file = begunManifest;
    begunManifest = null;
    await file?.sync();
    await file?.close();
  }

  /** Begins to sync what there is, if it is time; nobody waits for it. */
  function keep(): void {
    const now = performance.now();
    if (syncing || !files || now - syncedMs < syncMs) return;
    syncedMs = now;
    const all = [files.samples, files.decisions, files.log, ...(signal ? [signal] : [])];
    syncing = Promise.all([...all.map((file) => file.sync()), closeManifest()]).then(
      () => void (syncing = null),
      (error: unknown) => {
        syncFailure = error;
        syncing = null;
      },
    );
  }

  async function take(event: CaptureEvent): Promise<void> {
    switch (event.kind) {
      case "segment":
        return beginSegment(event);
      case "samples":
        return pushSamples(event);
      case "gap":
      case "marker":
        return pushPlaced(event);
      case "decision":
        return pushDecision(event);
      case "loss":
        count.losses++;
        return note({ ...event, segment: count.segments - 1 });
      case "note":
        if (event.what === "connection" && event.status === "open" && files) count.reconnects++;
        return note({ ...event, segment: count.segments - 1 });
    }
  }

  return {
    get progress() {
      const open = files ? files.samples.bytes + files.decisions.bytes + files.log.bytes : 0;
      return { ...count, bytes: open + signalBytes + (signal?.bytes ?? 0) };
    },
    async push(event) {
      if (!files && event.kind !== "segment") {
        if (event.kind === "note" || event.kind === "loss") return; // of a time before there was a stream
        throw new TypeError(`a stream begins with its segment, got ${event.kind}`);
      }
      await take(event);
      if (syncFailure !== null) throw syncFailure;
      keep();
    },
    async end(why) {
      if (!files || !manifest) return null;
      await endSignal();
      await syncing;
      await closeManifest();
      for (const [name, file] of Object.entries({
        [samplesName]: files.samples,
        [decisionsName]: files.decisions,
        [logName]: files.log,
      })) {
        await file.sync();
        hashes[name] = { bytes: file.bytes, sha256: await file.close() };
      }
      manifest = {
        ...manifest,
        ended: { at: new Date().toISOString(), why },
        files: hashes,
        counts: { ...count, seconds: Math.round(count.seconds * 1e6) / 1e6 },
        notes,
      };
      await writeManifest(folder, manifest);
      return manifest;
    },
  };
}

/** @throws EegError FILE_UNWRITABLE */
export async function refuseExisting(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found) throw unwritable(path, Object.assign(new Error("exists"), { code: "EEXIST" }));
}
