import { cos, sin } from "../eeg/math.ts";
import { interquartileRange, medianDeviation, quantile } from "./quantiles.ts";

/** What is measured of a channel over one window. */
export interface ChannelQuality {
  /** Share of the window's samples that are missing, 0 to 1; a channel whose filters still settle counts as missing. */
  readonly missing: number;
  /** Whether the samples have one value for half of the window or longer. */
  readonly flat: boolean;
  /** Share of the samples that stay at the amplifier's limits, or in a run at the window's own extremes. */
  readonly saturated: number;
  /** Robust standard deviation without drift (0.7413 times the distance of the quartiles), in the stream's unit. */
  readonly amplitude: number;
  /** Median deviation above 50 Hz over that below; 0 where the stream holds nothing above. */
  readonly noisiness: number;
  /** 98th percentile of the absolute correlations with the other channels below 50 Hz; 1 where there is no other. */
  readonly correlation: number;
  /** Share of the power without drift that is at 50 or 60 Hz, whichever is more. */
  readonly mains: number;
}

/** From the distance of the quartiles to the standard deviation of a normal distribution. */
export const quartilesToDeviation = 0.7413;

const mainsHz = [50, 60];

/** A run of one value at the window's extreme this long is no wave's crest. */
const heldSeconds = 0.025;
const heldSamples = 5;

const away: ChannelQuality = {
  missing: 1,
  flat: false,
  saturated: 0,
  amplitude: NaN,
  noisiness: NaN,
  correlation: NaN,
  mains: NaN,
};

/** One channel over a window, as many samples each as a window has. */
interface ChannelSignals {
  readonly raw: Float32Array;
  readonly detrended: Float32Array;
  readonly slow: Float32Array;
  readonly fast: Float32Array;
}

/** Measures one window after the other, a channel at a time. */
export interface WindowMeasures {
  /** The next channel of the window; `isSettled` says whether its filters were. */
  add(signals: ChannelSignals, isSettled: boolean): void;
  /** What all channels of the window come to, once each was added. */
  finish(): ChannelQuality[];
}

export interface WindowMeasuresOptions {
  readonly length: number;
  readonly hz: number;
  /** Of each channel, what its amplifier can say at most; null where that is not known. */
  readonly limits: readonly (readonly [low: number, high: number] | null)[];
  /** Whether there is anything above 50 Hz to measure. */
  readonly hasNoise: boolean;
}

