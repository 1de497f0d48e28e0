import { EegError } from "../eeg/errors.ts";
import { cos, log, sin } from "../eeg/math.ts";

/** A recursive filter as second-order sections, six numbers each in the order of SciPy's `sos`: b0 b1 b2 1 a1 a2. */
export type Sections = Float64Array;

/**
 * State with which a filter is already at rest on a constant input of 1, two numbers a section
 * (`scipy.signal.sosfilt_zi`); times the first sample it is the state to start from.
 */
export function restState(sections: Sections): Float64Array {
  const state = new Float64Array(sections.length / 3);
  let level = 1; // what the constant has become when it reaches this section
  for (let s = 0; s < sections.length / 6; s++) {
    const [b0, b1, b2, , a1, a2] = section(sections, s);
    const gain = (b0 + b1 + b2) / (1 + a1 + a2);
    state[2 * s] = level * (gain - b0);
    state[2 * s + 1] = level * (b2 - a2 * gain);
    level *= gain;
  }
  return state;
}

/**
 * Samples until a filter has settled: after so many, less than 1 % of the sum of its impulse response's absolute
 * values is still to come. So no bounded input that ended then moves the output by more than 1 % of what it
 * could. For a Butterworth band-pass of 1-40 Hz at 160 Hz that is 0.84 s of order 2 and 1.72 s of order 4.
 * @throws EegError SFREQ_UNSUPPORTED if that takes more than 2^24 samples, or for ever
 */
export function settlingSamples(sections: Sections): number {
  // By then the slowest pole's part has shrunk to e^-20.
  const until = -20 / log(poleRadius(sections));
  if (!(until > 0 && until <= longest))
    throw new EegError(
      "SFREQ_UNSUPPORTED",
      `the filter would not settle within ${longest} samples: an edge is too low, or too near the other, for this sampling frequency; raise it, widen the band or lower the order`,
    );
  const { sum } = absoluteSum(sections, { until, sum: Infinity });
  return absoluteSum(sections, { until, sum: 0.99 * sum }).n;
}

const longest = 16777216;

/** Adds up |h[n]| of the impulse response h up to a number of samples or a sum. */
function absoluteSum(sections: Sections, end: { until: number; sum: number }): { n: number; sum: number } {
  const state = new Float64Array(sections.length / 3);
  let n = 0;
  let sum = 0;
  for (let y = 1; n < end.until && sum <= end.sum; y = 0) {
    for (let s = 0, k = 0; s < state.length; s += 2, k += 6) {
      const x = y;
      y = sections[k]! * x + state[s]!;
      state[s] = sections[k + 1]! * x - sections[k + 4]! * y + state[s + 1]!;
      state[s + 1] = sections[k + 2]! * x - sections[k + 5]! * y;
    }
    sum += y < 0 ? -y : y;
    n++;
  }
  return { n, sum };
}

/** Distance from the origin of the pole that is farthest from it. */
function poleRadius(sections: Sections): number {
  let radius = 0;
  for (let s = 0; s < sections.length / 6; s++) {
    const [, , , , a1, a2] = section(sections, s);
    const square = a1 * a1 - 4 * a2;
    const size = a1 < 0 ? -a1 : a1;
    radius = Math.max(radius, square < 0 ? Math.sqrt(a2) : (size + Math.sqrt(square)) / 2);
  }
  return radius;
}

/** Group delay in samples at an angular frequency in radians a sample: minus the derivative of the phase. */
export function groupDelay(sections: Sections, radians: number): number {
  let delay = 0;
  for (let s = 0; s < sections.length / 6; s++) {
    const [b0, b1, b2, , a1, a2] = section(sections, s);
    delay += polynomialDelay([b0, b1, b2], radians) - polynomialDelay([1, a1, a2], radians);
  }
  return delay;
}

/** Delay of the polynomial c0 + c1 z^-1 + c2 z^-2 on the unit circle: Re(Σ n c_n z^-n / Σ c_n z^-n). */
function polynomialDelay([c0, c1, c2]: readonly [number, number, number], radians: number): number {
  const re1 = cos(radians);
  const im1 = -sin(radians);
  const re2 = re1 * re1 - im1 * im1;
  const im2 = 2 * re1 * im1;
  const re = c0 + c1 * re1 + c2 * re2;
  const im = c1 * im1 + c2 * im2;
  const size = re * re + im * im;
  return ((c1 * re1 + 2 * c2 * re2) * re + (c1 * im1 + 2 * c2 * im2) * im) / size;
}

type Section = [b0: number, b1: number, b2: number, a0: number, a1: number, a2: number];

function section(sections: Sections, index: number): Section {
  return [...sections.subarray(6 * index, 6 * index + 6)] as Section;
}
