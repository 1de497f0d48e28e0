import type { Decision } from "../eeg/decision.ts";
import type { Info, Item, Marker } from "../eeg/item.ts";
import type { AnyModel } from "../model/window-model.ts";
import type { Place } from "./placed.ts";
import { createSession } from "./session.ts";
import type { DecodeOptions, StreamDecoder } from "./stream-decoder.ts";

/**
 * Decodes a stream: a decision at every hop, an abstention where there is nothing to decide on. Pulled: nothing is
 * read or encoded before it is asked for. The same stream gives the same decisions, bit for bit on the `wasm`
 * engine, however it was cut into items and whatever the order of its channels.
 * @throws EegError, while iterating, for a stream that the model cannot work on, or options out of range
 */
export async function* decode(
  source: AsyncIterable<Item> | Iterable<Item>,
  model: AnyModel,
  options: DecodeOptions = {},
): AsyncGenerator<Decision, void, undefined> {
  for await (const item of decodeItems(source, model, options)) if (item.kind === "decision") yield item;
}

/**
 * Decodes a stream as `decode` and hands on its infos and markers, each marker before the first decision whose
 * sample lies after its onset.
 */
export async function* decodeItems(
  source: AsyncIterable<Item> | Iterable<Item>,
  model: AnyModel,
  options: DecodeOptions = {},
): AsyncGenerator<Info | Marker | Decision, void, undefined> {
  const session = createSession(model, options);
  let decoder: StreamDecoder | undefined;
  let markers: Marker[] = [];

  /** Decides on tokens; waits for the engine only where it is asynchronous. */
  async function* decide(places: readonly Place[], by: StreamDecoder): AsyncGenerator<Marker | Decision> {
    for (const place of places) {
      const encoded = by.encode(place);
      const decision = by.decide(place, encoded instanceof Promise ? await encoded : encoded);
      if (!decision) continue;
      if (markers.length > 0) {
        yield* markers.filter(({ onset }) => onset < decision.sample);
        markers = markers.filter(({ onset }) => onset >= decision.sample);
      }
      yield decision;
    }
  }

  async function* finish(): AsyncGenerator<Marker | Decision> {
    if (decoder) yield* decide(decoder.end(), decoder);
    yield* markers.splice(0);
    decoder?.close();
    decoder = undefined;
  }

  try {
    for await (const item of source) {
      if (item.kind === "info") {
        yield* finish();
        decoder = session.begin(item.stream);
        yield item;
      } else {
        if (!decoder) throw new TypeError(`a stream begins with its info, got ${item.kind}`);
        if (item.kind === "marker") markers.push(item);
        else for (const places of decoder.push(item)) if (places.length > 0) yield* decide(places, decoder);
      }
    }
    yield* finish();
  } finally {
    await session.release();
  }
}
