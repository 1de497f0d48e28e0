import { cos, tan } from "../eeg/math.ts";
import { hertz, type Sfreq } from "../eeg/sfreq.ts";
import { checkEdge } from "./butterworth.ts";
import type { Sections } from "./sections.ts";

/** A narrow stop band, such as the mains. */
export interface NotchOptions {
  /** What is taken out, Hz. */
  readonly frequencyHz: number;
  /** Sharpness: `frequencyHz` over the width at half power. 30 takes 2 Hz out around 60 Hz. */
  readonly q: number;
}

/**
 * Designs a notch of second order, as `scipy.signal.iirnotch(frequencyHz, q, sfreq)` (Orfanidis, Introduction to
 * Signal Processing, 1996, equations 11.3.4 to 11.3.21).
 * @throws RangeError unless the frequency and q are positive
 * @throws EegError SFREQ_UNSUPPORTED unless the frequency lies below half the sampling frequency
 */
export function notchSection(options: NotchOptions, sfreq: Sfreq): Sections {
  checkNotch(options);
  const { frequencyHz, q } = options;
  checkEdge(frequencyHz, describeNotch(options), sfreq);
  const centre = (2 * frequencyHz) / hertz(sfreq);
  const gain = 1 / (1 + tan(((centre / q) * Math.PI) / 2));
  const middle = -2 * cos(centre * Math.PI);
  return Float64Array.of(gain, gain * middle, gain, 1, gain * middle, 2 * gain - 1);
}

/** For people: `notch 60 Hz, Q 30`. */
export function describeNotch({ frequencyHz, q }: NotchOptions): string {
  return `notch ${frequencyHz} Hz, Q ${q}`;
}

/** @throws RangeError if no stream could be filtered like this */
export function checkNotch(options: NotchOptions): void {
  const { frequencyHz, q } = options;
  if (!(frequencyHz > 0 && frequencyHz < Infinity && q > 0 && q < Infinity))
    throw new RangeError(`${describeNotch(options)}: expected a frequency and a Q above 0`);
}
