import {
  BehaviorSubject,
  catchError,
  EMPTY,
  filter,
  map,
  merge,
  share,
  takeUntil,
  tap,
  type Observable,
  Subject,
} from "rxjs";
import { connect, type Live, type LiveState, type LiveStats } from "../client/index.ts";
import type { Gap, Info, Item, Samples } from "../eeg/item.ts";
import { streamInfo } from "../client/live.ts";
import { closeCodes } from "../protocol/protocol-error.ts";
import type { Feed, FeedState, FeedStats, FeedStream } from "./feed.ts";

export interface LiveFeedOptions {
  /** Name of the stream. */
  readonly stream: string;
  readonly token: string | undefined;
  /** What is recorded waits for a page that is slow; what happens now does not: the page is told what it did not get. */
  readonly waits: boolean;
}

/** Messages that the server may be ahead of the page: seconds of them, so that a busy moment loses nothing. */
const credit = 2048;

/**
 * A stream of a server. It comes back by itself after the connection was lost, and goes on where it was.
 * @param url of the WebSocket
 */
export function openLive(url: string, { stream, token, waits }: LiveFeedOptions): Feed {
  const live = connect(url, {
    stream,
    delivery: waits ? "lossless" : "latest",
    credit,
    afterEnd: "wait",
    longestRetryMs: 3000,
    ...(token === undefined ? {} : { token }),
  });
  const closed = new Subject<void>();
  const refusal = new BehaviorSubject<string | null>(null);
  const stats = new BehaviorSubject<LiveStats | null>(null);

  /** Nothing fails: the reason stands in the state. */
  const calm = <T>(source: Observable<T>): Observable<T> =>
    source.pipe(
      catchError((error: Error) => {
        refusal.next(error.message);
        return EMPTY;
      }),
      takeUntil(closed),
    );

  const items$ = calm(live.samples$).pipe(
    filter((item: Item): item is Info | Samples | Gap => item.kind !== "marker"),
    share(),
  );
  // a new segment says anew what the stream is
  const begun$ = items$.pipe(
    filter(({ kind }) => kind === "info"),
    map(() => null),
  );
  const state = new BehaviorSubject<FeedState>(stateOf(live, null));
  const states = merge(live.state$.pipe(tap((seen) => (latest = seen))), begun$, refusal).pipe(
    takeUntil(closed),
  );
  let latest: LiveState | null = null;
  const following = states.subscribe(() => state.next(stateOf(live, latest, refusal.value)));
  const counting = live.stats$.pipe(takeUntil(closed)).subscribe(stats);

  return {
    kind: "live",
    items$,
    markers$: calm(live.markers$),
    decisions$: calm(live.decisions$).pipe(
      map((decision) => ({
        ...decision,
        latencyMs: decision.ageMs + (stats.value?.clock?.roundTripMs ?? 0) / 2,
      })),
    ),
    quality$: calm(live.quality$),
    losses$: calm(live.drops$),
    stats$: stats.pipe(
      filter((seen) => seen !== null),
      map(statsOf),
    ),
    state$: state.asObservable(),
    controls: {
      play: () => live.control({ do: "play" }),
      pause: () => live.control({ do: "pause" }),
      seek: (seconds) => live.control({ do: "seek", seconds }),
      speed: (speed) => live.control({ do: "speed", speed }),
      loop: (loop) => live.control({ do: "loop", loop }),
    },
    close() {
      closed.next();
      following.unsubscribe();
      counting.unsubscribe();
      live.close();
      for (const subject of [state, stats, refusal, closed]) subject.complete();
    },
  };
}

function statsOf({ clock, ...counts }: LiveStats): FeedStats {
  const { samples, decisions, droppedSamples, droppedDecisions, reconnects } = counts;
  const roundTripMs = clock?.roundTripMs ?? null;
  return { samples, decisions, droppedSamples, droppedDecisions, reconnects, roundTripMs };
}

function streamOf({ info }: Live): FeedStream | null {
  if (!info) return null;
  const { model, origin } = info;
  return { info: streamInfo(info), origin, model };
}

function stateOf(live: Live, state: LiveState | null, refusal: string | null = null): FeedState {
  const connection = state?.connection ?? { status: "connecting", attempt: 0 };
  const stream = state?.stream ?? null;
  const base = {
    needsToken: false,
    stream: streamOf(live),
    playback: stream?.playback ?? null,
    controls: connection.status === "open" && !!stream?.playback && connection.roles.includes("control"),
    // a recording or the simulator runs by the server's own clock: nothing to tell
    clock: live.info?.origin === "pushed" || live.info?.origin === "lsl" ? (stream?.clock ?? null) : null,
  };
  switch (connection.status) {
    case "waiting":
      return { ...base, status: "lost", message: `${why(connection)}; trying again` };
    case "closed": {
      const needsToken =
        connection.code === closeCodes.PROTOCOL_TOKEN || connection.code === closeCodes.PROTOCOL_ROLE;
      return { ...base, status: "failed", needsToken, message: connection.reason || refusal };
    }
    case "connecting":
      return connection.attempt === 0
        ? { ...base, status: "connecting", message: null }
        : { ...base, status: "lost", message: "trying to connect again" };
    default:
      return refusal !== null
        ? { ...base, status: "failed", message: refusal }
        : { ...base, status: stream?.status ?? "connecting", message: stream?.reason ?? null };
  }
}

function why({ code, reason }: { readonly code: number; readonly reason: string }): string {
  return reason || (code === 1006 ? "the server does not answer" : `closed with ${code}`);
}
