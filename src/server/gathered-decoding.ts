import type { Samples } from "../eeg/item.ts";
import type { Decoding } from "./decoding.ts";

/** More are not held back: what they cost would be a delay when the decision is due at last. */
const mostSamples = 128;

type Decided = Parameters<Decoding["push"]>[1];

/**
 * Gives a decoding its samples when they may complete a decision, and not frame by frame: with many streams each finds
 * its state far from the processor's caches, and taking it up four times for one label takes twice as long. What is
 * decided, and upon which sample's arrival, is the same.
 * @param hopSamples from one decision to the next, may be fractional
 */
export function gatherSamples(decoding: Decoding, hopSamples: number): Decoding {
  let held: Samples[] = [];
  /** Prefixes of the grid that are shorter than this complete nothing. */
  let idleBelow = 0;

  /** A decision tells where the next one is at the earliest. */
  function hear(decided: Decided): Decided {
    return (decision, begunMs) => {
      idleBelow = decision.sample + Math.floor(hopSamples);
      decided(decision, begunMs);
    };
  }

  function pushHeld(decided: Decided): void | Promise<void> {
    if (held.length === 0) return undefined;
    const item = held.length === 1 ? held[0]! : joined(held);
    held = [];
    return decoding.push(item, hear(decided));
  }

  return {
    push(item, decided) {
      if (item.kind === "gap") {
        const before = pushHeld(decided);
        const heard = hear(decided);
        return before ? before.then(() => decoding.push(item, heard)) : decoding.push(item, heard);
      }
      held.push(item);
      const end = item.start + item.nSamples;
      if (end < idleBelow && end - held[0]!.start < mostSamples) return undefined;
      return pushHeld(decided);
    },
    end(decided) {
      const before = pushHeld(decided);
      return before ? before.then(() => decoding.end(decided)) : decoding.end(decided);
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
