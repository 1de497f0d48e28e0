import { hertz, sfreq } from "../../src/eeg/sfreq.ts";
import type { Item } from "../../src/eeg/item.ts";
import type { StreamInfo } from "../../src/eeg/stream-info.ts";
import type { LslInlet } from "../../src/lsl/inlet.node.ts";
import type { LslOutlet } from "../../src/lsl/outlet.node.ts";

/** Streams of tests that run beside each other must not be mixed up. */
export const unique = (name: string): string => `${name} ${process.pid}`;

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function madeStream(name: string, labels: readonly string[] = ["O1", "O2"]): StreamInfo {
  return {
    name,
    type: "EEG",
    sourceId: `serial of ${name}`,
    segment: 0,
    channels: labels.map((label) => ({ label, unit: "µV", type: "eeg", position: null, reference: "M1" })),
    sfreq: sfreq(250),
    t0: null,
    filters: [],
    delaySamples: 0,
    settleSamples: 0,
  };
}

/** Samples whose values name their origin: 1000 * channel + sample. */
export function pushRamp(
  outlet: LslOutlet,
  info: StreamInfo,
  { from, to, begun }: { readonly from: number; readonly to: number; readonly begun: number },
): void {
  const [nSamples, nChannels] = [to - from, info.channels.length];
  const data = new Float32Array(nChannels * nSamples);
  for (let c = 0; c < nChannels; c++)
    for (let i = 0; i < nSamples; i++) data[c * nSamples + i] = 1000 * c + from + i;
  outlet.push(
    { kind: "samples", start: from, nSamples, data },
    (sample) => begun + sample / hertz(info.sfreq),
  );
}

const open = new Set<Collected>();

/** For `afterEach`: an inlet that is left open keeps the tests from ending. */
export async function stopAll(): Promise<void> {
  await Promise.all([...open].map((collected) => collected.stop()));
}

/** What an inlet gives, as it comes. */
export interface Collected {
  readonly items: Item[];
  /** Samples so far, gaps not counted. */
  samples: number;
  /** First values of each segment: the sample that each place holds, NaN in gaps. */
  readonly segments: number[][];
  stop(): Promise<void>;
  until(condition: () => boolean): Promise<void>;
}

export function collect(inlet: LslInlet): Collected {
  const collected: Collected = {
    items: [],
    samples: 0,
    segments: [],
    stop: async () => {
      open.delete(collected);
      await inlet.close();
      await reading;
    },
    async until(condition) {
      for (const begun = performance.now(); !condition(); await sleep(5))
        if (performance.now() - begun > 20_000) throw new Error("waited in vain");
    },
  };
  open.add(collected);
  const reading = (async () => {
    for await (const item of inlet) {
      collected.items.push(item);
      const present = collected.segments.at(-1);
      if (item.kind === "info") collected.segments.push([]);
      else if (item.kind === "gap") present!.push(...Array.from({ length: item.nSamples }, () => Number.NaN));
      else if (item.kind === "samples") {
        collected.samples += item.nSamples;
        present!.push(...item.data.subarray(0, item.nSamples));
      }
    }
  })();
  return collected;
}

export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);
