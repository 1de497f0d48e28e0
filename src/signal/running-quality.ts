import type { Gap, Samples } from "../eeg/item.ts";
import { hertz } from "../eeg/sfreq.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { advance } from "./position.ts";
import { windowLength } from "./quality-filters.ts";
import { createQualityJudge, type ChannelVerdict } from "./quality-judge.ts";
import { createQualityLook } from "./quality-look.ts";
import type { ChannelQuality } from "./quality-measures.ts";

/** What is said of a stream's channels from a sample of its grid on. */
export interface RunningVerdicts {
  readonly sample: number;
  /** In the order of the stream's channels. */
  readonly verdicts: readonly ChannelVerdict[];
}

/** A second in four is looked at, and the last five of those judge, so that many streams can be watched. */
const windowSeconds = 1;
const everyWindows = 4;
const lastWindows = 5;
/**
 * A window counts from this long after its end. Until then it is measured a channel at a time, as samples come: streams
 * that began together are looked at together, and would all be measured in one moment.
 */
const delayWindows = 1;

/** How far back it may matter what the signal was. */
export const qualityMemorySeconds = ((lastWindows + 1) * everyWindows + delayWindows) * windowSeconds;

/**
 * Judges a stream's channels as it goes on, by PREP's criteria (`createQualityJudge`): a second in four is looked at, and
 * the last five of those that ended at least a second ago judge. What is said from which sample on does not depend on
 * how the stream is cut. After a gap windows wait until filters have settled.
 * @param channels indexes of the channels to look at
 * @returns what is to be given each item of the segment, and says what is new then
 */
export function createRunningQuality(
  stream: StreamInfo,
  channels: readonly number[],
): (item: Samples | Gap) => readonly RunningVerdicts[] {
  const length = windowLength(windowSeconds, hertz(stream.sfreq));
  const hop = everyWindows * length;
  const delay = delayWindows * length;
  const look = createQualityLook(stream, { channels, length, mostLead: hop - length });
  const judge = createQualityJudge(stream.channels, { last: lastWindows });
  let position = 0;
  /** Where the window that is being kept, or the next one, begins. */
  let start = 0;
  /** The window that was kept last, until it counts; its measures, once they are all there. */
  let measuring: { readonly start: number; found: ChannelQuality[] | null } | null = null;

  /** A stretch begins. */
  function begin(at: number): void {
    start = Math.ceil((at + look.lead) / hop) * hop;
  }

  /** Where the window that is measured begins to count. */
  function due(): number {
    return measuring ? measuring.start + length + delay : Infinity;
  }

  /** The next window is about to be kept where the last one is. */
  function makeRoom(): void {
    if (measuring) measuring.found ??= look.finish();
  }

  function verdictsAt(sample: number): RunningVerdicts {
    makeRoom();
    const { start: begun, found } = measuring!;
    measuring = null;
    const measured: (ChannelQuality | null)[] = stream.channels.map(() => null);
    channels.forEach((c, i) => (measured[c] = found![i]!));
    judge.push({ kind: "quality", start: begun, nSamples: length, channels: measured });
    return { sample, verdicts: judge.verdicts() };
  }

  /** Goes on to a place that is no further than the next one at which something happens. */
  function moveTo(to: number): readonly RunningVerdicts[] {
    position = to;
    if (!measuring) return [];
    if (position >= due()) return [verdictsAt(due())];
    if (!measuring.found) look.work(Math.ceil((look.nSteps * (position - due() + delay)) / delay));
    return [];
  }

  begin(0);
  return (item) => {
    const end = advance(position, item);
    if (channels.length === 0) {
      position = end;
      return [];
    }
    const out: RunningVerdicts[] = [];
    while (position < end) {
      if (item.kind === "gap") {
        out.push(...moveTo(Math.min(end, due())));
        continue;
      }
      const from = start - look.lead;
      const to = Math.min(end, due(), position < from ? from : start + length);
      if (position >= from) {
        makeRoom();
        look.keep(item, { from: position, to, at: position - from });
      }
      out.push(...moveTo(to));
      if (position !== start + length) continue;
      measuring = { start, found: null };
      start += hop;
    }
    if (item.kind === "gap") begin(end);
    return out;
  };
}
