import type { Decision } from "../eeg/decision.ts";
import type { Place } from "./placed.ts";
import type { StreamDecoder } from "./stream-decoder.ts";

type Decided = (decision: Decision) => void;

/**
 * Encodes places and decides on them, one after the other: at once as long as the engine answers at once. What has to
 * be waited for, and all that comes behind it, is what a promise is returned for.
 */
export function decideInOrder(
  decoder: StreamDecoder,
  pieces: Iterable<readonly Place[]>,
  decided: Decided,
): void | Promise<void> {
  const rest = pieces[Symbol.iterator]();
  for (let piece = rest.next(); piece.done !== true; piece = rest.next()) {
    const places = piece.value;
    for (let i = 0; i < places.length; i++) {
      const place = places[i]!;
      const logits = decoder.encode(place);
      if (logits instanceof Promise) return later({ decoder, rest, places, i, logits, decided });
      const decision = decoder.decide(place, logits);
      if (decision) decided(decision);
    }
  }
  return undefined;
}

interface Rest {
  readonly decoder: StreamDecoder;
  readonly rest: Iterator<readonly Place[]>;
  readonly places: readonly Place[];
  readonly i: number;
  readonly logits: ReturnType<StreamDecoder["encode"]>;
  readonly decided: Decided;
}

async function later({ decoder, rest, decided, ...first }: Rest): Promise<void> {
  let { places, i, logits } = first;
  for (;;) {
    const decision = decoder.decide(places[i]!, await logits);
    if (decision) decided(decision);
    i++;
    while (i >= places.length) {
      const piece = rest.next();
      if (piece.done === true) return;
      places = piece.value;
      i = 0;
    }
    logits = decoder.encode(places[i]!);
  }
}
