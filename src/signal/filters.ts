import { hertz } from "../eeg/sfreq.ts";
import type { StageFactory } from "../eeg/stage.ts";
import { butterworth, checkPassband, describePassband, type Passband } from "./butterworth.ts";
import { checkNotch, describeNotch, notchSection, type NotchOptions } from "./notch.ts";
import { recursiveStage } from "./recursive.ts";
import { groupDelay } from "./sections.ts";

/** The edges of a band-pass, where it halves the power, and its order. */
export interface BandpassOptions {
  readonly lowHz: number;
  readonly highHz: number;
  /** Of each slope; the filter has as many second-order sections. @default 4 */
  readonly order?: number;
}

export interface HighpassOptions {
  /** Where the power is halved. */
  readonly lowHz: number;
  /** @default 4 */
  readonly order?: number;
}

export interface LowpassOptions {
  /** Where the power is halved. */
  readonly highHz: number;
  /** @default 4 */
  readonly order?: number;
}

/**
 * Butterworth band-pass, causal (`scipy.signal.butter`, `sosfilt`). It declares its group delay at the middle of
 * the band.
 * @throws RangeError for edges or an order that fit no stream; EegError SFREQ_UNSUPPORTED, when a stream comes
 * whose rate is not above twice `highHz`
 */
export function bandpassStage({ lowHz, highHz, order = 4 }: BandpassOptions): StageFactory {
  return butterworthStage({ kind: "bandpass", lowHz, highHz, order }, Math.sqrt(lowHz * highHz));
}

/** Butterworth high-pass, causal; see `bandpassStage`. Well above its edge it has no delay. */
export function highpassStage({ lowHz, order = 4 }: HighpassOptions): StageFactory {
  return butterworthStage({ kind: "highpass", lowHz, order }, null);
}

/** Butterworth low-pass, causal; see `bandpassStage`. It declares its group delay at 0 Hz. */
export function lowpassStage({ highHz, order = 4 }: LowpassOptions): StageFactory {
  return butterworthStage({ kind: "lowpass", highHz, order }, 0);
}

/**
 * Takes out one frequency, such as the mains (`scipy.signal.iirnotch`). Away from it there is no delay.
 * @throws RangeError for options that fit no stream; EegError SFREQ_UNSUPPORTED, when a stream comes whose rate
 * is not above twice the frequency
 */
export function notchStage(options: NotchOptions): StageFactory {
  checkNotch(options);
  const { frequencyHz: highHz } = options;
  const applied = { kind: "notch", description: describeNotch(options), lowHz: highHz, highHz } as const;
  return (input) =>
    recursiveStage(input, { sections: notchSection(options, input.sfreq), applied, delaySamples: 0 });
}

/** @param delayHz where the declared delay is taken, or null for none */
function butterworthStage(band: Passband, delayHz: number | null): StageFactory {
  checkPassband(band);
  const { kind, order: _, ...edges } = band;
  const applied = { kind, description: describePassband(band), ...edges };
  return (input) => {
    const sections = butterworth(band, input.sfreq);
    const radians = ((delayHz ?? 0) * 2 * Math.PI) / hertz(input.sfreq);
    const delaySamples = delayHz === null ? 0 : groupDelay(sections, radians);
    return recursiveStage(input, { sections, applied, delaySamples });
  };
}
