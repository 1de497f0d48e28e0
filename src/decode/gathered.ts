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
  const held = createHeldSamples();
  /** Prefixes of the grid that are shorter than this complete nothing. */
  let idleBelow = 0;
  let isWaitedFor = false;

  function* inOrder(...items: readonly (Samples | Gap)[]): Iterable<readonly Place[]> {
    for (const item of items) yield* decoder.push(item);
  }

  return {
    ...decoder,
    push(item) {
      if (item.kind === "gap") {
        const before = held.take();
        return before ? inOrder(before, item) : decoder.push(item);
      }
      if (!isWaitedFor && item.start + item.nSamples < idleBelow && held.add(item)) return nothing;
      return decoder.push(held.takeWith(item));
    },
    end() {
      const before = held.take();
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

interface HeldSamples {
  /** Copies samples that follow those that are held: their owner may hand them on. Says whether there was room. */
  add(item: Samples): boolean;
  /** What is held, as one item; null if nothing is. */
  take(): Samples | null;
  /** What is held and samples that follow, as one item. */
  takeWith(item: Samples): Samples;
}

/** One room that is filled frame after frame, and a new array only for what is given away. */
function createHeldSamples(): HeldSamples {
  /** Channel after channel, each with room for `mostSamples`. */
  let room = new Float32Array(0);
  let nChannels = 0;
  let start = 0;
  let nHeld = 0;

  function taken(more: Samples | null): Samples {
    const total = nHeld + (more?.nSamples ?? 0);
    const data = new Float32Array(nChannels * total);
    copyRows({ data: room, stride: mostSamples, n: nHeld }, { data, stride: total, at: 0 }, nChannels);
    if (more)
      copyRows(
        { data: more.data, stride: more.nSamples, n: more.nSamples },
        { data, stride: total, at: nHeld },
        nChannels,
      );
    nHeld = 0;
    return { kind: "samples", start, data, nSamples: total };
  }

  return {
    add({ start: from, data, nSamples }) {
      if (nHeld + nSamples >= mostSamples) return false;
      if (nHeld === 0) start = from;
      if (room.length === 0) {
        nChannels = data.length / nSamples;
        room = new Float32Array(nChannels * mostSamples);
      }
      copyRows(
        { data, stride: nSamples, n: nSamples },
        { data: room, stride: mostSamples, at: nHeld },
        nChannels,
      );
      nHeld += nSamples;
      return true;
    },
    take: () => (nHeld === 0 ? null : taken(null)),
    takeWith: (item) => (nHeld === 0 ? item : taken(item)),
  };
}

/** Rows of samples whose beginnings lie `stride` apart. */
interface Rows {
  readonly data: Float32Array;
  readonly stride: number;
}

function copyRows(
  from: Rows & { readonly n: number },
  to: Rows & { readonly at: number },
  nRows: number,
): void {
  // by hand: they are too short to be worth a view each
  for (let row = 0; row < nRows; row++)
    for (let i = 0, a = row * from.stride, b = row * to.stride + to.at; i < from.n; i++)
      to.data[b++] = from.data[a++]!;
}
