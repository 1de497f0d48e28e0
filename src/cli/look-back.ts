import { inputStage } from "../decode/input.ts";
import { fromHertz, hertz } from "../eeg/sfreq.ts";
import type { Position } from "../eeg/stream-info.ts";
import { electrode } from "../eeg/electrodes.ts";
import { contextSeconds } from "../model/encoder.ts";
import { isWindowModel, type AnyModel } from "../model/window-model.ts";
import { modelHz, patchSamples } from "../tokens/patch-grid.ts";
import type { LookBack } from "../report/latency-figures.ts";

/** What lies between a moment and the labels that speak of it, whatever the machine. */
export function lookBack(model: AnyModel, electrodes: readonly string[], sfreqHz: number): LookBack {
  if (isWindowModel(model)) {
    const { window, sfreq } = model.manifest.input;
    const windowMs = (window.samples / sfreq) * 1000;
    return { filterDelayMs: null, windowMs, contextMs: windowMs };
  }
  const { output } = inputStage(model.manifest)({
    name: "latency",
    sourceId: "latency",
    segment: 0,
    channels: electrodes.map((label) => ({
      label,
      unit: "µV",
      type: "eeg",
      position: electrode(label)?.position ?? (null as Position | null),
      reference: null,
    })),
    sfreq: fromHertz(sfreqHz),
    t0: null,
    filters: [],
    delaySamples: 0,
    settleSamples: 0,
  });
  return {
    filterDelayMs: (output.delaySamples / hertz(output.sfreq)) * 1000,
    windowMs: (patchSamples / modelHz) * 1000,
    contextMs: contextSeconds(model.manifest.architecture.sizes) * 1000,
  };
}
