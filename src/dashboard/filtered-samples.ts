import type { Gap, Samples } from "../eeg/item.ts";
import type { Stage, StageFactory } from "../eeg/stage.ts";
import { createSampleRing, type SampleRing } from "./sample-ring.ts";
import type { Track } from "./track.ts";

/** A track's samples behind a stage that gives one sample for each that it takes, at the same places. */
export interface FilteredSamples {
  readonly samples: SampleRing;
  /** Takes what the track has stored. */
  store(at: number, item: Samples | Gap): void;
}

/**
 * Filters what a track holds, and what it will hold from now on.
 * @throws EegError if the stage cannot work on the stream
 */
export function createFilteredSamples(track: Track, factory: StageFactory): FilteredSamples {
  const { info, samples: raw } = track;
  const samples = createSampleRing(info.channels.length, raw.capacity);
  let stage: Stage = factory(info);
  let cut = track.cuts.findLast(({ at }) => at <= track.begin);

  function store(at: number, item: Samples | Gap): void {
    const newest = track.cuts.findLast((each) => each.at <= at);
    if (newest !== cut) stage = factory(info); // another segment: what was before is another time
    cut = newest;
    // before the samples come, so that what a stage holds back is not what was here a round ago
    samples.blank(at, item.nSamples);
    for (const out of stage.push(item))
      if (out.kind === "samples") samples.write(at + out.start - item.start, out.data, out.nSamples);
  }

  /** The past, as the items that it came in. */
  function* past(): Generator<readonly [at: number, item: Samples | Gap]> {
    const block = Math.ceil(track.rate);
    const edges = [
      ...track.cuts.map(({ at }) => at),
      ...track.holes.flatMap(({ from, to }) => [from, to]),
      track.end,
    ].sort((a, b) => a - b);
    for (let at = track.begin; at < track.end;) {
      const to = Math.min(at + block, edges.find((edge) => edge > at) ?? track.end);
      const nSamples = to - at;
      const hole = track.holes.find(({ from, to: behind }) => from <= at && at < behind);
      if (hole) yield [at, { kind: "gap", start: at, nSamples, reason: hole.reason }];
      else {
        const data = new Float32Array(info.channels.length * nSamples);
        for (let c = 0; c < info.channels.length; c++)
          raw.read(c, at, data.subarray(c * nSamples, (c + 1) * nSamples));
        yield [at, { kind: "samples", start: at, nSamples, data }];
      }
      at = to;
    }
  }

  for (const [at, item] of past()) store(at, item);
  return { samples, store };
}
