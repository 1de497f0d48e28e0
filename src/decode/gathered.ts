import type { Gap, Samples } from "../eeg/item.ts";
import type { Place } from "./placed.ts";
import type { StreamDecoder } from "./stream-decoder.ts";

/**
 * More are not held back: what they cost would be a delay when the decision is due at last. Of 256 streams that began
 * together all labels are due together, and half of them came 8 ms late where a whole hop of 50 samples was held, 1 ms now.
 */
const mostSamples = 32;

const nothing = [] as const;

/**
 * Gives a decoder its samples when they may complete a decision, and not frame by frame: with many streams each finds
 * its state far from the processor's caches, and taking it up four times for one label takes twice as long. What is
 * decided, and upon which sample's arrival, is the same. An engine that is waited for gets each patch as soon as it is
 * there, not several when the last of them is due.
 * @param hopSamples from one decision to the next, may be fractional
 */
export function gatherSamples(decoder: StreamDecoder, hopSamples: number): StreamDecoder {
  let held: Samples[] = [];
  /** Prefixes of the grid that are shorter than this complete nothing. */
  let idleBelow = 0;
  let isWaitedFor = false;

  function takeHeld(): Samples | null {
    if (held.length === 0) return null;
    const item = held.length === 1 ? held[0]! : joined(held);
    held = [];
    return item;
  }

  function* inOrder(...items: readonly (Samples | Gap)[]): Iterable<readonly Place[]> {
    for (const item of items) yield* decoder.push(item);
  }

  return {
    ...decoder,
    push(item) {
      if (item.kind === "gap") {
        const before = takeHeld();
        return before ? inOrder(before, item) : decoder.push(item);
      }
      const end = item.start + item.nSamples;
      const first = held[0] ?? item;
      if (!isWaitedFor && end < idleBelow && end - first.start < mostSamples) {
        // Its owner may do with it what he likes, such as hand it to another thread.
        held.push({ ...item, data: item.data.slice() });
        return nothing;
      }
      held.push(item);
      return decoder.push(takeHeld()!);
    },
    end() {
      const before = takeHeld();
      const places = before ? [...decoder.push(before)].flat() : [];
      return [...places, ...decoder.end()];
    },
    encode(place) {
      const logits = decoder.encode(place);
      isWaitedFor ||= logits instanceof Promise;
      return logits;
    },
    decide(place, logits) {
      const decision = decoder.decide(place, logits);
      // it tells where the next one is at the earliest
      if (decision) idleBelow = decision.sample + Math.floor(hopSamples);
      return decision;
    },
  };
}

/** One item of several that follow one another. */
function joined(items: readonly Samples[]): Samples {
  const { start, data, nSamples } = items[0]!;
  const nChannels = data.length / nSamples;
  const last = items.at(-1)!;
  const total = last.start + last.nSamples - start;
  const all = new Float32Array(nChannels * total);
  for (const item of items)
    for (let c = 0, from = 0; c < nChannels; c++)
      for (let i = 0, to = c * total + item.start - start; i < item.nSamples; i++)
        all[to++] = item.data[from++]!;
  return { kind: "samples", start, data: all, nSamples: total };
}
