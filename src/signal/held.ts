import type { Samples } from "../eeg/item.ts";

/** The latest samples of a stream, kept until they are used: channel after channel, `stride` numbers each. */
export interface Held {
  readonly data: Float32Array;
  readonly stride: number;
  /** The most samples that `append` may be given at once. */
  readonly room: number;
  /** Index on the stream's grid of the first sample kept, and of the one after the last. */
  readonly from: number;
  readonly to: number;
  /** Place of sample `from` within each channel's numbers. */
  readonly offset: number;
  /** Takes over samples `begin` to `end` of the item, counted from its start. */
  append(item: Samples, begin: number, end: number): void;
  /** Lets go of what lies before grid index `index`. */
  forget(index: number): void;
  /** Lets go of everything; the next sample to come is at grid index `index`. */
  clear(index: number): void;
}

/** @param needed samples that may have to be kept at once, before new ones come */
export function createHeld(nChannels: number, needed: number): Held {
  const room = Math.max(256, needed);
  const stride = needed + 2 * room; // twice, so that moving to the front is rare
  const data = new Float32Array(nChannels * stride);
  const held = { data, stride, room, from: 0, to: 0, offset: 0, append, forget, clear };

  function append(item: Samples, begin: number, end: number): void {
    const kept = held.to - held.from;
    if (held.offset + kept + end - begin > stride) {
      for (let c = 0; c < nChannels; c++)
        data.copyWithin(c * stride, c * stride + held.offset, c * stride + held.offset + kept);
      held.offset = 0;
    }
    for (let c = 0; c < nChannels; c++) {
      const source = c * item.nSamples;
      const target = c * stride + held.offset + kept - begin;
      for (let i = begin; i < end; i++) data[target + i] = item.data[source + i]!;
    }
    held.to += end - begin;
  }

  function forget(index: number): void {
    const n = Math.min(index, held.to) - held.from;
    if (n <= 0) return;
    held.from += n;
    held.offset += n;
  }

  function clear(index: number): void {
    held.from = held.to = index;
    held.offset = 0;
  }

  return held;
}
