import type { Item, Marker } from "../eeg/item.ts";
import type { Clock } from "./clock.ts";

export interface PaceOptions {
  /** Seconds of the recording a second of the clock. */
  readonly speed: number;
  readonly clock: Clock;
  /** Ends the stream, also while it waits. */
  readonly signal: AbortSignal;
}

/**
 * Hands on each item when a device would have: samples once the last of them was taken, a gap at its end, a marker
 * at its onset. When that is, is computed from the sample's index and the moment the stream was first pulled,
 * never added up, so nothing drifts. A consumer that falls behind gets what is overdue without waiting.
 */
export async function* pace(
  items: AsyncIterable<Item>,
  { speed, clock, signal }: PaceOptions,
): AsyncGenerator<Item, void, undefined> {
  const begun = clock.now();
  let millisecondsPerSample = 0;
  let before = 0; // milliseconds that earlier segments took
  let end = 0; // of what this segment has given so far, in samples
  let markers: Marker[] = [];

  async function* markersUntil(sample: number): AsyncGenerator<Item> {
    const waiting = markers;
    markers = [];
    for (const marker of waiting) {
      await until(Math.min(marker.onset, sample));
      if (signal.aborted) return;
      yield marker;
    }
  }

  async function until(sample: number): Promise<void> {
    const due = begun + before + sample * millisecondsPerSample;
    while (!signal.aborted) {
      const left = due - clock.now();
      if (!(left > 0)) return;
      await clock.sleep(left, signal);
    }
  }

  for await (const item of items) {
    if (signal.aborted) return;
    if (item.kind === "marker") {
      markers.push(item);
      continue;
    }
    if (item.kind === "info") {
      yield* markersUntil(end);
      const { num, den } = item.stream.sfreq;
      before += end * millisecondsPerSample;
      millisecondsPerSample = (1000 * den) / (num * speed);
      end = 0;
    } else {
      end = item.start + item.nSamples;
      yield* markersUntil(end);
      await until(end);
    }
    if (signal.aborted) return;
    yield item;
  }
  yield* markersUntil(end);
}
