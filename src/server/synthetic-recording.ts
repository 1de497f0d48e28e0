import type { Item } from "../eeg/item.ts";
import { sfreq } from "../eeg/sfreq.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import type { Recording } from "../formats/recording.ts";
import { synthetic, type SyntheticState } from "../source/synthetic.ts";

// prettier-ignore
const electrodes = [
  "Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz", "C4", "T8", "P7", "P3", "Pz", "P4", "P8", "O1", "O2",
];
const states: readonly SyntheticState[] = Array.from({ length: 120 }, (_, i) => ({
  state: i % 2 === 0 ? "eyes-open" : "eyes-closed",
  seconds: 30,
}));

/** An hour of the simulator, eyes open and closed in turn, that can be played like a recording. */
export async function syntheticRecording(seed: number): Promise<Recording> {
  const source = synthetic({ seed, sfreq: sfreq(250), electrodes, schedule: states });
  async function* items(): AsyncGenerator<Item, void, undefined> {
    yield* source;
  }
  let stream: StreamInfo | undefined;
  for await (const item of source) {
    if (item.kind === "info") stream = item.stream;
    break;
  }
  return {
    streams: [stream!],
    defaultStream: 0,
    diagnostics: [],
    summary: async () => ({
      format: "simulated",
      startTime: null,
      durationSeconds: 3600,
      nRecords: 0,
      recordDurationSeconds: 0,
      channels: [],
      annotations: [],
      gaps: [],
      diagnostics: [],
    }),
    items,
    close: async () => undefined,
  };
}
