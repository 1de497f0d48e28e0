import type { Item } from "../../eeg/item.ts";
import { formatAnnotation } from "./format-annotations.ts";

/** What a stream comes to, found by reading it once. */
export interface StreamExtent {
  /** Least and greatest number of each channel; null where it has none. */
  readonly ranges: readonly (readonly [min: number, max: number] | null)[];
  /** Of the first segment. */
  readonly nSamples: number;
  readonly nSegments: number;
  readonly nGaps: number;
  /** Whether a channel is missing somewhere. */
  readonly missing: boolean;
  /** In the bytes that they take in a file. */
  readonly annotations: {
    readonly longest: number;
    readonly total: number;
    /** Those that come with the last samples. */
    readonly last: number;
  };
}

/** Reads a stream to its end. */
export async function measureStream(items: AsyncIterable<Item>): Promise<StreamExtent> {
  let [low, high] = [new Float64Array(0), new Float64Array(0)];
  let [nSamples, nSegments, nGaps] = [0, 0, 0];
  let missing = false;
  const annotations = { longest: 0, total: 0, last: 0 };
  let held = 0;
  for await (const item of items) {
    if (item.kind === "info") {
      if (nSegments++ > 0) continue;
      low = new Float64Array(item.stream.channels.length).fill(Infinity);
      high = new Float64Array(item.stream.channels.length).fill(-Infinity);
    } else if (item.kind === "gap") nGaps++;
    else if (item.kind === "marker") {
      const text = item.channel === undefined ? item.text : `${item.text}@@${item.channel}`;
      // at any onset: as long as a time can be
      const { length } = formatAnnotation({ onset: 0, duration: 0, text });
      const most = length + 2 * longestNumber;
      annotations.longest = Math.max(annotations.longest, most);
      annotations.total += most;
      held += most;
      annotations.last += most;
    } else {
      annotations.last = held;
      held = 0;
      if (nSegments === 1) nSamples = item.start + item.nSamples;
      for (let c = 0; c < low.length; c++) {
        let [min, max] = [low[c]!, high[c]!];
        for (let i = c * item.nSamples, end = i + item.nSamples; i < end; i++) {
          const value = item.data[i]!;
          if (value < min) min = value;
          if (value > max) max = value;
          if (value !== value) missing = true;
        }
        low[c] = min;
        high[c] = max;
      }
    }
  }
  return {
    ranges: Array.from(low, (min, c) => (min <= high[c]! ? ([min, high[c]!] as const) : null)),
    nSamples,
    nSegments,
    nGaps,
    missing,
    annotations,
  };
}

/** Onset or duration of an annotation: 9 digits, a point, 7 decimals, a control byte. */
const longestNumber = 18;

/**
 * The narrowest range about two numbers whose ends can be written in eight characters.
 * @throws RangeError if they are beyond the numbers of any recording
 */
export function writtenRange(min: number, max: number): readonly [min: number, max: number] {
  const low = -outward(-min);
  const high = outward(max);
  return low < high ? [low, high] : [-outward(1 - min), outward(max + 1)];
}

/** The least number that is not below `value` and can be written in seven characters: its negative has a sign more. */
function outward(value: number): number {
  if (Math.abs(value) > largestNumber) throw new RangeError(`${value} is no number of a recording`);
  for (let decimals = 6; decimals >= 0; decimals--) {
    const text = (Math.ceil(value * 10 ** decimals) / 10 ** decimals).toFixed(decimals);
    const short = decimals > 0 ? text.replace(/\.?0+$/, "") : text;
    if (short.length <= 7 && Number(short) >= value) return Number(short);
  }
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  const step = 10 ** (exponent - 2);
  return Number((Math.ceil(value / step) * step).toExponential(2));
}

/** Readers refuse a header beyond, for samples are 32-bit floats. */
const largestNumber = 1e29;
