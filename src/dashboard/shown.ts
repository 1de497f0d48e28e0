import type { Subscription } from "rxjs";
import type { Gap, Info, Samples } from "../eeg/item.ts";
import { createDecisionLog, type DecisionLog } from "./decision-log.ts";
import { createEventLog, type EventLog } from "./event-log.ts";
import type { Feed, FeedDecision, FeedMarker, FeedQuality, FeedState, FeedStats } from "./feed.ts";
import { createLatencyLog, type LatencyLog } from "./latency-log.ts";
import { createTrack, type Track } from "./track.ts";
import { lossSentence, statusWords } from "./words.ts";

/** A marker at its place on the page's grid. */
export interface PlacedMarker {
  readonly at: number;
  /** In samples. */
  readonly duration: number;
  readonly text: string;
  readonly channel: string | null;
}

/** What the page knows of a stream's present form: another set of channels or another rate makes another. */
export interface Shown {
  readonly track: Track;
  readonly decisions: DecisionLog;
  /** Oldest first. */
  readonly markers: readonly PlacedMarker[];
  /** The latest look at each channel; null before the first. */
  readonly quality: FeedQuality["channels"] | null;
  /** Channels that are not good. */
  readonly bad: ReadonlySet<number>;
  /** Called with what was stored, where; by who keeps something beside the track. One at a time. */
  follow(listener: ((at: number, item: Samples | Gap) => void) | null): void;
}

/** A feed with all that the page remembers of it. Nothing in it grows without bound. */
export interface Watch {
  readonly feed: Feed;
  readonly state: FeedState;
  readonly stats: FeedStats | null;
  readonly shown: Shown | null;
  readonly latencies: LatencyLog;
  readonly events: EventLog;
  /** Seconds of the recording up to which samples have come; null before any. */
  readonly position: number | null;
  close(): void;
}

const keptSeconds = 40;
/** Numbers: 32 MB. */
const keptNumbers = 8e6;
const keptDecisions = 6000;
const keptMarkers = 500;
const keptLatencies = 3000;

/** Follows a feed. @param changed called when its state has changed, or its stream has another form */
export function watch(feed: Feed, changed: (watched: Watch) => void): Watch {
  const events = createEventLog(200);
  const latencies = createLatencyLog(keptLatencies);
  let shown: (Shown & Keeping) | null = null;
  let stats: FeedStats | null = null;
  let state: FeedState | null = null;
  const subscriptions: Subscription[] = [];

  function took(item: Info | Samples | Gap): void {
    if (item.kind === "info") {
      if (shown?.track.segment(item)) return;
      shown = keep(item);
      changed(watched);
    } else if (shown) {
      const before = shown.track.end;
      shown.track.push(item);
      if (item.kind === "gap" && shown.track.end > before)
        events.push(
          "gap",
          `Gap of ${(item.nSamples / shown.track.rate).toFixed(2)} s (${item.reason}) at ${shown.track.secondsAt(before).toFixed(1)} s`,
        );
    }
  }

  function follow(next: FeedState): void {
    const before = state;
    state = next;
    // the same message may come again with something else changed; a new one says where the recording is now
    if (next.playback && next.playback !== before?.playback)
      shown?.track.anchor(next.playback.positionSeconds);
    if (before && before.status !== next.status && next.status !== "connecting")
      events.push(
        next.status === "lost" || next.status === "failed" || next.status === "interrupted"
          ? "loss"
          : "state",
        next.message ? `${statusWords[next.status]}: ${next.message}` : statusWords[next.status],
      );
    changed(watched);
  }

  const watched: Watch = {
    feed,
    events,
    latencies,
    get state() {
      return state!;
    },
    get stats() {
      return stats;
    },
    get shown() {
      return shown;
    },
    get position() {
      return shown && shown.track.end > shown.track.begin ? shown.track.secondsAt(shown.track.end) : null;
    },
    close() {
      for (const subscription of subscriptions) subscription.unsubscribe();
      feed.close();
    },
  };
  subscriptions.push(
    feed.state$.subscribe(follow),
    feed.losses$.subscribe((loss) => events.push("loss", lossSentence(loss, shown?.track.rate ?? 1))),
    feed.stats$.subscribe((seen) => (stats = seen)),
    feed.quality$.subscribe((seen) => shown?.look(seen)),
    feed.markers$.subscribe((marker) => {
      if (shown?.mark(marker)) events.push("marker", marker.text);
    }),
    feed.decisions$.subscribe((decision) => {
      shown?.decide(decision);
      if (decision.latencyMs !== null) latencies.push(decision.latencyMs);
    }),
    feed.items$.subscribe(took),
  );
  return watched;
}

interface Keeping {
  mark(marker: FeedMarker): boolean;
  decide(decision: FeedDecision): void;
  look(quality: FeedQuality): void;
}

function keep({ stream }: Info): Shown & Keeping {
  let listener: ((at: number, item: Samples | Gap) => void) | null = null;
  const track = createTrack(stream, {
    seconds: keptSeconds,
    limit: keptNumbers,
    stored: (at, item) => listener?.(at, item),
  });
  const decisions = createDecisionLog(keptDecisions);
  let markers: PlacedMarker[] = [];
  let quality: FeedQuality["channels"] | null = null;
  let bad: ReadonlySet<number> = new Set();
  return {
    track,
    decisions,
    get markers() {
      return markers;
    },
    get quality() {
      return quality;
    },
    get bad() {
      return bad;
    },
    follow(next) {
      listener = next;
    },
    mark({ segment, onset, duration, text, channel }) {
      const at = track.indexOf(segment, onset);
      if (at === null) return false;
      markers.push({ at, duration, text, channel: channel ?? null });
      markers.sort((a, b) => a.at - b.at);
      if (markers.length > keptMarkers) markers = markers.slice(-keptMarkers);
      return true;
    },
    decide(decision) {
      const at = track.indexOf(decision.segment, decision.sample);
      if (at !== null) decisions.push({ at, decision });
    },
    look({ channels }) {
      if (channels.length !== stream.channels.length) return;
      quality = channels;
      bad = new Set(channels.flatMap(({ state }, c) => (state === "good" ? [] : [c])));
    },
  };
}
