import type { ClientMessageOf, Delivery, What } from "../protocol/client-message.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import { createDrops } from "./drops.ts";
import { restOfSamples, whatOf, type EntryHead } from "./entry.ts";
import { textFrame, type Frame } from "./frame.ts";
import type { Outlet } from "./outlet.ts";
import type { StreamLog } from "./stream-log.ts";

type Request = ClientMessageOf<"subscribe">;

/** What a subscription needs of its stream. */
export interface Subscribable {
  readonly number: number;
  readonly name: string;
  readonly instance: string;
  readonly segment: number;
  /** The present segment's length so far, in samples. */
  readonly next: number;
  readonly log: StreamLog;
  /** The info of a segment that it still knows, and the state at this moment. */
  info(segment: number): Frame | null;
  state(): Frame;
  /** Samples of a past segment; null if it is not known, or the present one. */
  lengthOf(segment: number): number | null;
  /** A subscriber that the stream may be waiting for has moved on. */
  moved(): void;
  /** A subscriber was told that it did not get these. */
  dropped(what: string, messages: number): void;
}

/** One reader's place in a stream, and what is done when it is slow. */
export interface Subscription {
  readonly delivery: Delivery;
  wants(what: What): boolean;
  /** Bytes that it has yet to get. */
  readonly lagBytes: number;
  /** When it last got something, or had nothing to get, by `performance.now()`. */
  readonly movedMs: number;
  /** Sends what there is to send, as far as the socket and the credit go. */
  pump(): void;
  grant(messages: number): void;
  /** Asks for something else, from the present place or from another. */
  change(request: Request): void;
  /** It does not move though it is waited for. */
  stall(): void;
  close(): void;
}

const everything = (): boolean => true;

/** Frames that a reader with `decimate` gets of what it missed. */
const decimatedFrames = 16;

