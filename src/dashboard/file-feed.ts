import { BehaviorSubject, Subject } from "rxjs";
import type { Gap, Info, Samples } from "../eeg/item.ts";
import type { PlaybackAction } from "../source/playback.ts";
import type {
  Feed,
  FeedControls,
  FeedDecision,
  FeedLoss,
  FeedMarker,
  FeedQuality,
  FeedState,
  FeedStats,
} from "./feed.ts";
import { sharedNow, type FileEvent, type FromWorker, type ToWorker } from "./worker-message.ts";

export interface FileFeedOptions {
  /** Name of a shipped model, one of `fileModels`. */
  readonly model: string;
  /** A factor of real time, for watching, or as fast as it goes. @default 1 */
  readonly speed?: number | "max";
  /** @default false */
  readonly loop?: boolean;
}

/** Names of the models that files can be decoded with inside the page. */
export async function fileModels(): Promise<readonly string[]> {
  const response = await fetch(new URL("models/index.json", import.meta.url));
  return ((await response.json()) as { models: string[] }).models;
}

/**
 * A file of the user's that is decoded inside the page, by the same code as `brainwire decode`, in a worker. It begins
 * to play at once; the worker waits while the page is busy, so that nothing piles up.
 * @param files the files of one recording (BrainVision has three), as they were dropped or chosen together
 */
export function openFileFeed(files: readonly File[], options: FileFeedOptions): Feed {
  const { model, speed = 1, loop = false } = options;
  const items$ = new Subject<Info | Samples | Gap>();
  const markers$ = new Subject<FeedMarker>();
  const decisions$ = new Subject<FeedDecision>();
  const quality$ = new Subject<FeedQuality>();
  const losses$ = new Subject<FeedLoss>(); // never: the worker waits for the page
  const stats$ = new Subject<FeedStats>();
  const state$ = new BehaviorSubject<FeedState>({
    status: "connecting",
    message: null,
    needsToken: false,
    stream: null,
    playback: null,
    controls: false,
    clock: null,
  });
  const waiting = new Map<
    number,
    { readonly resolve: () => void; readonly reject: (error: Error) => void }
  >();
  let requests = 0;
  let segment = 0;
  let samples = 0;
  let decisions = 0;
  const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  const send = (message: ToWorker): void => worker.postMessage(message);
  const change = (state: Partial<FeedState>): void => state$.next({ ...state$.value, ...state });
  const counting = setInterval(
    () =>
      stats$.next({
        samples,
        decisions,
        droppedSamples: 0,
        droppedDecisions: 0,
        reconnects: 0,
        roundTripMs: null,
      }),
    1000,
  );

  function give(event: FileEvent): void {
    switch (event.kind) {
      case "info": {
        ({ segment } = event.stream);
        const { stream } = state$.value;
        if (stream) change({ stream: { ...stream, info: event.stream } });
        return items$.next(event);
      }
      case "samples":
        samples += event.nSamples;
        return items$.next(event);
      case "gap":
        return items$.next(event);
      case "marker":
        return markers$.next({ ...event.marker, segment });
      case "decision": {
        decisions++;
        const latencyMs = event.arrivedMs === null ? null : sharedNow() - event.arrivedMs;
        return decisions$.next({ ...event.decision, segment, latencyMs });
      }
      case "quality":
        return quality$.next({ ...event.quality, segment });
    }
  }

  function fail(message: string): void {
    change({ status: "failed", message, controls: false });
    for (const { reject } of waiting.values()) reject(new Error(message));
    waiting.clear();
    clearInterval(counting);
    worker.terminate();
  }

  worker.onmessage = ({ data }: { readonly data: FromWorker }) => {
    switch (data.kind) {
      case "opened":
        return change({ status: "ready", stream: data.stream, controls: true });
      case "batch":
        for (const event of data.events) give(event);
        return send({ kind: "credit" });
      case "state":
        return change({ status: data.status, playback: data.playback, message: data.message });
      case "done":
        waiting.get(data.request)?.resolve();
        waiting.delete(data.request);
        return;
      case "failed":
        return fail(data.message);
    }
  };
  worker.onerror = ({ message }) =>
    fail(`the page could not decode the file: ${message || "its worker did not start"}`);
  send({ kind: "open", files, model: new URL(`models/${model}/`, import.meta.url).href, speed, loop });

  function act(action: PlaybackAction): Promise<void> {
    if (!state$.value.controls) return Promise.reject(new Error("the file is not open"));
    const request = ++requests;
    return new Promise((resolve, reject) => {
      waiting.set(request, { resolve, reject });
      send({ kind: "control", request, action });
    });
  }

  const controls: FeedControls = {
    play: () => act({ do: "play" }),
    pause: () => act({ do: "pause" }),
    seek: (seconds) => act({ do: "seek", seconds }),
    speed: (factor) => act({ do: "speed", speed: factor }),
    loop: (again) => act({ do: "loop", loop: again }),
  };

  return {
    kind: "file",
    items$,
    markers$,
    decisions$,
    quality$,
    losses$,
    stats$,
    state$,
    controls,
    close() {
      clearInterval(counting);
      worker.terminate();
      for (const { reject } of waiting.values()) reject(new Error("the file was closed"));
      waiting.clear();
      for (const subject of [items$, markers$, decisions$, quality$, losses$, stats$, state$])
        subject.complete();
    },
  };
}
