import { randomUUID } from "node:crypto";
import type { Decision } from "../eeg/decision.ts";
import type { Gap, Marker, Samples } from "../eeg/item.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import type { ClientMessageOf } from "../protocol/client-message.ts";
import { nowNs } from "../protocol/clock.ts";
import type { ServerMessageOf } from "../protocol/server-message.ts";
import type { StreamDescription } from "../protocol/stream-schema.ts";
import { createQuality } from "../signal/quality.ts";
import { createArrivalClock, type ArrivalClock } from "./arrival-clock.ts";
import type { Decoding, DecodingService } from "./decoding.ts";
import {
  decisionEntry,
  frameOf,
  gapEntry,
  markerEntry,
  messageEntry,
  samplesEntry,
  type Entry,
} from "./entry.ts";
import { textFrame, type Frame } from "./frame.ts";
import type { Metrics } from "./metrics.ts";
import type { Outlet } from "./outlet.ts";
import { createStreamLog, type LogLimits } from "./stream-log.ts";
import { createSubscription, type Subscribable, type Subscription } from "./subscription.ts";

type State = ServerMessageOf<"state">;

export interface StreamOptions {
  readonly number: number;
  readonly origin: StreamDescription["origin"];
  readonly type: string;
  readonly info: StreamInfo;
  readonly durationSeconds: number | null;
  readonly limits: LogLimits & { readonly stallMs: number };
  readonly decoding: DecodingService | null;
  readonly metrics: Metrics;
  /** Someone subscribed while it was `ready`. */
  readonly wanted: () => void;
  /** Hears every decision, with its segment, beside the subscribers. */
  readonly decided?: ((decision: Decision, segment: number) => void) | undefined;
}

/** One stream: decoded once, remembered for a while, and sent to everyone who asked for it. */
export interface Stream {
  readonly number: number;
  readonly name: string;
  readonly status: State["status"];
  readonly instance: string;
  readonly segment: number;
  /** Samples and gaps so far in this segment. */
  readonly next: number;
  readonly subscribers: number;
  /** Bytes that the slowest subscriber has yet to get. */
  readonly longestLag: number;
  describe(): StreamDescription;
  /** Begins a new segment; its number is the server's. */
  begin(info: StreamInfo): void | Promise<void>;
  /**
   * @param arrivedMs when its last byte came, by `performance.now()`
   * @param timeNs of the first sample on the server's clock, if its sender knows
   */
  push(item: Samples | Gap | Marker, arrivedMs: number, timeNs?: bigint | null): void | Promise<void>;
  /** The segment is over: what the decoder still has is decided. */
  finish(): void | Promise<void>;
  setState(
    status: State["status"],
    more?: { readonly playback?: State["playback"]; readonly reason?: string },
  ): void;
  /** Resolves when every lossless subscriber is close behind, or soon after it is given up. */
  room(givenUp: () => boolean): Promise<void>;
  /** The samples come at another pace from here on. */
  repace(): void;
  subscribe(outlet: Outlet, request: ClientMessageOf<"subscribe">): Subscription;
  leave(subscription: Subscription): void;
}

/** Segments whose length is remembered. */
const keptSegments = 1000;
/** How often the sender's clock is told of. */
const clockEveryMs = 5000;

/** Whether a sender's time is less than a day from the arrival: else its clock is not the server's. */
function plausible(differenceNs: bigint): boolean {
  return differenceNs > -86_400_000_000_000n && differenceNs < 86_400_000_000_000n;
}

