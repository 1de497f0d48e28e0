import { EegError } from "../eeg/errors.ts";
import type { Gap, Marker, Samples } from "../eeg/item.ts";
import { hertz } from "../eeg/sfreq.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { createSession } from "../decode/session.ts";
import type { StreamDecoder } from "../decode/stream-decoder.ts";
import { openRecording } from "../formats/open.ts";
import type { Recording } from "../formats/recording.ts";
import { fileAmong } from "../formats/siblings.ts";
import { parseModel } from "../model/load.ts";
import type { Model } from "../model/model.ts";
import { createQuality } from "../signal/quality.ts";
import { createPlayback, type Playback, type PlaybackSink } from "../source/playback.ts";
import { sharedNow, type FileEvent, type FromWorker, type OpenFiles } from "./worker-message.ts";

export type Post = (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void;

/** Plays and decodes a file; batches go out as long as there is credit for them. */
export interface FilePlayer {
  readonly playback: Playback;
  /** One batch was consumed. */
  credit(): void;
}

/** Batches that the page may have yet to consume. */
const batchesAhead = 4;
/** At full speed a batch is made of what comes in this time, or of this many numbers (2 MB). */
const batchMs = 50;
const batchNumbers = 500_000;
const hopSeconds = 0.1;

/**
 * Opens a recording of a page's files and decodes it as `decode` does, while it plays.
 * @throws EegError as `openRecording`, `parseModel` and `decode`
 */
export async function openFilePlayer(
  { files, model: folder, speed, loop }: OpenFiles,
  post: Post,
): Promise<FilePlayer> {
  const recording = await openAmong(files);
  const model = await fetchModel(folder);
  const info = recording.streams[recording.defaultStream];
  if (!info) throw await nothingIn(recording);
  const session = createSession(model, { hopSeconds, quality: "abstain" }); // as the command decode has it
  session.begin(info).close(); // says now what the model cannot work on
  const { durationSeconds } = await recording.summary();
  const { name, version, labels } = model.manifest;
  const hopSamples = hopSeconds * hertz(info.sfreq);
  post({ kind: "opened", stream: { info, origin: "file", model: { name, version, labels, hopSamples } } });
  const { sink, credit } = createSink((stream) => session.begin(stream), {
    post,
    remarks: () => remarks(recording),
  });
  const playback = createPlayback(sink, {
    open: () => recording.items(),
    durationSeconds,
    speed,
    loop,
    failed: (error) => post(failure(error)),
  });
  return { playback, credit };
}

/** What went wrong, in a sentence. */
export function failure(error: unknown): FromWorker {
  if (error instanceof EegError) return { kind: "failed", code: error.code, message: error.message };
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { kind: "failed", code: null, message: `${what} (this is a fault of brainwire)` };
}

/** The recording that the files hold; the fault of the first, if none holds one. */
async function openAmong(files: readonly File[]): Promise<Recording> {
  if (files.length === 0) throw new EegError("FILE_UNREADABLE", "no file was given");
  let first: unknown;
  for (const file of files)
    try {
      return await openRecording(fileAmong(file, files));
    } catch (error) {
      first ??= unreadable(error, file);
    }
  throw first;
}

/** What reading a recording without signals says. */
async function nothingIn(recording: Recording): Promise<unknown> {
  return recording
    .items()
    .next()
    .then(
      () => new EegError("CHANNEL_MISSING", "the recording holds no signal"),
      (error: unknown) => error,
    );
}

/** A folder, or a file that was moved or changed since it was dropped, fails when it is read. */
function unreadable(error: unknown, { name }: File): unknown {
  if (!(error instanceof DOMException)) return error;
  return new EegError("FILE_UNREADABLE", `${name}: cannot be read; it is a folder, or was moved or changed`, {
    cause: error,
  });
}

async function fetchModel(folder: string): Promise<Model> {
  if (!isSecureContext)
    throw new EegError(
      "ENGINE_UNAVAILABLE",
      "a page decodes files only where it was opened by https or from this machine; use brainwire decode",
    );
  const get = async (name: string): Promise<Response> => {
    const response = await fetch(folder + name).catch(() => null);
    if (response?.ok) return response;
    throw new EegError("MODEL_UNKNOWN", `${folder}${name} cannot be fetched; is the server still running?`);
  };
  const manifest = await (await get("model.json")).text();
  const weightsName = (JSON.parse(manifest) as { weights: { file: string } }).weights.file;
  const weights = new Uint8Array(await (await get(weightsName)).arrayBuffer());
  return parseModel({ manifest, weights, place: folder });
}

/** What reading has worked around, in a sentence. */
function remarks({ diagnostics }: Recording): string | null {
  const [first, ...others] = diagnostics;
  if (!first) return null;
  return others.length === 0
    ? first.message
    : `${first.message} (and ${others.length} more remarks on the file)`;
}

interface SinkOptions {
  readonly post: Post;
  /** What reading has worked around. */
  readonly remarks: () => string | null;
}

function createSink(
  beginDecoding: (stream: StreamInfo) => StreamDecoder,
  { post, remarks: said }: SinkOptions,
): { readonly sink: PlaybackSink; readonly credit: () => void } {
  let decoder: StreamDecoder | null = null;
  let quality: ReturnType<typeof createQuality> | null = null;
  let segment = 0;
  let fullSpeed = false;
  let events: FileEvent[] = [];
  let numbers = 0;
  let flushedMs = 0;
  let ahead = 0;
  let wake = (): void => undefined;

  async function decide(batches: Iterable<ReturnType<StreamDecoder["end"]>>): Promise<void> {
    const arrivedMs = fullSpeed ? null : sharedNow();
    for (const places of batches)
      for (const place of places) {
        const encoded = decoder!.encode(place);
        const decision = decoder!.decide(place, encoded instanceof Promise ? await encoded : encoded);
        if (decision) events.push({ kind: "decision", decision, arrivedMs });
      }
  }

  function flush(): void {
    if (events.length === 0) return;
    const transfer = events.flatMap((event) =>
      event.kind === "samples" ? [event.data.buffer as ArrayBuffer] : [],
    );
    post({ kind: "batch", events }, transfer);
    events = [];
    numbers = 0;
    flushedMs = performance.now();
    ahead++;
  }

  const sink: PlaybackSink = {
    begin(info) {
      const stream = { ...info, segment: segment++ };
      decoder = beginDecoding(stream);
      quality = createQuality(stream);
      events.push({ kind: "info", stream });
    },
    async push(item: Samples | Gap | Marker) {
      if (item.kind === "marker") {
        events.push({ kind: "marker", marker: item });
        return;
      }
      await decide(decoder!.push(item));
      if (item.kind === "samples")
        for (const each of quality!(item)) events.push({ kind: "quality", quality: each });
      events.push(item.kind === "samples" ? owned(item) : item);
      if (item.kind === "samples") numbers += item.data.length;
      if (!fullSpeed || numbers >= batchNumbers || performance.now() - flushedMs >= batchMs) flush();
    },
    async finish() {
      if (!decoder) return;
      await decide([decoder.end()]);
      decoder.close();
      decoder = null;
      flush();
    },
    setState(status, { playback }) {
      fullSpeed = playback.speed === "max";
      flush();
      post({ kind: "state", status, playback, message: said() });
    },
    async room(givenUp) {
      while (ahead >= batchesAhead && !givenUp()) await new Promise<void>((resolve) => (wake = resolve));
    },
    repace: () => undefined,
  };
  return {
    sink,
    credit() {
      ahead--;
      wake();
    },
  };
}

/** Samples whose memory holds nothing else, so that it can be handed over. */
function owned(item: Samples): Samples {
  const { data } = item;
  return data.byteLength === data.buffer.byteLength ? item : { ...item, data: data.slice() };
}
