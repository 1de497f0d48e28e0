import type { Entry } from "./entry.ts";

/**
 * The last messages of a stream, in order. Subscriptions are places in it: however many there are and however
 * slowly they read, nothing is kept twice. What is older than the limits is forgotten.
 */
export interface StreamLog {
  /** Number of the oldest entry that is remembered, and of the next one to come. */
  readonly first: number;
  readonly end: number;
  append(entry: Entry): void;
  at(number: number): Entry;
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

export function createStreamLog({ memoryBytes, memoryMs }: LogLimits): StreamLog {
  let entries: Entry[] = [];
  /** Bytes of everything before each entry, since the log began. */
  let before: number[] = [];
  let skipped = 0; // entries of the array that are forgotten already
  let first = 0;
  let total = 0;

  function forget(now: number): void {
    while (skipped < entries.length - 1) {
      const tooMuch = total - before[skipped]! > memoryBytes;
      if (!tooMuch && now - entries[skipped]!.atMs <= memoryMs) break;
      skipped++;
      first++;
    }
    if (skipped < 1024 || skipped * 2 < entries.length) return;
    entries = entries.slice(skipped);
    before = before.slice(skipped);
    skipped = 0;
  }

  function at(number: number): Entry {
    const entry = entries[number - first + skipped];
    if (!entry || number < first) throw new RangeError(`log: entry ${number} is not remembered`);
    return entry;
  }

  const end = (): number => first + entries.length - skipped;

  return {
    get first() {
      return first;
    },
    get end() {
      return end();
    },
    at,
    append(entry) {
      entries.push(entry);
      before.push(total);
      total += entry.bytes;
      forget(entry.atMs);
    },
    bytesFrom(number) {
      return number >= end() ? 0 : total - before[Math.max(number, first) - first + skipped]!;
    },
    find(segment, sample) {
      let after = first;
      for (let number = first; number < end(); number++) {
        const entry = at(number);
        if (entry.segment > segment) break;
        const tiles = entry.kind === "samples" || entry.kind === "gap";
        const behind = tiles && entry.segment === segment && entry.start + entry.nSamples > sample;
        if (behind) break;
        if (tiles || entry.kind === "info" || entry.segment < segment) after = number + 1;
      }
      return after;
    },
    oldest() {
      for (let number = first; number < end(); number++) {
        const { kind, segment, start } = at(number);
        if (kind === "samples" || kind === "gap") return { segment, start };
      }
      return null;
    },
  };
}
