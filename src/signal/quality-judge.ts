import type { Channel } from "../eeg/stream-info.ts";
import type { QualityWindow } from "./quality-stage.ts";
import { quartilesToDeviation } from "./quality-measures.ts";
import { interquartileRange, median, medianDeviation } from "./quantiles.ts";

/**
 * What can be wrong with a channel. `deviation`: far larger or smaller than the others; `noisy`: high frequencies;
 * `uncorrelated`: no other channel follows it; `mains`: hum is most of it.
 */
export type ChannelFault =
  "missing" | "flat" | "saturated" | "deviation" | "noisy" | "uncorrelated" | "mains";

/** What a channel's windows come to. Numbers are null where there was too little to tell. */
export interface ChannelVerdict {
  readonly label: string;
  /** Empty for a channel that is good, and for one that is no EEG. */
  readonly faults: readonly ChannelFault[];
  /** Robust standard deviation, median over the windows, in the stream's unit. */
  readonly amplitude: number | null;
  /** How far that lies from the other channels', in robust deviations of theirs; negative where it is smaller. */
  readonly amplitudeZ: number | null;
  readonly noisiness: number | null;
  readonly noisinessZ: number | null;
  /** Median over the windows of the correlation with the channel that follows it best. */
  readonly correlation: number | null;
  /** Shares of the windows, 0 to 1. */
  readonly uncorrelated: number;
  readonly flat: number;
  readonly saturated: number;
  readonly missing: number;
  /** Share of the power that is the mains', median over the windows. */
  readonly mains: number | null;
}

export interface QualityJudge {
  push(window: QualityWindow): void;
  /** Of every channel, over the windows so far. */
  verdicts(): readonly ChannelVerdict[];
  /** Windows looked at. */
  readonly nWindows: number;
}

export interface QualityJudgeOptions {
  /** Look at the last so many windows only. @default all of them */
  readonly last?: number;
}

/** PREP's and PyPREP's thresholds (`NoisyChannels`): robust z of amplitude and of noisiness, correlation, bad windows. */
const deviationZ = 5;
const noisinessZ = 5;
const leastCorrelation = 0.4;
const badWindows = 0.01;
/** Ours: hum that holds more than half of a channel's power. PREP takes the mains out before it looks. */
const mostMains = 0.5;
/** Fewer channels than this say nothing of one another; PREP is for caps of 32 and more. */
const fewestChannels = 8;
/** A recording of any length is judged by so many windows' medians: every second one is let go when there are more. */
const mostKept = 1024;

/** Judges channels by what `qualityStage` measured, with PREP's criteria. */
export function createQualityJudge(
  channels: readonly Channel[],
  { last }: QualityJudgeOptions = {},
): QualityJudge {
  let kept: QualityWindow[] = [];
  let every = 1;
  let nWindows = 0;
  const counts = channels.map(() => ({ uncorrelated: 0, flat: 0, saturated: 0, missing: 0 }));

  function count(window: QualityWindow, by: 1 | -1): void {
    window.channels.forEach((channel, c) => {
      if (!channel) return;
      const n = counts[c]!;
      if (channel.correlation < leastCorrelation) n.uncorrelated += by;
      if (channel.flat) n.flat += by;
      if (channel.saturated > 0) n.saturated += by;
      if (channel.missing > 0) n.missing += by;
    });
  }

  function push(window: QualityWindow): void {
    // padding at a recording's end, an amplifier that was off: that is no fault of a channel
    if (window.channels.every((channel) => !channel || channel.flat || channel.missing === 1)) return;
    count(window, 1);
    nWindows++;
    if (last !== undefined) {
      kept.push(window);
      if (kept.length > last) {
        count(kept.shift()!, -1);
        nWindows--;
      }
      return;
    }
    if ((nWindows - 1) % every === 0) kept.push(window);
    if (kept.length <= mostKept) return;
    kept = kept.filter((_, i) => i % 2 === 0);
    every *= 2;
  }

  /** Of each channel, the median of what its windows say; NaN where none says anything. */
  function medians(of: "amplitude" | "noisiness" | "correlation" | "mains"): Float64Array {
    const room = new Float64Array(kept.length);
    return Float64Array.from(channels, (_, c) => {
      let n = 0;
      for (const window of kept) {
        const value = window.channels[c]?.[of] ?? NaN;
        if (value === value && value < Infinity) room[n++] = value;
      }
      return median(room, n);
    });
  }

  function verdicts(): readonly ChannelVerdict[] {
    const amplitude = medians("amplitude");
    const noisiness = medians("noisiness");
    const correlation = medians("correlation");
    const mains = medians("mains");
    const amplitudeZ = robustZ(amplitude, (room, n) => quartilesToDeviation * interquartileRange(room, n));
    const noiseZ = robustZ(noisiness, (room, n) => 1.4826 * medianDeviation(room, n));
    const judged = amplitude.filter((value) => value === value).length >= fewestChannels;
    return channels.map(({ label }, c) => {
      const share = (n: number): number => (nWindows > 0 ? n / nWindows : 0);
      const { uncorrelated, flat, saturated, missing } = counts[c]!;
      const faults: ChannelFault[] = [];
      if (share(missing) > badWindows) faults.push("missing");
      if (share(flat) > badWindows) faults.push("flat");
      if (share(saturated) > badWindows) faults.push("saturated");
      if (judged && Math.abs(amplitudeZ[c]!) > deviationZ) faults.push("deviation");
      if (judged && noiseZ[c]! > noisinessZ) faults.push("noisy");
      if (judged && share(uncorrelated - flat) > badWindows) faults.push("uncorrelated");
      if (mains[c]! > mostMains) faults.push("mains");
      return {
        label,
        faults,
        amplitude: known(amplitude[c]!),
        amplitudeZ: judged ? known(amplitudeZ[c]!) : null,
        noisiness: known(noisiness[c]!),
        noisinessZ: judged ? known(noiseZ[c]!) : null,
        correlation: known(correlation[c]!),
        uncorrelated: share(uncorrelated),
        flat: share(flat),
        saturated: share(saturated),
        missing: share(missing),
        mains: known(mains[c]!),
      };
    });
  }

  return {
    push,
    verdicts,
    get nWindows() {
      return nWindows;
    },
  };
}

/** How far each value lies from the median of all, in robust deviations; NaN is left out, 0 where none deviates. */
function robustZ(values: Float64Array, spread: (room: Float64Array, n: number) => number): Float64Array {
  const finite = values.filter((value) => value === value);
  const middle = median(finite.slice(), finite.length);
  const deviation = spread(finite, finite.length);
  return values.map((value) => (value === middle ? 0 : (value - middle) / deviation));
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
