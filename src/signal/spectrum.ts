import FFT from "fft.js";
import { cos } from "../eeg/math.ts";
import { hertz, type Sfreq } from "../eeg/sfreq.ts";

export interface WelchOptions {
  readonly sfreq: Sfreq;
  /** Samples in each segment: a power of two, at least 4. Neighbouring segments share half of them. */
  readonly segment: number;
}

export interface Spectrum {
  /** Hz, `segment / 2 + 1` of them from 0 to half the sampling frequency. */
  readonly frequencies: Float64Array;
  /** Power spectral density, µV²/Hz for a signal in µV. */
  readonly power: Float64Array;
}

/**
 * Welch's power spectral density (Welch, IEEE Trans. Audio Electroacoust. 15, 1967), as `scipy.signal.welch(samples, sfreq,
 * nperseg=segment)`: Hann's window, constant detrend, mean over segments that overlap by half. Samples after the
 * last whole segment are left out; a NaN makes every power NaN whose segment holds it.
 * @param samples one channel without gaps
 * @throws RangeError unless `segment` is a power of two, at least 4, and there are as many samples
 */
export function welch(samples: Float32Array | Float64Array, { sfreq, segment }: WelchOptions): Spectrum {
  if (!(Number.isInteger(segment) && segment >= 4 && (segment & (segment - 1)) === 0))
    throw new RangeError(`welch: expected a segment of a power of two samples, at least 4, got ${segment}`);
  if (samples.length < segment)
    throw new RangeError(`welch: expected at least one segment of ${segment} samples, got ${samples.length}`);
  const rate = hertz(sfreq);
  const window = Float64Array.from(
    { length: segment },
    (_, i) => 0.5 - 0.5 * cos((2 * Math.PI * i) / segment),
  );
  const energy = window.reduce((sum, w) => sum + w * w, 0);
  const half = segment / 2;
  const power = new Float64Array(half + 1);
  const fft = new FFT(segment);
  const weighted = new Array<number>(segment);
  const transformed = fft.createComplexArray() as number[];
  const nSegments = Math.floor((samples.length - half) / half);
  for (let s = 0; s < nSegments; s++) {
    const part = samples.subarray(s * half, s * half + segment);
    let sum = 0;
    for (let i = 0; i < segment; i++) sum += part[i]!;
    const mean = sum / segment;
    for (let i = 0; i < segment; i++) weighted[i] = window[i]! * (part[i]! - mean);
    fft.realTransform(transformed, weighted);
    for (let k = 0; k <= half; k++) {
      const re = transformed[2 * k]!;
      const im = transformed[2 * k + 1]!;
      power[k]! += re * re + im * im;
    }
  }
  // Between the ends each frequency stands for its negative too.
  for (let k = 0; k <= half; k++) power[k]! *= (k === 0 || k === half ? 1 : 2) / (rate * energy * nSegments);
  return { frequencies: power.map((_, k) => (k * rate) / segment), power };
}
