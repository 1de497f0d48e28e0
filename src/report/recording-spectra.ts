import { hertz } from "../eeg/sfreq.ts";
import { through } from "../eeg/stage.ts";
import type { Channel } from "../eeg/stream-info.ts";
import type { Recording } from "../formats/recording.ts";
import { welch } from "../signal/spectrum.ts";
import { windowsStage } from "../signal/windows.ts";

/** Spectra of a recording's EEG channels. */
export interface RecordingSpectra {
  /** Hz, from 0 to half the sampling frequency. */
  readonly frequencies: Float64Array;
  readonly channels: readonly {
    readonly channel: Channel;
    /** Power spectral density, the unit squared by Hz; null where no stretch was whole. */
    readonly power: Float64Array | null;
  }[];
}

/** Each frequency is told apart from the next by about half a hertz. */
const segmentSeconds = 2;
/** Segments in a stretch that is looked at as one, and stretches looked at, evenly over the recording. */
const mostSegments = 16;
const mostStretches = 200;

/**
 * Welch's spectrum (2 s, Hann, half overlapping) of every EEG channel of a recording's default stream, mean over
 * stretches without gaps. Null where there is no EEG channel or no stretch long enough.
 */
export async function measureSpectra(recording: Recording): Promise<RecordingSpectra | null> {
  const stream = recording.streams[recording.defaultStream];
  if (!stream) return null;
  const { channels, sfreq } = stream;
  const eeg = channels.flatMap(({ type }, c) => (type === "eeg" ? [c] : []));
  const segment = Math.max(16, 2 ** Math.round(Math.log2(segmentSeconds * hertz(sfreq))));
  const { durationSeconds } = await recording.summary();
  const whole = Math.floor((durationSeconds * hertz(sfreq)) / segment);
  if (eeg.length === 0 || whole < 1) return null;
  const length = segment * Math.min(mostSegments, whole);
  const every = Math.max(1, Math.ceil((whole * segment) / length / mostStretches));
  const sums = eeg.map(() => ({ power: new Float64Array(segment / 2 + 1), n: 0 }));
  let frequencies: Float64Array | null = null;
  for await (const item of through(recording.items(), windowsStage({ length, hop: length }))) {
    if (item.kind !== "window" || (item.start / length) % every !== 0) continue;
    for (const [i, c] of eeg.entries()) {
      const spectrum = welch(item.data.subarray(c * length, (c + 1) * length), { sfreq, segment });
      ({ frequencies } = spectrum);
      if (Number.isNaN(spectrum.power[1])) continue;
      const sum = sums[i]!;
      sum.n++;
      for (let k = 0; k < sum.power.length; k++) sum.power[k]! += spectrum.power[k]!;
    }
  }
  return (
    frequencies && {
      frequencies,
      channels: eeg.map((c, i) => {
        const { power, n } = sums[i]!;
        return { channel: channels[c]!, power: n > 0 ? power.map((value) => value / n) : null };
      }),
    }
  );
}

/** Mean density between two frequencies, in decibels of the unit squared by Hz; NaN where there is none. */
export function bandDecibels(
  { frequencies }: RecordingSpectra,
  power: Float64Array,
  [lowHz, highHz]: readonly [number, number],
): number {
  let sum = 0;
  let n = 0;
  for (let k = 0; k < power.length; k++)
    if (frequencies[k]! >= lowHz && frequencies[k]! < highHz) {
      sum += power[k]!;
      n++;
    }
  return sum > 0 ? 10 * Math.log10(sum / n) : NaN;
}
