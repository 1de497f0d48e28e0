import type { Gap, Marker, Samples } from "../eeg/item.ts";
import { hertz } from "../eeg/sfreq.ts";
import type { StageFactory } from "../eeg/stage.ts";
import { highpassStage, lowpassStage } from "./filters.ts";
import { qualityFilters, windowLength } from "./quality-filters.ts";
import { createWindowMeasures, type ChannelQuality } from "./quality-measures.ts";
import { advance } from "./position.ts";

/** How each channel looked over one window of the grid. */
export interface QualityWindow {
  readonly kind: "quality";
  readonly start: number;
  readonly nSamples: number;
  /** In the order of the stream's channels; null for those that are no EEG. */
  readonly channels: readonly (ChannelQuality | null)[];
}

export interface QualityOptions {
  /** Length of a window. @default 1, as PREP has it */
  readonly seconds?: number;
  /** What each channel's amplifier can say at most, in the stream's unit; null where that is not known. @default null */
  readonly limits?: readonly (readonly [low: number, high: number] | null)[];
}

/**
 * Measures every EEG channel in windows of a second that start at whole multiples of their length: what the criteria
 * for noisy channels of PREP (Bigdely-Shamlo et al., Front. Neuroinform. 9:16, 2015) and its Python form PyPREP 0.5
 * (`NoisyChannels`) look at, and what an amplifier at its limits and the mains leave behind. PREP looks at a whole
 * recording, filtered forth and back; this looks at a stream, so its filters are causal. A window that would touch a
 * gap, or the settling after one, is left out; gaps and markers go on. What the measures mean, `createQualityJudge` says.
 * @throws RangeError unless `seconds` is above 0
 */
export function qualityStage(options: QualityOptions = {}): StageFactory<QualityWindow | Gap | Marker> {
  const { seconds = 1 } = options;
  if (!(seconds > 0 && seconds < Infinity))
    throw new RangeError(`quality: expected windows longer than 0 s, got ${seconds}`);
  return (input) => {
    const hz = hertz(input.sfreq);
    const length = windowLength(seconds, hz);
    const picked = input.channels.flatMap(({ type }, c) => (type === "eeg" ? [c] : []));
    const nChannels = picked.length;
    const looked = { ...input, channels: picked.map((c) => input.channels[c]!) };
    const filters = qualityFilters(hz);
    const drift = highpassStage(filters.drift)(looked);
    const low = filters.parts && lowpassStage(filters.parts.slow)(looked);
    const high = filters.parts && highpassStage(filters.parts.fast)(looked);
    /** The drift's filter settles first, then those behind it. */
    const behind = [low, high].map((stage) => (stage ? stage.output.settleSamples - input.settleSamples : 0));
    const settle = drift.output.settleSamples - input.settleSamples + Math.max(...behind);
    const raw = new Float32Array(nChannels * length);
    const slow = new Float32Array(nChannels * length);
    const detrended = new Float32Array(nChannels * length);
    const fast = new Float32Array(nChannels * length);
    const measures = createWindowMeasures({
      limits: picked.map((c) => options.limits?.[c] ?? null),
      length,
      hz,
      hasNoise: high !== null,
    });
    /** Of each channel, from which sample of the grid on its filters have settled. */
    const whole = new Float64Array(nChannels);
    let position = 0;
    /** Where the window that is being filled, or the next one, begins. */
    let start = 0;

    /** A stretch begins, and filters begin anew. */
    function begin(at: number): void {
      start = Math.ceil((at + settle) / length) * length;
      whole.fill(0);
      for (const stage of [drift, low, high])
        stage?.push({ kind: "gap", start: at, nSamples: 1, reason: "edge" });
    }

    /** The picked channels of an item, from one place of the grid to another. */
    function cut(item: Samples, at: number, to: number): Samples {
      const nSamples = to - at;
      const data = new Float32Array(nChannels * nSamples);
      picked.forEach((channel, c) => {
        const source = channel * item.nSamples + at - item.start;
        data.set(item.data.subarray(source, source + nSamples), c * nSamples);
      });
      return { kind: "samples", start: at, data, nSamples };
    }

    /** Writes the part of an item's samples that lies in the present window. */
    function keep(item: Samples, into: Float32Array): void {
      const from = Math.max(start, item.start);
      const n = Math.min(start + length, item.start + item.nSamples) - from;
      if (n <= 0) return;
      for (let c = 0; c < nChannels; c++) {
        const source = c * item.nSamples + from - item.start;
        into.set(item.data.subarray(source, source + n), c * length + from - start);
      }
    }

    /** Filters a piece that ends within the present window at the latest. */
    function take(piece: Samples): void {
      keep(piece, raw);
      for (const each of drift.push(piece)) {
        if (each.kind !== "samples") continue;
        keep(each, detrended);
        for (const part of low ? low.push(each) : [each]) if (part.kind === "samples") keep(part, slow);
        for (const part of high ? high.push(each) : []) if (part.kind === "samples") keep(part, fast);
      }
      for (let c = 0; c < nChannels; c++)
        for (let i = (c + 1) * piece.nSamples - 1; i >= c * piece.nSamples; i--)
          if (Number.isNaN(piece.data[i]!)) {
            whole[c] = piece.start + i - c * piece.nSamples + 1 + settle;
            break;
          }
    }

    function window(): QualityWindow {
      for (let c = 0; c < nChannels; c++) {
        const of = (signal: Float32Array): Float32Array => signal.subarray(c * length, (c + 1) * length);
        const signals = { raw: of(raw), detrended: of(detrended), slow: of(slow), fast: of(fast) };
        measures.add(signals, whole[c]! <= start);
      }
      const found = measures.finish();
      const channels: (ChannelQuality | null)[] = input.channels.map(() => null);
      picked.forEach((c, i) => (channels[c] = found[i]!));
      return { kind: "quality", start, nSamples: length, channels };
    }

    begin(0);
    return {
      output: input,
      push(item) {
        if (item.kind === "marker") return [item];
        const end = advance(position, item);
        if (item.kind === "gap") {
          position = end;
          begin(end);
          return [item];
        }
        const out: QualityWindow[] = [];
        while (position < end && nChannels > 0) {
          const to = Math.min(end, position < start ? start : start + length);
          take(cut(item, position, to));
          position = to;
          if (position !== start + length) continue;
          out.push(window());
          start = position;
        }
        position = end;
        return out;
      },
      end: () => [],
    };
  };
}