export function createStream(options: StreamOptions): Stream {
  const { number, origin, type, durationSeconds, limits, decoding: service, metrics } = options;
  const instance = randomUUID();
  const log = createStreamLog(limits);
  const subscriptions = new Set<Subscription>();
  const lengths = new Map<number, number>();
  const infos = new Map<number, Frame>();
  let info: StreamInfo = { ...options.info, segment: 0 };
  let next = 0;
  let begun = false;
  let clock: ArrivalClock = createArrivalClock(info.sfreq);
  /** Null while nobody asks for it. */
  let quality: ReturnType<typeof createQuality> | null = null;
  let decoding: Decoding | null = null;
  let state: Pick<State, "status" | "playback"> & { reason?: string } = { status: "ready", playback: null };
  /** Whether its samples come from a clock that is not ours. */
  const isSent = origin === "pushed" || origin === "lsl";
  let clockToldMs = performance.now();
  let waiting: (() => void)[] = [];
  /** Work of an asynchronous engine; items wait for it in order. */
  let busy: Promise<void> | null = null;

  const place = () => ({ stream: number, segment: info.segment });

  function describe(): StreamDescription {
    const t0 = clock.timeOf(0);
    return {
      ...info,
      channels: info.channels.map((channel) => ({
        ...channel,
        position: channel.position && [...channel.position],
      })),
      filters: info.filters.map((filter) => ({ ...filter })),
      type,
      stream: number,
      instance,
      origin,
      clock: { t0Ns: t0 === null ? null : String(t0) },
      model: service?.describe(info) ?? null,
      durationSeconds,
    };
  }

  function append(entry: Entry): void {
    log.append(entry);
    for (const subscription of subscriptions) subscription.pump();
  }

  function infoMessage(): ServerMessageOf<"info"> {
    return { kind: "info", ...place(), info: describe() };
  }

  function stateMessage(): State {
    return { kind: "state", ...place(), ...state, clock: clock.estimate() };
  }

  /** Runs work now, or after what an asynchronous engine is still busy with. */
  function inOrder(work: () => void | Promise<void>): void | Promise<void> {
    const done = busy ? busy.then(work) : work();
    if (!done) return;
    const mine = done.finally(() => {
      if (busy === mine) busy = null;
    });
    busy = mine;
    return mine;
  }

  function begin(stream: StreamInfo): void | Promise<void> {
    return inOrder(() => {
      if (begun) lengths.set(info.segment, next);
      if (lengths.size > keptSegments) lengths.delete(lengths.keys().next().value!);
      info = { ...stream, segment: begun ? info.segment + 1 : 0 };
      begun = true;
      next = 0;
      clock = createArrivalClock(info.sfreq);
      quality = null;
      decoding = service?.begin(info) ?? null;
      const entry = messageEntry(infoMessage());
      infos.set(info.segment, frameOf(entry, "binary"));
      for (const old of infos.keys()) if (old < info.segment - keptSegments) infos.delete(old);
      append(entry);
    });
  }

  function decide(arrivedMs: number): (decision: Decision, begunMs: number) => void {
    return (decision, begunMs) => {
      const entry = decisionEntry(place(), decision, {
        model: service!.hash,
        arrivedMs,
        begunMs,
        decidedMs: performance.now(),
      });
      append(entry);
      options.decided?.(decision, info.segment);
      metrics.decided((performance.now() - arrivedMs) / 1000, decision.abstained);
    };
  }

  function take(
    item: Samples | Gap | Marker,
    arrivedMs: number,
    timeNs: bigint | null,
  ): void | Promise<void> {
    if (item.kind === "marker") return append(markerEntry(place(), item));
    next = item.start + item.nSamples;
    if (item.kind === "gap") {
      metrics.gap(item.reason, item.nSamples);
      append(gapEntry(place(), item));
    } else {
      const arrivedNs = nowNs() - BigInt(Math.round((performance.now() - arrivedMs) * 1e6));
      const known = timeNs !== null && plausible(timeNs - arrivedNs);
      if (known) clock.arrived(item.start, timeNs);
      else clock.arrived(next, arrivedNs);
      metrics.samples(item.nSamples);
      append(samplesEntry(place(), item, known ? timeNs : clock.timeOf(item.start)!));
      if (arrivedMs - clockToldMs > clockEveryMs && isSent) tellClock(arrivedMs);
    }
    const decided = decoding?.push(item, decide(arrivedMs));
    if (item.kind === "gap") return decided;
    look(item);
    return decided;
  }

  /** Says how good the channels are while somebody wants to know. */
  function look(item: Samples): void {
    if (!isQualityWanted()) quality = null;
    else
      for (const message of (quality ??= createQuality(info))(item))
        append(messageEntry({ kind: "quality", ...place(), ...message }));
  }

  function isQualityWanted(): boolean {
    for (const subscription of subscriptions) if (subscription.wants("quality")) return true;
    return false;
  }

  function tellClock(nowMs: number): void {
    clockToldMs = nowMs;
    if (clock.estimate()) append(messageEntry(stateMessage()));
  }

  function hasRoom(): boolean {
    const now = performance.now();
    let room = true;
    for (const subscription of subscriptions) {
      if (subscription.delivery !== "lossless" || subscription.lagBytes < limits.memoryBytes / 4) continue;
      if (now - subscription.movedMs > limits.stallMs) subscription.stall();
      else room = false;
    }
    return room;
  }

  function moved(): void {
    if (waiting.length === 0 || !hasRoom()) return;
    const wake = waiting;
    waiting = [];
    for (const resolve of wake) resolve();
  }

  const subscribable: Subscribable = {
    number,
    instance,
    log,
    get name() {
      return info.name;
    },
    get segment() {
      return info.segment;
    },
    get next() {
      return next;
    },
    info: (segment) => (segment === info.segment ? textFrame(infoMessage()) : (infos.get(segment) ?? null)),
    state: () => textFrame(stateMessage()),
    lengthOf: (segment) => (segment === info.segment ? next : (lengths.get(segment) ?? null)),
    moved,
    dropped: (what, messages) => metrics.dropped(what, messages),
  };

  return {
    number,
    instance,
    get name() {
      return info.name;
    },
    get status() {
      return state.status;
    },
    get segment() {
      return info.segment;
    },
    get next() {
      return next;
    },
    get subscribers() {
      return subscriptions.size;
    },
    get longestLag() {
      return Math.max(0, ...[...subscriptions].map(({ lagBytes }) => lagBytes));
    },
    describe,
    begin,
    push: (item, arrivedMs, timeNs = null) => inOrder(() => take(item, arrivedMs, timeNs)),
    finish: () =>
      inOrder(() => {
        const last = decoding;
        decoding = null;
        return last?.end(decide(performance.now()));
      }),
    setState(status, { playback = state.playback, reason } = {}) {
      state = { status, playback, ...(reason === undefined ? {} : { reason }) };
      void inOrder(() => append(messageEntry(stateMessage())));
    },
    async room(givenUp) {
      while (!hasRoom() && !givenUp())
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 100); // also looks whether one has stalled
          waiting.push(() => {
            clearTimeout(timer);
            resolve();
          });
        });
    },
    repace: () => clock.reset(),
    subscribe(outlet, request) {
      const subscription = createSubscription(subscribable, outlet, request);
      subscriptions.add(subscription);
      if (state.status === "ready") options.wanted();
      return subscription;
    },
    leave(subscription) {
      subscription.close();
      subscriptions.delete(subscription);
      moved();
    },
  };
}
