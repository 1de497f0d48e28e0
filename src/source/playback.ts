import type { Gap, Item, Marker, Samples } from "../eeg/item.ts";
import { hertz, secondsAt, type Sfreq } from "../eeg/sfreq.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { systemClock, type Clock } from "./clock.ts";
import { seek } from "./seek.ts";

/** What a person does with a recording that is played. */
export type PlaybackAction =
  | { readonly do: "play" | "pause" }
  | { readonly do: "seek"; readonly seconds: number }
  | { readonly do: "speed"; readonly speed: number | "max" }
  | { readonly do: "loop"; readonly loop: boolean };

export interface PlaybackState {
  readonly speed: number | "max";
  readonly loop: boolean;
  /** Of the recording, whenever it is read. */
  readonly positionSeconds: number;
  readonly durationSeconds: number;
}

/** Where a recording is played to. What returns a promise is waited for, so that nothing runs ahead. */
export interface PlaybackSink {
  /** Begins a new segment. */
  begin(info: StreamInfo): void | Promise<void>;
  /** @param arrivedMs the moment, by the clock */
  push(item: Samples | Gap | Marker, arrivedMs: number): void | Promise<void>;
  /** The segment is over. */
  finish(): void | Promise<void>;
  setState(status: "live" | "paused" | "ended", state: { readonly playback: PlaybackState }): void;
  /** Resolves when there is room for more, or soon after it is given up. */
  room(givenUp: () => boolean): Promise<void>;
  /** The samples come at another pace from here on. */
  repace(): void;
}

export interface PlaybackOptions {
  /** Opens the recording's items, from its start, anew each time. */
  readonly open: () => AsyncIterable<Item>;
  readonly durationSeconds: number;
  readonly speed: number | "max";
  readonly loop: boolean;
  /** Nothing more can be read. */
  readonly failed: (error: unknown) => void;
  /** Lets others have their turn between pieces that are played at full speed. @default nobody waits */
  readonly turn?: () => Promise<unknown>;
  /** @default the machine's monotonic clock */
  readonly clock?: Clock;
}

/** Plays a recording into a stream as a device would have sent it, and does what it is told meanwhile. */
export interface Playback {
  start(): void;
  control(action: PlaybackAction): void;
  stop(): Promise<void>;
}

/** Length of what is sent at once, in seconds: at a pace as headsets send it, at full speed as files hold it. */
const pacedChunk = 0.05;
const fullSpeedChunk = 1;

export function createPlayback(sink: PlaybackSink, options: PlaybackOptions): Playback {
  const { durationSeconds, clock = systemClock } = options;
  let { speed, loop } = options;
  let paused = false;
  let stopped = false;
  /** Where to go on instead, seconds; set by seeking. */
  let jump: number | null = null;
  let fromSeconds = 0;
  let position = 0; // seconds of the recording
  let run: Promise<void> | null = null;
  let wake = (): void => undefined;
  /** A moment and the sample that is due at it; drawn anew whenever the pace changes. */
  let anchor = { ms: 0, sample: 0 };
  let rate: Sfreq = { num: 1, den: 1 };
  let sent = 0;

  const announce = (): void => {
    const status = stopped || !run ? "ended" : paused ? "paused" : "live";
    sink.setState(status, {
      playback: {
        speed,
        loop,
        // of whoever is told later, too: by then the recording has gone on
        get positionSeconds() {
          return Math.min(position, durationSeconds);
        },
        durationSeconds,
      },
    });
  };

  function repace(): void {
    anchor = { ms: clock.now(), sample: sent };
    sink.repace();
  }

  const interrupted = (): boolean => stopped || jump !== null;

  /** Waits until `sample` is due and nobody has paused. */
  async function due(sample: number): Promise<void> {
    while (!interrupted()) {
      const waitMs =
        speed === "max"
          ? 0
          : anchor.ms + (1000 * (sample - anchor.sample)) / (hertz(rate) * speed) - clock.now();
      if (!paused && waitMs <= 0) return;
      const interruption = new AbortController();
      wake = () => interruption.abort();
      await clock.sleep(paused ? Infinity : waitMs, interruption.signal);
    }
  }

  async function give(item: Samples | Gap | Marker): Promise<void> {
    const done = sink.push(item, clock.now());
    if (done) await done;
    if (item.kind !== "marker") {
      sent = item.start + item.nSamples;
      position = fromSeconds + secondsAt(sent, rate);
    }
  }

  /** Samples in pieces, a gap whole at its end; markers that came before, each before the piece with its onset. */
  async function play(item: Samples | Gap, markers: Marker[]): Promise<void> {
    const end = item.start + item.nSamples;
    for (let at = item.start; at < end;) {
      const seconds = speed === "max" ? fullSpeedChunk : pacedChunk;
      const chunk = item.kind === "gap" ? item.nSamples : Math.max(1, Math.round(seconds * hertz(rate)));
      const n = Math.min(end - at, chunk);
      await due(at + n);
      if (interrupted()) return;
      if (speed === "max") await options.turn?.();
      await sink.room(interrupted);
      if (interrupted()) return;
      while (markers.length > 0 && markers[0]!.onset < at + n) await give(markers.shift()!);
      await give(item.kind === "gap" ? item : piece(item, at - item.start, n));
      at += n;
    }
  }

  async function pass(): Promise<void> {
    let markers: Marker[] = [];
    for await (const item of seek(options.open(), fromSeconds)) {
      if (interrupted()) break;
      if (item.kind === "marker") {
        markers = [...markers, item].sort((a, b) => a.onset - b.onset);
      } else if (item.kind === "info") {
        for (const marker of markers.splice(0)) await give(marker);
        await sink.finish();
        rate = item.stream.sfreq;
        sent = 0;
        await sink.begin(item.stream);
        repace();
      } else await play(item, markers);
    }
    if (!interrupted()) for (const marker of markers) await give(marker);
    await sink.finish();
  }

  async function loopOver(): Promise<void> {
    try {
      for (;;) {
        fromSeconds = jump ?? 0;
        jump = null;
        position = fromSeconds;
        announce();
        await pass();
        if (stopped || (jump === null && !loop)) break;
      }
    } catch (error) {
      options.failed(error);
    }
    run = null;
    announce();
  }

  function start(): void {
    if (run || stopped) return;
    run = Promise.resolve().then(loopOver);
  }

  function control(action: PlaybackAction): void {
    switch (action.do) {
      case "play":
        paused = false;
        repace();
        start();
        break;
      case "pause":
        paused = true;
        break;
      case "seek":
        jump = Math.min(action.seconds, durationSeconds);
        start();
        break;
      case "speed":
        speed = action.speed;
        repace();
        break;
      case "loop":
        ({ loop } = action);
    }
    wake();
    if (action.do !== "seek") announce();
  }

  return {
    start,
    control,
    async stop() {
      stopped = true;
      wake();
      await run;
    },
  };
}

function piece({ start, data, nSamples }: Samples, from: number, n: number): Samples {
  if (n === nSamples) return { kind: "samples", start, data, nSamples };
  const channels = data.length / nSamples;
  const cut = new Float32Array(channels * n);
  for (let c = 0; c < channels; c++)
    cut.set(data.subarray(c * nSamples + from, c * nSamples + from + n), c * n);
  return { kind: "samples", start: start + from, data: cut, nSamples: n };
}
