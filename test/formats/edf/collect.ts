import type { Item, Marker } from "../../../src/eeg/item.ts";
import type { StreamInfo } from "../../../src/eeg/stream-info.ts";
import type { Recording } from "../../../src/formats/recording.ts";

export interface Collected {
  /** One array a channel: all samples of all segments, gaps left out. */
  readonly channels: readonly Float32Array[];
  readonly nGaps: number;
  readonly markers: readonly Marker[];
  readonly infos: readonly StreamInfo[];
  readonly items: readonly Item[];
}

/** All items of a stream; throws where they break the contract of items. */
export async function collectStream(recording: Recording, stream: number): Promise<Collected> {
  const items: Item[] = [];
  for await (const item of recording.items({ stream })) items.push(item);
  return collect(items);
}

/** What a list of items amounts to; throws where they break the contract of items. */
export function collect(items: readonly Item[]): Collected {
  const chunks: Float32Array[][] = [];
  const markers: Marker[] = [];
  const infos: StreamInfo[] = [];
  let next = 0;
  let nGaps = 0;
  for (const item of items) {
    if (infos.length === 0 && item.kind !== "info") throw new Error(`${item.kind} before info`);
    if (item.kind === "info") {
      if (item.stream.segment !== infos.length) throw new Error(`segment ${item.stream.segment}`);
      infos.push(item.stream);
      next = 0;
    } else if (item.kind === "marker") markers.push(item);
    else {
      if (item.start !== next) throw new Error(`${item.kind} at ${item.start}, ${next} expected`);
      if (!(Number.isSafeInteger(item.nSamples) && item.nSamples > 0))
        throw new Error(`nSamples ${item.nSamples}`);
      next += item.nSamples;
      if (item.kind === "gap") nGaps++;
      else {
        const { data, nSamples } = item;
        const nChannels = infos.at(-1)!.channels.length;
        if (data.length !== nSamples * nChannels) throw new Error(`${data.length} values`);
        for (let c = 0; c < nChannels; c++)
          (chunks[c] ??= []).push(data.subarray(c * nSamples, (c + 1) * nSamples));
      }
    }
  }
  return { channels: chunks.map(joined), nGaps, markers, infos, items };
}

function joined(chunks: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
