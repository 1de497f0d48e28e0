import { EegError } from "../eeg/errors.ts";
import { cos, sin, tan } from "../eeg/math.ts";
import { hertz, type Sfreq } from "../eeg/sfreq.ts";
import { add, divide, multiply, scale, squareRoot, subtract, type Complex } from "./complex.ts";
import { pairSections, type ZerosPolesGain } from "./pairing.ts";
import type { Sections } from "./sections.ts";

/** The pass band of a Butterworth filter: its edges (where power is halved) and its order. */
export type Passband =
  | { readonly kind: "bandpass"; readonly lowHz: number; readonly highHz: number; readonly order: number }
  | { readonly kind: "highpass"; readonly lowHz: number; readonly order: number }
  | { readonly kind: "lowpass"; readonly highHz: number; readonly order: number };

/**
 * Designs a Butterworth filter, as `scipy.signal.butter(order, edges, kind, fs=sfreq, output="sos")`: analog
 * prototype, frequency transformation, bilinear transformation with prewarped edges (Oppenheim & Schafer,
 * Discrete-Time Signal Processing, section 7.1). A band-pass of order n has n sections, the others (n + 1) / 2.
 * @throws RangeError unless the order is a whole number from 1 to 24 and the edges are positive and rise
 * @throws EegError SFREQ_UNSUPPORTED unless every edge lies below half the sampling frequency
 */
export function butterworth(band: Passband, sfreq: Sfreq): Sections {
  checkPassband(band);
  const edges = edgesOf(band);
  for (const edge of edges) checkEdge(edge, describePassband(band), sfreq);
  const [first, second] = edges.map((edge) => 4 * tan((Math.PI * edge) / hertz(sfreq)));
  const poles = prototype(band.order);
  switch (band.kind) {
    case "bandpass":
      return pairSections(bilinear(toBandpass(poles, first!, second!)));
    case "highpass":
      return pairSections(bilinear(toHighpass(poles, first!)));
    case "lowpass":
      return pairSections(bilinear(toLowpass(poles, first!)));
  }
}

/** For people: `band-pass 1-45 Hz, Butterworth order 2`. */
export function describePassband(band: Passband): string {
  const order = `Butterworth order ${band.order}`;
  if (band.kind === "bandpass") return `band-pass ${band.lowHz}-${band.highHz} Hz, ${order}`;
  return band.kind === "highpass"
    ? `high-pass ${band.lowHz} Hz, ${order}`
    : `low-pass ${band.highHz} Hz, ${order}`;
}

/** @throws RangeError if no stream could be filtered like this */
export function checkPassband(band: Passband): void {
  if (!(Number.isInteger(band.order) && band.order >= 1 && band.order <= 24))
    throw new RangeError(`${describePassband(band)}: expected an order from 1 to 24, got ${band.order}`);
  const edges = edgesOf(band);
  for (const edge of edges)
    if (!(edge > 0 && edge < Infinity))
      throw new RangeError(`${describePassband(band)}: expected edges above 0 Hz, got ${edge} Hz`);
  if (edges.length === 2 && edges[0]! >= edges[1]!)
    throw new RangeError(
      `${describePassband(band)}: expected lowHz below highHz, got ${edges.join(" and ")} Hz`,
    );
}

/** @throws EegError SFREQ_UNSUPPORTED if `edge` does not lie below half the sampling frequency */
export function checkEdge(edgeHz: number, filter: string, sfreq: Sfreq): void {
  const rate = hertz(sfreq);
  if (!(edgeHz < rate / 2))
    throw new EegError(
      "SFREQ_UNSUPPORTED",
      `${filter}: ${edgeHz} Hz does not lie below half the sampling frequency, ${rate / 2} Hz (the stream has ${rate} Hz); choose a lower one`,
    );
}

function edgesOf(band: Passband): readonly number[] {
  if (band.kind === "bandpass") return [band.lowHz, band.highHz];
  return band.kind === "highpass" ? [band.lowHz] : [band.highHz];
}

/** An analog filter; all its zeros are at 0. */
interface Analog {
  readonly zerosAtOrigin: number;
  readonly poles: readonly Complex[];
  readonly gain: number;
}

/** Poles of the analog low-pass with its edge at 1 rad/s: on the left half of the unit circle. */
function prototype(order: number): Complex[] {
  return Array.from({ length: order }, (_, i) => {
    const angle = (Math.PI * (2 * i + 1 - order)) / (2 * order);
    return [-cos(angle), -sin(angle)];
  });
}

function toLowpass(poles: readonly Complex[], edge: number): Analog {
  return { zerosAtOrigin: 0, poles: poles.map((p) => scale(p, edge)), gain: power(edge, poles.length) };
}

/** The prototype's poles have the product (-1)^order, so the gain stays 1. */
function toHighpass(poles: readonly Complex[], edge: number): Analog {
  return { zerosAtOrigin: poles.length, poles: poles.map((p) => divide([edge, 0], p)), gain: 1 };
}

function toBandpass(poles: readonly Complex[], low: number, high: number): Analog {
  const width = high - low;
  const centre = Math.sqrt(low * high);
  const halves = poles.map((p) => scale(p, width / 2));
  const roots = halves.map((p) => squareRoot(subtract(multiply(p, p), [centre * centre, 0])));
  return {
    zerosAtOrigin: poles.length,
    poles: [...halves.map((p, i) => add(p, roots[i]!)), ...halves.map((p, i) => subtract(p, roots[i]!))],
    gain: power(width, poles.length),
  };
}

/** z = (4 + s) / (4 - s), the sampling frequency being 2: zeros at the origin go to 1, those at infinity to -1. */
function bilinear({ zerosAtOrigin, poles, gain }: Analog): ZerosPolesGain {
  const four: Complex = [4, 0];
  let denominator: Complex = [1, 0];
  for (const p of poles) denominator = multiply(denominator, subtract(four, p));
  return {
    zeros: poles.map((_, i) => (i < zerosAtOrigin ? 1 : -1)),
    poles: poles.map((p) => divide(add(four, p), subtract(four, p))),
    gain: gain * divide([power(4, zerosAtOrigin), 0], denominator)[0],
  };
}

function power(base: number, exponent: number): number {
  let product = 1;
  for (let i = 0; i < exponent; i++) product *= base;
  return product;
}