export function createWindowMeasures(options: WindowMeasuresOptions): WindowMeasures {
  const { length, hz, limits, hasNoise } = options;
  const nChannels = limits.length;
  const room = new Float64Array(length);
  const waves = mainsHz
    .filter((f) => f < hz / 2)
    .map((f) => ({
      cosine: Float64Array.from({ length }, (_, i) => cos((2 * Math.PI * f * i) / hz)),
      sine: Float64Array.from({ length }, (_, i) => sin((2 * Math.PI * f * i) / hz)),
    }));
  const held = Math.max(heldSamples, Math.ceil(heldSeconds * hz));
  /** The slow signals with mean 0 and length 1, one after the other. */
  const unit = new Float64Array(nChannels * length);
  /** Absolute correlations of each with each other; none with itself. */
  const absolute = new Float64Array(nChannels * nChannels);
  const row = new Float64Array(nChannels);
  /** Of the window's channels so far, and which of the unit signals is theirs: -1 for none. */
  let measured: ChannelQuality[] = [];
  let places: number[] = [];
  let nAlive = 0;

  /** Share of the power at the mains' frequency. */
  function mainsShare(from: Float32Array): number {
    let total = 0;
    for (let i = 0; i < length; i++) total += from[i]! * from[i]!;
    let most = 0;
    for (const { cosine, sine } of waves) {
      let re = 0;
      let im = 0;
      for (let i = 0; i < length; i++) {
        const x = from[i]!;
        re += x * cosine[i]!;
        im += x * sine[i]!;
      }
      most = Math.max(most, (2 * (re * re + im * im)) / length);
    }
    return total > 0 ? Math.min(1, most / total) : 0;
  }

  /** Makes the channel's slow signal one of mean 0 and length 1; of length 0 where it does not change. */
  function normalise(from: Float32Array, place: number): void {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += from[i]!;
    const mean = sum / length;
    let squares = 0;
    for (let i = 0; i < length; i++) {
      const x = from[i]! - mean;
      unit[place * length + i] = x;
      squares += x * x;
    }
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let i = place * length; i < (place + 1) * length; i++) unit[i] = unit[i]! * scale;
  }

  /** Correlates the unit signal at a place with those before it. */
  function correlate(place: number): void {
    const a = place * length;
    for (let b = 0; b < place; b += 4) {
      // four at a time: what is read of the first serves four products; behind the last the last again
      let p = 0; // not taken from an array: V8 would make an object of each sum
      let q = 0;
      let r = 0;
      let s = 0;
      const k = b * length;
      const l = Math.min(b + 1, place - 1) * length;
      const m = Math.min(b + 2, place - 1) * length;
      const o = Math.min(b + 3, place - 1) * length;
      for (let i = 0; i < length; i++) {
        const x = unit[a + i]!;
        p += x * unit[k + i]!;
        q += x * unit[l + i]!;
        r += x * unit[m + i]!;
        s += x * unit[o + i]!;
      }
      const products = [p, q, r, s];
      for (let i = 0; i < Math.min(4, place - b); i++) {
        const product = Math.abs(products[i]!);
        absolute[place * nChannels + b + i] = product;
        absolute[(b + i) * nChannels + place] = product;
      }
    }
  }

  /** How well its best partner follows the unit signal at a place. */
  function bestPartner(place: number): number {
    row.set(absolute.subarray(place * nChannels, place * nChannels + nAlive));
    return nAlive > 1 ? quantile(row, nAlive, 0.98) : 1;
  }

  return {
    add({ raw, detrended, slow, fast }, isSettled) {
      const { missing, flat, saturated } = holds(raw, held, limits[measured.length]!);
      if (flat || missing > 0 || !isSettled) {
        places.push(-1);
        measured.push(
          flat
            ? { ...away, missing, flat, correlation: 0 }
            : { ...away, missing: missing > 0 ? missing : 1, saturated },
        );
        return;
      }
      room.set(detrended);
      const amplitude = quartilesToDeviation * interquartileRange(room, length);
      let noisiness = 0;
      if (hasNoise) {
        room.set(fast);
        const above = medianDeviation(room, length);
        room.set(slow);
        noisiness = above / medianDeviation(room, length);
      }
      normalise(slow, nAlive);
      correlate(nAlive);
      places.push(nAlive++);
      const mains = mainsShare(detrended);
      measured.push({ missing, flat, saturated, amplitude, noisiness, correlation: NaN, mains });
    },
    finish() {
      const window = measured.map((channel, c) =>
        places[c]! < 0 ? channel : { ...channel, correlation: bestPartner(places[c]!) },
      );
      measured = [];
      places = [];
      nAlive = 0;
      return window;
    },
  };
}

/** What can be seen of raw samples: missing ones, a standstill, and how many lie at a limit. */
function holds(
  x: Float32Array,
  held: number,
  limits: readonly [low: number, high: number] | null,
): Pick<ChannelQuality, "missing" | "flat" | "saturated"> {
  let [low, high] = [Infinity, -Infinity];
  let missing = 0;
  for (let i = 0; i < x.length; i++) {
    const value = x[i]!;
    if (value !== value) missing++;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  let run = 0;
  let longest = 0;
  let atExtreme = 0;
  let atLimit = 0;
  for (let i = 0; i < x.length; i++) {
    const value = x[i]!;
    run = i > 0 && value === x[i - 1]! ? run + 1 : 1;
    if (run > longest) longest = run;
    if (value === low || value === high) {
      if (run === held) atExtreme += held;
      else if (run > held) atExtreme++;
    }
    // one sample alone may be what the limits were fitted to
    if (limits && run > 1 && (value <= limits[0] || value >= limits[1])) atLimit++;
  }
  return {
    missing: missing / x.length,
    flat: 2 * longest >= x.length,
    saturated: Math.max(atExtreme, atLimit) / x.length,
  };
}
