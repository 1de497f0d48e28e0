import fc from "fast-check";
import { electrode } from "../../src/eeg/electrodes.ts";
import type { Gap, Item, Marker, Samples } from "../../src/eeg/item.ts";
import { sfreq } from "../../src/eeg/sfreq.ts";
import type { StageFactory } from "../../src/eeg/stage.ts";
import type { StreamInfo } from "../../src/eeg/stream-info.ts";

/** Streams to test stages with: what is in them follows from the place alone, so any two cuts agree. */
export type StreamItem = Exclude<Item, { kind: "info" }>;

/** One part of a stream, without its place: that follows from the parts before it. */
export type Part =
  | { readonly kind: "samples"; readonly nSamples: number }
  | { readonly kind: "gap"; readonly nSamples: number }
  | { readonly kind: "marker"; readonly ahead: number };

/** A stream of EEG channels. */
export function streamOf(labels: readonly string[], hz = 160): StreamInfo {
  return {
    name: "test",
    sourceId: "test",
    segment: 0,
    channels: labels.map((label) => ({
      label,
      unit: "µV",
      type: "eeg",
      position: electrode(label)?.position ?? null,
      reference: null,
    })),
    sfreq: sfreq(hz),
    t0: null,
    filters: [],
    delaySamples: 0,
    settleSamples: 0,
  };
}

/** What a test wants at a channel and sample. */
export type Signal = (channel: number, sample: number) => number;

/** Numbers that look like noise with a drift, the same for the same place. */
export const noise: Signal = (channel, sample) => {
  let h = Math.imul(sample + 1, 0x9e3779b1) ^ Math.imul(channel + 1, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h ^= h >>> 12;
  return (h / 2 ** 31) * 30 + 10 * channel + 0.01 * sample;
};

/** One stretch of a signal. */
export function stretch(channels: number, [start, end]: readonly [number, number], signal = noise): Samples {
  const nSamples = end - start;
  const data = new Float32Array(channels * nSamples);
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < nSamples; i++) data[c * nSamples + i] = signal(c, start + i);
  return { kind: "samples", start, data, nSamples };
}

/** The items of a stream made of parts. */
export function itemsOf(channels: number, parts: readonly Part[], signal = noise): StreamItem[] {
  let start = 0;
  return parts.map((part): StreamItem => {
    if (part.kind === "marker")
      return { kind: "marker", onset: start + part.ahead, duration: 2.5, text: `at ${start + part.ahead}` };
    const item: Samples | Gap =
      part.kind === "gap"
        ? { kind: "gap", start, nSamples: part.nSamples, reason: "lost" }
        : stretch(channels, [start, start + part.nSamples], signal);
    start += part.nSamples;
    return item;
  });
}

/** Cuts the samples of a stream into pieces of the given sizes, taken in turn. */
export function recut(items: readonly StreamItem[], sizes: readonly number[]): StreamItem[] {
  let turn = 0;
  return items.flatMap((item) => {
    if (item.kind !== "samples" || sizes.length === 0) return [item];
    const pieces: Samples[] = [];
    for (let from = 0; from < item.nSamples;) {
      const to = Math.min(item.nSamples, from + sizes[turn++ % sizes.length]!);
      pieces.push(slice(item, from, to));
      from = to;
    }
    return pieces;
  });
}

function slice(item: Samples, from: number, to: number): Samples {
  const nSamples = to - from;
  const channels = item.data.length / item.nSamples;
  const data = new Float32Array(channels * nSamples);
  for (let c = 0; c < channels; c++)
    data.set(item.data.subarray(c * item.nSamples + from, c * item.nSamples + to), c * nSamples);
  return { kind: "samples", start: item.start + from, data, nSamples };
}

/** Feeds items to a new stage and collects copies of what comes out. */
export function run<Out>(factory: StageFactory<Out>, input: StreamInfo, items: readonly StreamItem[]): Out[] {
  const stage = factory(input);
  const out: Out[] = [];
  for (const item of items) out.push(...structuredClone(stage.push(item)));
  out.push(...structuredClone(stage.end()));
  return out;
}

/** The same stream, with neighbouring stretches joined, and neighbouring gaps of one reason. */
export function joined(items: readonly unknown[]): unknown[] {
  const out: unknown[] = [];
  for (const item of items as StreamItem[]) {
    const last = out.at(-1) as StreamItem | undefined;
    if (last?.kind === "samples" && item.kind === "samples" && last.start + last.nSamples === item.start)
      out[out.length - 1] = join(last, item);
    else if (
      last?.kind === "gap" &&
      item.kind === "gap" &&
      last.reason === item.reason &&
      last.start + last.nSamples === item.start
    )
      out[out.length - 1] = { ...last, nSamples: last.nSamples + item.nSamples };
    else out.push(item);
  }
  return out;
}

function join(a: Samples, b: Samples): Samples {
  if (a.nSamples === 0) return b;
  const channels = a.data.length / a.nSamples;
  const nSamples = a.nSamples + b.nSamples;
  const data = new Float32Array(channels * nSamples);
  for (let c = 0; c < channels; c++) {
    data.set(a.data.subarray(c * a.nSamples, (c + 1) * a.nSamples), c * nSamples);
    data.set(b.data.subarray(c * b.nSamples, (c + 1) * b.nSamples), c * nSamples + a.nSamples);
  }
  return { kind: "samples", start: a.start, data, nSamples };
}

export function markersOf(items: readonly unknown[]): Marker[] {
  return (items as StreamItem[]).filter((item) => item.kind === "marker");
}

/** Any stream of up to about 900 samples, with gaps and markers. */
export const anyParts: fc.Arbitrary<Part[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("samples" as const),
        nSamples: fc.integer({ min: 1, max: 150 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("gap" as const), nSamples: fc.integer({ min: 1, max: 60 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("marker" as const),
        ahead: fc.double({ min: 0, max: 40, noNaN: true }),
      }),
    },
  ),
  { maxLength: 8 },
);

export const anySizes = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 6 });
