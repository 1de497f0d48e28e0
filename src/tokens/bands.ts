import { cos, exp, sin } from "../eeg/math.ts";
import { modelHz, patchSamples } from "./patch-grid.ts";

/** Taps on one side of a patch's middle. */
export const halfPatch = patchSamples / 2;

/**
 * Complex band filters: a cosine and a sine under a Gaussian window, divided by the window's sum, so that a
 * sinusoid at the centre comes out at half its amplitude. Cosines are even and sines odd about the middle
 * (39.5 samples): one side says all.
 * @param centre Hz, one a filter
 * @param width Hz, deviation of the Gaussian in frequency
 * @returns filter after filter: 40 pairs of cosine and sine, from the middle outward; float64 rounded to float32
 */
export function bandTaps(centre: Float32Array, width: Float32Array): Float32Array {
  const taps = new Float32Array(centre.length * patchSamples);
  const window = new Float64Array(halfPatch);
  for (let k = 0; k < centre.length; k++) {
    let sum = 0;
    for (let m = 0; m < halfPatch; m++) {
      const angle = 2 * Math.PI * width[k]! * seconds(m);
      window[m] = exp(-0.5 * angle * angle);
      sum += 2 * window[m]!;
    }
    for (let m = 0; m < halfPatch; m++) {
      const angle = 2 * Math.PI * centre[k]! * seconds(m);
      taps[(k * halfPatch + m) * 2] = (cos(angle) * window[m]!) / sum;
      taps[(k * halfPatch + m) * 2 + 1] = (sin(angle) * window[m]!) / sum;
    }
  }
  return taps;
}

/** Time of tap `m` after the patch's middle. */
function seconds(m: number): number {
  return (m + 0.5) / modelHz;
}
