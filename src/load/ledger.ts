import type { ServerMessage } from "../protocol/server-message.ts";

/** What came of one decision at one subscriber, in columns: milliseconds. */
export interface Arrivals {
  readonly length: number;
  /** When it came, since the load began. */
  readonly at: Float32Array;
  /** From the handing of its window's last sample to the system to the label's arrival. */
  readonly latency: Float32Array;
  /** As the server tells: waiting for its turn, samples to tokens, tokens to probabilities, all decoding, writing. */
  readonly queue: Float32Array;
  readonly tokens: Float32Array;
  readonly encoder: Float32Array;
  readonly decode: Float32Array;
  readonly write: Float32Array;
}

type Columns = Record<Exclude<keyof Arrivals, "length">, Float32Array>;

/** All arrivals so far. */
export interface ArrivalLog extends Arrivals {
  push(arrival: { readonly [Key in keyof Columns]: number }): void;
}

const names = ["at", "latency", "queue", "tokens", "encoder", "decode", "write"] as const;

export function createArrivalLog(): ArrivalLog {
  let room = 4096;
  let length = 0;
  const columns = Object.fromEntries(names.map((name) => [name, new Float32Array(room)])) as Columns;

  function grow(): void {
    room *= 2;
    for (const name of names) {
      const larger = new Float32Array(room);
      larger.set(columns[name]);
      columns[name] = larger;
    }
  }

  const view = (name: keyof Columns): Float32Array => columns[name].subarray(0, length);
  return {
    get length() {
      return length;
    },
    get at() {
      return view("at");
    },
    get latency() {
      return view("latency");
    },
    get queue() {
      return view("queue");
    },
    get tokens() {
      return view("tokens");
    },
    get encoder() {
      return view("encoder");
    },
    get decode() {
      return view("decode");
    },
    get write() {
      return view("write");
    },
    push(arrival) {
      if (length === room) grow();
      for (const name of names) columns[name][length] = arrival[name];
      length++;
    },
  };
}

/** When each of a stream's last frames was sent. */
export interface Sent {
  /** The frame ends with sample `end` (the next one's first). */
  push(end: number, atMs: number): void;
  /** When the frame that holds the last of a prefix's samples was sent; null if nobody knows any more. */
  completed(prefix: number): number | null;
}

const keptFrames = 2048;

export function createSent(): Sent {
  const ends = new Float64Array(keptFrames);
  const times = new Float64Array(keptFrames);
  let count = 0;
  return {
    push(end, atMs) {
      ends[count % keptFrames] = end;
      times[count % keptFrames] = atMs;
      count++;
    },
    completed(prefix) {
      const oldest = Math.max(0, count - keptFrames);
      let frame = count - 1;
      if (frame < 0 || ends[frame % keptFrames]! < prefix) return null;
      while (frame > oldest && ends[(frame - 1) % keptFrames]! >= prefix) frame--;
      return frame === oldest && oldest > 0 ? null : times[frame % keptFrames]!;
    },
  };
}

/** Whether every decision of a stream came to one subscriber. */
export interface Attendance {
  /** Decisions that are missing between those that came. */
  readonly missing: number;
  /** Messages that the server said it left out. */
  readonly dropped: number;
  message(message: ServerMessage): void;
  /** What should have come by the stream's end, and has not. */
  outstanding(nSamples: number): number;
}

/** @param hop samples from one decision to the next; may be fractional */
export function createAttendance(hop: number): Attendance {
  let missing = 0;
  let dropped = 0;
  let last: number | null = null;
  return {
    get missing() {
      return missing;
    },
    get dropped() {
      return dropped;
    },
    message(message) {
      if (message.kind === "dropped" && message.what !== "samples") dropped += message.messages ?? 1;
      if (message.kind !== "decision") return;
      const { sample } = message.decision;
      if (last !== null) missing += Math.max(0, Math.round((sample - last) / hop) - 1);
      last = sample;
    },
    outstanding: (nSamples) =>
      last === null ? Math.floor(nSamples / hop) : Math.max(0, Math.floor((nSamples - last) / hop + 1e-6)),
  };
}
