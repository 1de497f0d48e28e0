import type { Samples } from "../eeg/item.ts";
import { hertz } from "../eeg/sfreq.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { eegDescription } from "./description.ts";
import { loadLiblsl } from "./library.node.ts";

/** A stream of EEG on the network. */
export interface LslOutlet {
  /** Seconds on this machine's LSL clock. */
  now(): number;
  /** @param timeOf when each of the samples was, in seconds of this machine's LSL clock */
  push(samples: Samples, timeOf: (sample: number) => number): void;
  close(): Promise<void>;
}

/**
 * Announces a stream, with what its info says of its channels.
 * @throws EegError LSL_UNAVAILABLE
 */
export async function openLslOutlet(info: StreamInfo): Promise<LslOutlet> {
  const lsl = await loadLiblsl();
  const nChannels = info.channels.length;
  const outlet = lsl.createOutlet({
    name: info.name,
    type: info.type ?? "EEG",
    nChannels,
    sfreqHz: hertz(info.sfreq),
    format: "float32",
    sourceId: info.sourceId,
    desc: eegDescription(info),
  });
  return {
    now: () => lsl.localClock(),
    push({ start, nSamples, data }, timeOf) {
      const rows = new Float32Array(data.length);
      for (let c = 0; c < nChannels; c++)
        for (let i = 0; i < nSamples; i++) rows[i * nChannels + c] = data[c * nSamples + i]!;
      const stamps = Float64Array.from({ length: nSamples }, (_, i) => timeOf(start + i));
      lsl.pushNumbers(outlet, rows, stamps);
    },
    close: () => lsl.destroyOutlet(outlet),
  };
}
