import type { Gap, GapReason, Marker, Samples } from "../eeg/item.ts";
import type { ClientMessageInput } from "../protocol/client-message.ts";
import { cutSamples } from "../protocol/cut-samples.ts";
import { formatSamplesFrame } from "../protocol/samples-frame.ts";
import type { ServerMessageOf } from "../protocol/server-message.ts";
import type { PublishedInfo } from "../protocol/stream-schema.ts";

/**
 * A stream of one's own. What is pushed while the server is away is held, and sent again when it is back, as far as
 * it fits into 4 MiB; what does not fit becomes a gap.
 */
export interface Publication {
  /** The next sample's index. */
  readonly next: number;
  /** Resolves when the server has taken the stream; fails with its refusal. */
  readonly ready: Promise<void>;
  /**
   * Samples, channel after channel, in the units of the info.
   * @throws RangeError if they do not fit the channels, or begin before `next`
   */
  push(data: Float32Array, options?: PushOptions): void;
  /** Samples that were never there. */
  gap(nSamples: number, reason: GapReason): void;
  /** Onset and duration in samples; `onset` may be in the past. */
  marker(marker: {
    readonly onset: number;
    readonly duration?: number;
    readonly text: string;
    readonly channel?: string;
  }): void;
  /** Begins a new segment, from sample 0: the device was reset, or has other channels now. */
  restart(info?: PublishedInfo): void;
  end(): void;
}

export interface PushOptions {
  /** Index of the first sample, by the device's own counter: what was skipped becomes a gap. @default `next` */
  readonly start?: number;
  /** When the first sample was taken, on our own clock, ns since 1970. @default unknown */
  readonly timeNs?: bigint;
}

/** The connection, as far as a publication needs it. */
export interface PublishingLink {
  send(message: ClientMessageInput): boolean;
  sendFrame(bytes: Uint8Array): boolean;
  readonly bufferedBytes: number;
  /** What to add to our clock to get the server's; null if unknown. */
  offsetNs(): bigint | null;
}

/** What connect.ts tells the publication. */
export interface PublicationControl extends Publication {
  /** Whether the server has ever taken it. */
  readonly wasTaken: boolean;
  /** The handshake is over: announce the stream. */
  announce(request: number): void;
  published(answer: ServerMessageOf<"published">): void;
  refused(error: Error): void;
  interrupt(): void;
}

interface Held {
  readonly item: Samples | Gap;
  readonly timeNs: bigint | null;
}

const heldBytes = 4 * 2 ** 20;
const heldMarkers = 1000;
/** What a gap weighs among what is held. */
const gapBytes = 64;

export function createPublication(link: PublishingLink, first: PublishedInfo): PublicationControl {
  let info = first;
  let next = 0;
  let answer: ServerMessageOf<"published"> | null = null;
  let live = false;
  let ended = false;
  /** What was pushed last, whether sent or not: after a reconnect the server says from where it needs it. */
  const held: Held[] = [];
  let bytes = 0;
  /** The segment's last markers. They are all told again after a reconnect: the server takes each once. */
  let markers: Omit<Marker, "kind">[] = [];
  let settle: { resolve(): void; reject(error: Error): void };
  const ready = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
  ready.catch(() => undefined); // whoever waits for it hears of it

  const weight = ({ item }: Held): number => (item.kind === "gap" ? gapBytes : item.data.byteLength);

  function give(one: Held): void {
    held.push(one);
    bytes += weight(one);
    while (bytes > heldBytes && held.length > 1) bytes -= weight(held.shift()!);
    next = one.item.start + one.item.nSamples;
    transmit(one);
  }

  function transmit({ item, timeNs }: Held): void {
    if (!live || !answer || link.bufferedBytes > heldBytes) return; // what is not sent now becomes a gap
    const { stream, segment } = answer;
    if (item.kind === "gap") link.send({ ...item, stream, segment });
    else
      link.sendFrame(
        formatSamplesFrame({ stream, segment, timeNs, nChannels: info.channels.length, samples: item }),
      );
  }

  function tell(marker: Omit<Marker, "kind">): void {
    if (live && answer)
      link.send({ kind: "marker", ...marker, stream: answer.stream, segment: answer.segment });
  }

  /** What the server does not have of something held. */
  function rest({ item, timeNs }: Held, have: number): Held | null {
    const skip = have - item.start;
    if (skip <= 0) return { item, timeNs };
    if (skip >= item.nSamples) return null;
    if (item.kind === "gap")
      return { timeNs, item: { ...item, start: have, nSamples: item.nSamples - skip } };
    return { timeNs: null, item: cutSamples(item, skip, info.channels.length) };
  }

  return {
    ready,
    get next() {
      return next;
    },
    push(data, { start = next, timeNs } = {}) {
      const nSamples = data.length / info.channels.length;
      if (!(Number.isInteger(nSamples) && nSamples > 0))
        throw new RangeError(
          `push: expected ${info.channels.length} channels of samples, got ${data.length} numbers`,
        );
      if (!(Number.isSafeInteger(start) && start >= next))
        throw new RangeError(`push: expected to start at sample ${next} or later, got ${start}`);
      if (ended) throw new TypeError("push: the stream has ended");
      const offset = link.offsetNs();
      give({
        item: { kind: "samples", start, data: data.slice(), nSamples },
        timeNs: timeNs === undefined || offset === null ? null : timeNs + offset,
      });
    },
    gap(nSamples, reason) {
      give({ item: { kind: "gap", start: next, nSamples, reason }, timeNs: null });
    },
    marker({ onset, duration = 0, text, channel }) {
      const marker = { onset, duration, text, ...(channel === undefined ? {} : { channel }) };
      markers.push(marker);
      if (markers.length > heldMarkers) markers.shift();
      tell(marker);
    },
    restart(other = info) {
      info = other;
      next = 0;
      held.length = bytes = 0;
      markers = [];
      if (!live || !answer) return;
      live = false; // until the server says what number the segment has
      link.send({ kind: "info", stream: answer.stream, info });
    },
    end() {
      if (ended) return;
      ended = true;
      if (live && answer) link.send({ kind: "end", stream: answer.stream });
    },
    announce(request) {
      if (!ended) link.send({ kind: "publish", request, info });
    },
    published(published) {
      answer = published;
      live = true;
      settle.resolve();
      for (const one of held) {
        const missing = rest(one, published.next);
        if (missing) transmit(missing);
      }
      for (const marker of markers) tell(marker);
      if (ended) link.send({ kind: "end", stream: published.stream });
    },
    get wasTaken() {
      return answer !== null;
    },
    refused(error) {
      settle.reject(error);
    },
    interrupt() {
      live = false;
    },
  };
}