export function createSubscription(stream: Subscribable, outlet: Outlet, first: Request): Subscription {
  const { log } = stream;
  const drops = createDrops();
  let request = first;
  let wants = new Set<string>(first.what);
  let cursor = log.end;
  let credit = first.credit ?? Infinity;
  /** The first sample that was neither sent nor left out. */
  let place = { segment: stream.segment, sample: stream.next };
  /** Where `from` said to go on: what is cut there, and which decisions are known. */
  let resumed: { segment: number; sample: number } | null = null;
  let blocked = false;
  let closed = false;
  let movedMs = performance.now();

  function answer(isResumed: boolean): void {
    const { number, instance } = stream;
    const answered = request.request === undefined ? {} : { request: request.request };
    const message = {
      kind: "subscribed",
      stream: number,
      instance,
      resumed: isResumed,
      ...answered,
    } as const;
    outlet.send(textFrame(message));
  }

  function begin(): void {
    const { from } = request;
    const resumes =
      from !== undefined &&
      (from.instance ?? stream.instance) === stream.instance &&
      from.segment <= stream.segment;
    answer(resumes);
    if (resumes) resume(from);
    else {
      cursor = log.end;
      place = { segment: stream.segment, sample: stream.next };
      resumed = null;
    }
    const info = stream.info(place.segment);
    if (info) send(info);
    if (!stateFollows()) send(stream.state());
    pump();
  }

  /** Whether a change of state is among what is yet to be sent: then the present one would come too early. */
  function stateFollows(): boolean {
    for (let i = cursor; i < log.end; i++) if (log.at(i).kind === "state") return true;
    return false;
  }

  function resume({ segment, sample }: { segment: number; sample: number }): void {
    resumed = { segment, sample };
    place = { segment, sample };
    cursor = log.find(segment, sample);
    catchUp();
  }

  /** Accounts for what lies between the place and the oldest entry that is remembered. */
  function catchUp(): void {
    const oldest = log.oldest();
    if (!oldest) return;
    for (; place.segment < oldest.segment; place = { segment: place.segment + 1, sample: 0 })
      drops.expire(place.segment, place.sample, stream.lengthOf(place.segment) ?? place.sample);
    if (place.segment === oldest.segment && oldest.start > place.sample) {
      drops.expire(place.segment, place.sample, oldest.start);
      place = { segment: place.segment, sample: oldest.start };
    }
  }

  /** The reader is behind what the stream remembers. */
  function overrun(): void {
    if (request.delivery === "lossless")
      return fail(`reads too slowly: ${stream.name} remembers no more than it has already passed over`);
    cursor = log.first;
    const segment = place.segment;
    catchUp();
    tell();
    const info = stream.info(place.segment);
    if (place.segment !== segment && info) send(info);
  }

  function fail(why: string): void {
    closed = true;
    outlet.fail(new ProtocolError("PROTOCOL_SLOW", why));
  }

  function wanted(entry: EntryHead): boolean {
    const what = whatOf[entry.kind];
    if (what !== null && !wants.has(what)) return false;
    return !(
      entry.kind === "decision" &&
      resumed?.segment === entry.segment &&
      entry.start <= resumed.sample
    );
  }

  function send(frame: Frame): void {
    outlet.send(frame);
    credit--;
    movedMs = performance.now();
  }

  function tell(): void {
    if (!drops.any) return;
    for (const message of drops.take(stream.number)) {
      stream.dropped(message.what, message.messages ?? 1);
      send(textFrame(message));
    }
  }

  function pass({ kind, segment, start, nSamples }: EntryHead): void {
    if (kind === "info") place = { segment, sample: 0 };
    if (kind === "samples" || kind === "gap") place = { segment, sample: start + nSamples };
  }

  function transmit(number: number, entry: EntryHead): void {
    tell();
    const { segment, sample } = place;
    const cut =
      entry.kind === "samples" && entry.segment === segment && entry.start < sample && resumed !== null;
    pass(entry);
    const { encoding } = request;
    send(cut ? restOfSamples(log.entry(number), sample, encoding) : log.frame(number, encoding));
  }

  /**
   * Which of the entries that wait are sent, after the reader was slow: of the samples and decisions the newest, or
   * every k-th.
   */
  function chosen(): (entry: EntryHead) => boolean {
    if (request.delivery === "lossless") return everything;
    const counts = { samples: 0, decision: 0, quality: 0 };
    const thinned = (kind: EntryHead["kind"]): kind is keyof typeof counts => kind in counts;
    for (let i = cursor; i < log.end; i++) {
      const { kind } = log.at(i);
      if (thinned(kind) && wanted(log.at(i))) counts[kind]++;
    }
    const left = { ...counts };
    return ({ kind }) => {
      if (!thinned(kind)) return true;
      const fromEnd = --left[kind];
      if (request.delivery === "latest") return fromEnd === 0;
      return fromEnd % Math.ceil(counts[kind] / decimatedFrames) === 0;
    };
  }

  function pump(): void {
    if (closed) return;
    if (blocked && (credit <= 0 || outlet.full)) {
      if (outlet.full) outlet.whenDrained(pump);
      if (cursor < log.first && request.delivery === "lossless") overrun();
      return;
    }
    if (cursor < log.first) overrun();
    if (closed) return;
    const keep = blocked ? chosen() : everything;
    blocked = false;
    while (cursor < log.end) {
      if (credit <= 0 || outlet.full) {
        blocked = true;
        if (outlet.full) outlet.whenDrained(pump);
        break;
      }
      const number = cursor++;
      const entry = log.at(number);
      if (!wanted(entry)) {
        pass(entry);
      } else if (keep(entry)) transmit(number, entry);
      else {
        drops.leaveOut(entry);
        pass(entry);
      }
    }
    if (!blocked) movedMs = performance.now();
    stream.moved();
  }

  begin();
  return {
    get delivery() {
      return request.delivery;
    },
    wants: (what) => wants.has(what),
    get lagBytes() {
      return log.bytesFrom(cursor);
    },
    get movedMs() {
      return movedMs;
    },
    pump,
    grant(messages) {
      credit += messages;
      pump();
    },
    change(next) {
      request = next;
      wants = new Set(next.what);
      credit = next.credit ?? Infinity;
      if (next.from !== undefined) return begin();
      answer(true);
      pump();
    },
    stall() {
      fail(`did not read for too long while ${stream.name} waited for it`);
    },
    close() {
      closed = true;
    },
  };
}
