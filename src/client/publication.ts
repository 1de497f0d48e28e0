import type { GapReason } from "../eeg/item.ts";
import type { ClientMessageInput } from "../protocol/client-message.ts";
import { cutSamples } from "../protocol/cut-samples.ts";
import { formatSamplesFrame } from "../protocol/samples-frame.ts";
import type { ServerMessageOf } from "../protocol/server-message.ts";
import type { PublishedInfo } from "../protocol/stream-schema.ts";
import type { Samples } from "../eeg/item.ts";

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
  /** The handshake is over: announce the stream. */
  announce(request: number): void;
  published(answer: ServerMessageOf<"published">): void;
  refused(error: Error): void;
  interrupt(): void;
}

interface Held {
  readonly segment: number;
  readonly samples: Samples;
  readonly timeNs: bigint | null;
}

const heldBytes = 4 * 2 ** 20;

/** A gap or a marker, before it is known which stream and segment the server makes of it. */
type Note =
  | { readonly kind: "gap"; readonly start: number; readonly nSamples: number; readonly reason: GapReason }
  | { readonly kind: "marker"; readonly onset: number; readonly duration: number; readonly text: string };

const heldNotes = 1000;

export function createPublication(link: PublishingLink, first: PublishedInfo): PublicationControl {
  let info = first;
  let next = 0;
  /** Our own count of segments since the announcement; the server's may differ. */
  let segment = 0;
  let answer: ServerMessageOf<"published"> | null = null;
  let live = false;
  let ended = false;
  const held: Held[] = [];
  /** Markers that could not be told yet. */
  let notes: Note[] = [];
  let bytes = 0;
  let settle: { resolve(): void; reject(error: Error): void };
  const ready = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
  ready.catch(() => undefined); // whoever waits for it hears of it

  function keep(item: Held): void {
    held.push(item);
    bytes += item.samples.data.byteLength;
    while (bytes > heldBytes && held.length > 1) bytes -= held.shift()!.samples.data.byteLength;
  }

  function transmit({ samples, timeNs }: Held): void {
    if (!live || !answer || link.bufferedBytes > heldBytes) return; // what is not sent now becomes a gap
    const { stream, segment: number } = answer;
    link.sendFrame(
      formatSamplesFrame({ stream, segment: number, timeNs, nChannels: info.channels.length, samples }),
    );
  }

  function tell(note: Note): void {
    if (live && answer) link.send({ ...note, stream: answer.stream, segment: answer.segment });
    else if (note.kind === "marker" && notes.length < heldNotes) notes.push(note);
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
      next = start + nSamples;
      const offset = link.offsetNs();
      const item: Held = {
        segment,
        samples: { kind: "samples", start, data: data.slice(), nSamples },
        timeNs: timeNs === undefined || offset === null ? null : timeNs + offset,
      };
      keep(item);
      transmit(item);
    },
    gap(nSamples, reason) {
      tell({ kind: "gap", start: next, nSamples, reason });
      next += nSamples;
    },
    marker({ onset, duration = 0, text, channel }) {
      tell({ kind: "marker", onset, duration, text, ...(channel === undefined ? {} : { channel }) });
    },
    restart(other = info) {
      info = other;
      next = 0;
      segment++;
      held.length = bytes = 0;
      notes = [];
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
      for (const item of held) {
        const skip = published.next - item.samples.start;
        if (skip >= item.samples.nSamples || item.segment !== segment) continue;
        transmit(
          skip <= 0
            ? item
            : { ...item, timeNs: null, samples: cutSamples(item.samples, skip, info.channels.length) },
        );
      }
      for (const note of notes) tell(note);
      notes = [];
      if (ended) link.send({ kind: "end", stream: published.stream });
    },
    refused(error) {
      settle.reject(error);
    },
    interrupt() {
      live = false;
    },
  };
}
