import type { Item, Marker } from "../../src/eeg/item.ts";
import { sfreq } from "../../src/eeg/sfreq.ts";
import type { Channel, StreamInfo } from "../../src/eeg/stream-info.ts";
import type { Clock } from "../../src/source/clock.ts";
import type { Recording } from "../../src/formats/recording.ts";

const channel = (label: string): Channel => ({
  label,
  unit: "µV",
  type: "eeg",
  position: null,
  reference: null,
});

export function madeInfo(num: number, den = 1, nChannels = 2): StreamInfo {
  return {
    name: "made",
    sourceId: "made",
    segment: 0,
    channels: Array.from({ length: nChannels }, (_, c) => channel(`c${c}`)),
    sfreq: sfreq(num, den),
    t0: null,
    filters: [],
    delaySamples: 0,
    settleSamples: 0,
  };
}

/** Samples whose values name their origin: 10000 * channel + sample. */
export function ramp(start: number, nSamples: number, nChannels = 2): Item {
  const data = new Float32Array(nChannels * nSamples);
  for (let c = 0; c < nChannels; c++)
    for (let i = 0; i < nSamples; i++) data[c * nSamples + i] = 10000 * c + start + i;
  return { kind: "samples", start, data, nSamples };
}

export function gap(start: number, nSamples: number): Item {
  return { kind: "gap", start, nSamples, reason: "discontinuity" };
}

export function marker(onset: number, text = `at ${onset}`): Marker {
  return { kind: "marker", onset, duration: 0, text };
}

/** A recording of one stream whose items are given; counts how often it was closed. */
export function madeRecording(
  items: readonly Item[],
  info = madeInfo(160),
): Recording & { closed: number; pulled: number } {
  const recording = {
    closed: 0,
    pulled: 0,
    streams: [info],
    defaultStream: 0,
    diagnostics: [],
    summary: () => Promise.reject(new Error("not made")),
    async *items(): AsyncGenerator<Item, void, undefined> {
      yield { kind: "info", stream: info };
      for (const item of items) {
        recording.pulled++;
        yield item;
      }
    },
    async close(): Promise<void> {
      recording.closed++;
    },
  };
  return recording;
}

/** A clock whose time passes only in sleep, each a little longer or shorter than asked. */
export function madeClock(jitterMs = 0): Clock & { time: number; slept: number } {
  const clock = {
    time: 1234.5,
    slept: 0,
    now: () => clock.time,
    async sleep(ms: number): Promise<void> {
      clock.slept++;
      clock.time += Math.max(0.1, ms + jitterMs * ((clock.slept % 3) - 1));
    },
  };
  return clock;
}

export async function all<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
