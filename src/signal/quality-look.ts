import type { Samples } from "../eeg/item.ts";
import { hertz } from "../eeg/sfreq.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { butterworth, type Passband } from "./butterworth.ts";
import { plainSosfilt } from "./plain-sosfilt.ts";
import { qualityFilters } from "./quality-filters.ts";
import { createWindowMeasures, type ChannelQuality } from "./quality-measures.ts";
import { restState, settlingSamples } from "./sections.ts";

/** One window of a stream, and the samples before it that filters settle on: kept first, and then measured in steps. */
export interface QualityLook {
  /** Samples that are wanted before the window. */
  readonly lead: number;
  /** Keeps the samples of an item from one place of the grid to another; the first of them comes to `at`. */
  keep(item: Samples, range: { readonly from: number; readonly to: number; readonly at: number }): void;
  /** One for each channel. */
  readonly nSteps: number;
  /** Goes on until so many steps of the window are done. */
  work(steps: number): void;
  /** Does what is left of it. In the order of the channels that are looked at. */
  finish(): ChannelQuality[];
}

export interface QualityLookOptions {
  /** Indexes of the channels to look at. */
  readonly channels: readonly number[];
  /** Samples of a window. */
  readonly length: number;
  /** Samples before it at most. */
  readonly mostLead: number;
}

/**
 * Measures windows as `qualityStage` does for those at which a stretch begins. Each step takes one channel through its
 * filters, which begin anew, so nothing is shared between windows.
 */
export function createQualityLook(
  stream: StreamInfo,
  { channels, length, mostLead }: QualityLookOptions,
): QualityLook {
  const hz = hertz(stream.sfreq);
  const { drift, parts } = qualityFilters(hz);
  const made = (band: Passband) => createFilter(band, stream);
  const filters = { drift: made(drift), slow: parts && made(parts.slow), fast: parts && made(parts.fast) };
  const behind = Math.max(filters.slow?.settle ?? 0, filters.fast?.settle ?? 0);
  const lead = Math.min(mostLead, filters.drift.settle + behind);
  const size = lead + length;
  const kept = new Float32Array(channels.length * size);
  const detrended = new Float32Array(size);
  const slow = filters.slow ? new Float32Array(size) : detrended;
  const fast = new Float32Array(size);
  const measures = createWindowMeasures({
    limits: channels.map(() => null),
    length,
    hz,
    hasNoise: parts !== null,
  });
  const nSteps = channels.length;
  let done = 0;

  function measure(channel: number): void {
    const raw = kept.subarray(channel * size, (channel + 1) * size);
    filters.drift.run(raw, detrended);
    filters.slow?.run(detrended, slow);
    filters.fast?.run(detrended, fast);
    const window = (signal: Float32Array): Float32Array => signal.subarray(lead);
    // a sample that is missing poisons all that comes after it in the filters
    const last = detrended[size - 1]!;
    measures.add(
      { raw: window(raw), detrended: window(detrended), slow: window(slow), fast: window(fast) },
      last - last === 0,
    );
  }

  function work(steps: number): void {
    while (done < Math.min(steps, nSteps)) measure(done++);
  }

  return {
    lead,
    nSteps,
    keep({ data, start, nSamples }, { from, to, at }) {
      channels.forEach((channel, c) => {
        const offset = channel * nSamples - start;
        for (let i = from, k = c * size + at; i < to; i++, k++) kept[k] = data[offset + i]!;
      });
    },
    work,
    finish() {
      work(nSteps);
      done = 0;
      return measures.finish();
    },
  };
}

interface Filter {
  readonly settle: number;
  /** From rest on the first sample. */
  run(input: Float32Array, output: Float32Array): void;
}

function createFilter(band: Passband, { sfreq }: StreamInfo): Filter {
  const sections = butterworth(band, sfreq);
  const rest = restState(sections);
  return {
    settle: settlingSamples(sections),
    run(input, output) {
      const state = rest.map((each) => each * input[0]!);
      plainSosfilt(sections, state, { input, output, from: 0, to: input.length });
    },
  };
}
