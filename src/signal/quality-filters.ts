import type { Passband } from "./butterworth.ts";

/** Drifts below this are taken off before anything is measured (PREP, "detrend"). */
const driftHz = 1;
/** What lies below is EEG to PREP, what lies above noise. */
const noiseHz = 50;

type Edge<Kind> = Extract<Passband, { readonly kind: Kind }>;

/** What a signal goes through before it is measured. */
export interface QualityFilters {
  readonly drift: Edge<"highpass">;
  /** Of what is without drift. Null up to 100 Hz: there is nothing above then, and PREP leaves that criterion out. */
  readonly parts: { readonly slow: Edge<"lowpass">; readonly fast: Edge<"highpass"> } | null;
}

export function qualityFilters(hz: number): QualityFilters {
  return {
    drift: { kind: "highpass", lowHz: Math.min(driftHz, hz / 8), order: 2 },
    parts:
      hz > 2 * noiseHz
        ? {
            slow: { kind: "lowpass", highHz: 0.9 * noiseHz, order: 4 },
            fast: { kind: "highpass", lowHz: noiseHz, order: 4 },
          }
        : null,
  };
}

/** Samples of a window of so many seconds. */
export function windowLength(seconds: number, hz: number): number {
  return Math.max(8, Math.round(seconds * hz));
}
