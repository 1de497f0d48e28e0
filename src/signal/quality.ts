import type { Samples } from "../eeg/item.ts";
import { hertz } from "../eeg/sfreq.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import type { ChannelFault } from "./quality-judge.ts";
import { createRunningQuality, type RunningVerdicts } from "./running-quality.ts";

/** How one channel looked over a stretch. */
interface ChannelQuality {
  /** Standard deviation and range, in the channel's unit; null if nothing is there. */
  readonly deviation: number | null;
  readonly peakToPeak: number | null;
  /** Share of the samples that are missing, 0 to 1. */
  readonly missing: number;
  readonly state: "good" | "flat" | "noisy" | "missing";
  /** What is wrong with it by PREP's criteria, as far as the last seconds tell; left out where nothing is. */
  readonly faults?: ChannelFault[];
}

/** How each channel looked over a second of the grid, with the samples that it speaks of. */
export interface Quality {
  readonly start: number;
  readonly nSamples: number;
  /** In the order of the stream's channels. */
  readonly channels: ChannelQuality[];
}

/** µV: less than any amplifier's noise, and more than a working electrode shows (both over a second). */
const flatBelow = 0.1;
const noisyAbove = 150;

/** Looks at each second of a stream; a second with a gap in it is looked at as far as it goes. */
export function createQuality(info: StreamInfo): (samples: Samples) => Quality[] {
  const { channels, sfreq } = info;
  const judge = createRunningQuality(
    info,
    channels.flatMap(({ type }, c) => (type === "eeg" ? [c] : [])),
  );
  /** Oldest first. */
  let known: RunningVerdicts[] = [];
  let position = 0;
  const length = Math.max(1, Math.round(hertz(sfreq)));
  const nChannels = channels.length;
  const sum = new Float64Array(nChannels);
  const squares = new Float64Array(nChannels);
  const low = new Float64Array(nChannels);
  const high = new Float64Array(nChannels);
  const count = new Float64Array(nChannels);
  let start = 0;
  let seen = 0;

  function clear(at: number): void {
    start = at;
    seen = 0;
    for (const total of [sum, squares, count]) total.fill(0);
    low.fill(Infinity);
    high.fill(-Infinity);
  }

  function look(item: Samples, from: number, n: number): void {
    for (let c = 0; c < nChannels; c++)
      for (let i = c * item.nSamples + from; i < c * item.nSamples + from + n; i++) {
        const value = item.data[i]!;
        if (Number.isNaN(value)) continue;
        sum[c]! += value;
        squares[c]! += value * value;
        count[c]!++;
        if (value < low[c]!) low[c] = value;
        if (value > high[c]!) high[c] = value;
      }
    seen += n;
  }

  function findFaults(item: Samples): void {
    const lost = item.start - position;
    if (lost > 0) known.push(...judge({ kind: "gap", start: position, nSamples: lost, reason: "lost" }));
    known.push(...judge(item));
    position = item.start + item.nSamples;
  }

  function faultsOf(c: number): { faults?: ChannelFault[] } {
    const faults = known.findLast(({ sample }) => sample <= start + seen)?.verdicts[c]!.faults ?? [];
    return faults.length > 0 ? { faults: [...faults] } : {};
  }

  function verdict(c: number): ChannelQuality {
    const n = count[c]!;
    if (n === 0) return { deviation: null, peakToPeak: null, missing: 1, state: "missing", ...faultsOf(c) };
    const mean = sum[c]! / n;
    const deviation = Math.sqrt(Math.max(0, squares[c]! / n - mean * mean));
    const isEeg = channels[c]!.type === "eeg";
    const state =
      isEeg && deviation < flatBelow ? "flat" : isEeg && deviation > noisyAbove ? "noisy" : "good";
    return { deviation, peakToPeak: high[c]! - low[c]!, missing: 1 - n / seen, state, ...faultsOf(c) };
  }

  clear(0);
  return (item) => {
    const out: Quality[] = [];
    findFaults(item);
    const finish = (): void => {
      if (seen > 0) out.push({ start, nSamples: seen, channels: channels.map((_, c) => verdict(c)) });
    };
    if (item.start !== start + seen) {
      finish();
      clear(item.start);
    }
    for (let from = 0; from < item.nSamples;) {
      const n = Math.min(length - seen, item.nSamples - from);
      look(item, from, n);
      from += n;
      if (seen < length) continue;
      finish();
      clear(item.start + from);
    }
    if (known.length > 1) known = known.slice(-1);
    return out;
  };
}
