import type { Gap, Info, Samples } from "../eeg/item.ts";
import { hertz } from "../eeg/sfreq.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { createSampleRing, type SampleRing } from "./sample-ring.ts";

/** A place on the page's own grid where another segment begins. */
interface Cut {
  readonly at: number;
  readonly segment: number;
  /** The segment's sample that lies here. */
  readonly sample: number;
  /** Seconds of the recording, or of the stream, here. */
  seconds: number;
}

/** A stretch of the page's grid without samples. */
interface Hole {
  readonly from: number;
  readonly to: number;
  readonly reason: Gap["reason"];
}

/**
 * The latest stretch of a stream on one grid of the page's own, which runs on through seeks, loops and restarts: sample
 * `i` here is sample `i - cut.at + cut.sample` of the last cut's segment at or before it.
 */
export interface Track {
  readonly info: StreamInfo;
  /** Samples a second. */
  readonly rate: number;
  readonly samples: SampleRing;
  /** What is held: from `begin` up to, not including, `end`. */
  readonly begin: number;
  readonly end: number;
  readonly cuts: readonly Cut[];
  readonly holes: readonly Hole[];
  /** @returns false if the stream has changed so that it needs a track of its own */
  segment(info: Info): boolean;
  push(item: Samples | Gap): void;
  /** The next sample lies at this time of the recording. */
  anchor(seconds: number): void;
  /** Where a segment's sample, which may be fractional and yet to come, lies here; null if the segment is not held. */
  indexOf(segment: number, sample: number): number | null;
  /** Seconds of the recording at a place. */
  secondsAt(index: number): number;
}

export interface TrackOptions {
  /** How long it remembers, seconds. */
  readonly seconds: number;
  /** How many numbers it remembers at most. */
  readonly limit: number;
  /** Called with what was stored, where it was stored. */
  readonly stored?: (at: number, item: Samples | Gap) => void;
}

/** Cuts and holes that are kept, beside those in view: a stream may be full of them. */
const keptEvents = 500;

export function createTrack(info: StreamInfo, { seconds, limit, stored }: TrackOptions): Track {
  const rate = hertz(info.sfreq);
  const nChannels = info.channels.length;
  const capacity = Math.max(2, Math.min(Math.ceil(seconds * rate), Math.floor(limit / nChannels)));
  const samples = createSampleRing(nChannels, capacity);
  let cuts: Cut[] = [];
  let holes: Hole[] = [];
  let end = 0;
  let segment = info.segment;
  let isNew = true;
  let anchored: number | null = null;

  function cutBefore(index: number): Cut | undefined {
    return cuts.findLast(({ at }) => at <= index) ?? cuts[0];
  }

  function secondsAt(index: number): number {
    const cut = cutBefore(index);
    return cut ? cut.seconds + (index - cut.at) / rate : index / rate;
  }

  function forget(): void {
    const begin = end - capacity;
    if (cuts.length > 1 && cuts[1]!.at <= begin)
      cuts = cuts.slice(cuts.findLastIndex(({ at }) => at <= begin));
    if (holes.length > 0 && holes[0]!.to <= begin) holes = holes.filter(({ to }) => to > begin);
    if (cuts.length > keptEvents) cuts = cuts.slice(-keptEvents);
    if (holes.length > keptEvents) holes = holes.slice(-keptEvents);
  }

  function place(item: Samples | Gap): void {
    if (isNew) {
      const seconds = anchored ?? (cuts.length > 0 && item.start === 0 ? secondsAt(end) : item.start / rate);
      cuts.push({ at: end, segment, sample: item.start, seconds });
    } else if (anchored !== null) {
      const cut = cuts.at(-1)!;
      cut.seconds = anchored - (end - cut.at) / rate;
    }
    isNew = false;
    anchored = null;
  }

  return {
    info,
    rate,
    samples,
    get begin() {
      return Math.max(0, end - capacity);
    },
    get end() {
      return end;
    },
    get cuts() {
      return cuts;
    },
    get holes() {
      return holes;
    },
    segment({ stream }) {
      const same =
        hertz(stream.sfreq) === rate &&
        stream.name === info.name &&
        stream.channels.length === nChannels &&
        stream.channels.every(({ label }, c) => label === info.channels[c]!.label);
      if (!same) return false;
      segment = stream.segment;
      isNew = true;
      return true;
    },
    push(item) {
      // who comes in the middle of a segment has missed nothing that could be shown
      if (isNew && item.kind === "gap" && item.reason === "edge") return;
      place(item);
      const at = end;
      end += item.nSamples;
      if (item.kind === "samples") samples.write(at, item.data, item.nSamples);
      else {
        samples.blank(at, item.nSamples);
        holes.push({ from: at, to: end, reason: item.reason });
      }
      forget();
      stored?.(at, item);
    },
    anchor(at) {
      anchored = at;
    },
    indexOf(of, sample) {
      const cut = cuts.findLast((each) => each.segment === of);
      if (cut) return cut.at + sample - cut.sample;
      return isNew && of === segment ? end + sample : null;
    },
    secondsAt,
  };
}
