import type { Decision } from "../eeg/decision.ts";
import type { Item, Marker } from "../eeg/item.ts";
import type { Recording } from "../formats/recording.ts";

/** How labels are called among a recording's own annotations; MNE takes what stands before the slash for a group. */
const prefix = "decoded/";

/** Stretches of decisions with one label, as markers, for each segment of the stream. */
export interface LabelMarkers {
  /** In order; a decision whose sample is not behind the last one's begins a segment. */
  push(decision: Decision): void;
  result(): readonly (readonly Marker[])[];
}

/** A stretch begins at its first decision's sample and ends where the next decisions say something else. */
export function createLabelMarkers(): LabelMarkers {
  const segments: { label: string | null; start: number; end: number; hop: number }[][] = [[]];
  return {
    push({ sample, label }) {
      let stretches = segments.at(-1)!;
      let last = stretches.at(-1);
      if (last && sample <= last.end) {
        segments.push((stretches = []));
        last = undefined;
      }
      if (last) {
        last.hop = Math.min(last.hop, sample - last.end);
        last.end = sample;
      }
      if (last?.label === label) return;
      stretches.push({ label, start: sample, end: sample, hop: last?.hop ?? Infinity });
    },
    result: () =>
      segments.map((stretches) =>
        stretches.flatMap(({ label, start, end, hop }, i): Marker[] => {
          if (label === null) return [];
          // the last one goes on for as long as a decision does
          const lasts = end - start + (i === stretches.length - 1 && hop < Infinity ? hop : 0);
          return [{ kind: "marker", onset: start, duration: lasts, text: prefix + label }];
        }),
      ),
  };
}

/** The same recording with markers added to its default stream, each before the samples that hold its onset. */
export function annotatedRecording(recording: Recording, markers: readonly (readonly Marker[])[]): Recording {
  async function* items(): AsyncGenerator<Item, void, undefined> {
    let left: Marker[] = [];
    let segment = -1;
    for await (const item of recording.items()) {
      if (item.kind === "info") {
        yield* left;
        left = [...(markers[++segment] ?? [])];
      }
      if (item.kind === "samples" || item.kind === "gap") {
        const end = item.start + item.nSamples;
        yield* left.filter(({ onset }) => onset < end);
        left = left.filter(({ onset }) => onset >= end);
      }
      yield item;
    }
    yield* left;
  }
  return {
    streams: recording.streams,
    defaultStream: recording.defaultStream,
    summary: () => recording.summary(),
    items,
    get diagnostics() {
      return recording.diagnostics;
    },
    close: () => recording.close(),
  };
}
