import type { Encoding } from "../protocol/client-message.ts";
import { createByteRooms } from "./byte-rooms.ts";
import { createEntryTable } from "./entry-table.ts";
import { frameOf, type Entry, type EntryHead } from "./entry.ts";
import type { Frame } from "./frame.ts";

/**
 * The last messages of a stream, in order. Subscriptions are places in it: however many there are and however
 * slowly they read, nothing is kept twice. What is older than the limits is forgotten.
 */
export interface StreamLog {
  /** Number of the oldest entry that is remembered, and of the next one to come. */
  readonly first: number;
  readonly end: number;
  /** Takes an entry over; the numbers of its samples stay their sender's. */
  append(entry: Entry): void;
  at(number: number): EntryHead;
  /** With its content, which is valid until the next one is appended. */
  entry(number: number): Entry;
  /** As it is sent. That of the newest entry is written once, for everyone who is not behind. */
  frame(number: number, encoding: Encoding): Frame;
  /** Bytes of the entries from `number` on. */
  bytesFrom(number: number): number;
  /** The entry after the last of those that tile the grid before `sample` of `segment`. */
  find(segment: number, sample: number): number;
  /** The oldest samples or gap remembered, or null. */
  oldest(): { readonly segment: number; readonly start: number } | null;
}

export interface LogLimits {
  readonly memoryBytes: number;
  readonly memoryMs: number;
}

const kinds = ["info", "samples", "gap", "marker", "decision", "quality", "state"] as const;

/** Frames of older samples that are kept for the next reader who is as far behind. */
const mostFrames = 64;

export function createStreamLog({ memoryBytes, memoryMs }: LogLimits): StreamLog {
  const table = createEntryTable();
  const rooms = createByteRooms();
  let total = 0;
  let newest: EntryHead | null = null;
  /** The newest entry as it is sent, as far as it was. */
  const written: Record<Encoding, Frame | null> = { binary: null, json: null };
  const older = new Map<string, Frame>();

  const before = (number: number): number => (number < table.end ? table.get(number, "before") : total);

  function forget(now: number): void {
    while (table.first < table.end - 1) {
      const oldest = table.first;
      const tooMuch = total - before(oldest) > memoryBytes;
      if (!tooMuch && now - table.get(oldest, "atMs") <= memoryMs) break;
      rooms.forget(table.get(oldest, "room"));
      table.shift();
    }
  }

  function at(number: number): EntryHead {
    if (newest && number === table.end - 1) return newest;
    if (number < table.first || number >= table.end)
      throw new RangeError(`log: entry ${number} is not remembered`);
    return {
      kind: kinds[table.get(number, "kind")]!,
      segment: table.get(number, "segment"),
      start: table.get(number, "start"),
      nSamples: table.get(number, "nSamples"),
      atMs: table.get(number, "atMs"),
    };
  }

  function entry(number: number): Entry {
    const { kind, segment, start, nSamples, atMs } = at(number);
    const place = { room: table.get(number, "room"), offset: table.get(number, "offset") };
    const view = rooms.view(place, table.get(number, "length"));
    // a frame may be on its way to a socket when its room is filled again
    const content =
      kind === "samples"
        ? {
            stream: table.get(number, "stream"),
            timeNs: table.timeNs(number),
            nChannels: table.get(number, "nChannels"),
            data: new Float32Array(view.buffer, view.byteOffset, view.length / 4),
          }
        : Buffer.from(view);
    return { kind, segment, start, nSamples, atMs, bytes: before(number + 1) - before(number), content };
  }

  /** What one slow reader gets, others that are as slow get as well. */
  function olderFrame(number: number, encoding: Encoding): Frame {
    const key = `${encoding} ${number}`;
    const frame = older.get(key) ?? frameOf(entry(number), encoding);
    older.set(key, frame);
    if (older.size > mostFrames) older.delete(older.keys().next().value!);
    return frame;
  }

  // numbers, and no accessors, which every log would have for itself: whatever looks at many logs would be slow
  const log = {
    first: 0,
    end: 0,
    append(next: Entry) {
      const { content } = next;
      const isText = content instanceof Uint8Array;
      const bytes = isText ? content : bytesOf(content.data);
      const { room, offset } = rooms.keep(bytes);
      table.push({
        kind: kinds.indexOf(next.kind),
        segment: next.segment,
        start: next.start,
        nSamples: next.nSamples,
        atMs: next.atMs,
        before: total,
        room,
        offset,
        length: bytes.length,
        stream: isText ? 0 : content.stream,
        nChannels: isText ? 0 : content.nChannels,
        timeNs: isText ? 0n : content.timeNs,
      });
      total += next.bytes;
      newest = next;
      written.binary = written.json = isText ? content : null;
      forget(next.atMs);
      log.first = table.first;
      log.end = table.end;
    },
    at,
    entry,
    frame(number: number, encoding: Encoding) {
      if (number !== table.end - 1) return olderFrame(number, encoding);
      return (written[encoding] ??= frameOf(entry(number), encoding));
    },
    bytesFrom: (number: number) => total - before(Math.max(number, table.first)),
    find(segment: number, sample: number) {
      let after = table.first;
      for (let number = table.first; number < table.end; number++) {
        const each = at(number);
        if (each.segment > segment) break;
        const tiles = each.kind === "samples" || each.kind === "gap";
        const behind = tiles && each.segment === segment && each.start + each.nSamples > sample;
        if (behind) break;
        if (tiles || each.kind === "info" || each.segment < segment) after = number + 1;
      }
      return after;
    },
    oldest() {
      for (let number = table.first; number < table.end; number++) {
        const { kind, segment, start } = at(number);
        if (kind === "samples" || kind === "gap") return { segment, start };
      }
      return null;
    },
  };
  return log;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
