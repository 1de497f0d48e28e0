import type { Item, Marker, Samples } from "../eeg/item.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";

/** A stretch of an item that waits for the rest of its chunk. */
interface Piece {
  readonly item: Samples;
  readonly from: number;
  readonly nSamples: number;
}

/**
 * Cuts a stream's samples anew, `chunkSamples(stream)` at a time; what is left before a gap, a new segment and the
 * end comes as a shorter item. Each marker comes just before the item that holds its onset; one that lies before
 * what was already emitted comes at once, one after the stream's end comes last. What comes out does not depend on
 * how the samples were cut before.
 */
export async function* recut(
  items: AsyncIterable<Item>,
  chunkSamples: (stream: StreamInfo) => number,
): AsyncGenerator<Item, void, undefined> {
  let channels = 0;
  let size = 0;
  let pieces: Piece[] = [];
  let filled = 0;
  let start = 0;
  let markers: Marker[] = [];

  /** The held samples, preceded by the markers that lie before their end. */
  function* release(): Generator<Item> {
    if (filled === 0) return;
    yield* markersBefore(start + filled);
    const data = new Float32Array(channels * filled);
    let at = 0;
    for (const { item, from, nSamples } of pieces) {
      for (let c = 0; c < channels; c++) {
        const row = c * item.nSamples + from;
        data.set(item.data.subarray(row, row + nSamples), c * filled + at);
      }
      at += nSamples;
    }
    yield { kind: "samples", start, data, nSamples: filled };
    start += filled;
    filled = 0;
    pieces = [];
  }

  function* markersBefore(end: number): Generator<Item> {
    const due = markers.filter((marker) => marker.onset < end);
    if (due.length === 0) return;
    markers = markers.filter((marker) => !(marker.onset < end));
    yield* due.sort((a, b) => a.onset - b.onset);
  }

  for await (const item of items) {
    switch (item.kind) {
      case "info":
        yield* release();
        yield* markersBefore(Infinity);
        channels = item.stream.channels.length;
        size = chunkSamples(item.stream);
        start = 0;
        yield item;
        break;
      case "marker":
        if (item.onset < start) yield item;
        else markers.push(item);
        break;
      case "gap":
        yield* release();
        yield* markersBefore(item.start + item.nSamples);
        start = item.start + item.nSamples;
        yield item;
        break;
      case "samples":
        if (filled === 0) start = item.start;
        for (let from = 0; from < item.nSamples;) {
          const take = Math.min(size - filled, item.nSamples - from);
          pieces.push({ item, from, nSamples: take });
          filled += take;
          from += take;
          if (filled === size) yield* release();
        }
    }
  }
  yield* release();
  yield* markersBefore(Infinity);
}
