import type { WindowManifest } from "../../src/model/window-manifest.ts";
import type { WindowEngine, WindowModel } from "../../src/model/window-model.ts";

export interface WindowModelOptions {
  /** Of the manifest's input. */
  readonly input?: Partial<WindowManifest["input"]>;
  readonly output?: Partial<WindowManifest["output"]>;
  /** What stands for the graph. @default sums that depend on every number and its place */
  readonly run?: (window: Float32Array) => Float32Array;
}

/** A decoder from elsewhere without its graph: two channels, a second at 100 Hz, decided on every 0.1 s. */
export function windowModel({ input, output, run = mixed }: WindowModelOptions = {}): WindowModel {
  const engine: WindowEngine = {
    name: "onnx",
    device: "test",
    run: (window) => Promise.resolve(run(window)),
    release: () => undefined,
  };
  const manifest: WindowManifest = {
    format: "brainwire-model/1",
    name: "windows",
    version: "0.0.0",
    task: "none",
    labels: ["a", "b"],
    input: {
      sfreq: 100,
      unit: "µV",
      filters: [],
      reference: "none",
      channels: { order: ["C4", "C3"], interpolateAtMost: 0 },
      window: { samples: 100, hopSamples: 10 },
      normalisation: { way: "none" },
      ...input,
    },
    architecture: {
      kind: "onnx-window",
      input: { name: "eeg", axes: ["batch", "channels", "samples"] },
      output: { name: "logits" },
    },
    output: { kind: "logits", temperature: 1, abstainBelow: 0, ...output },
    calibration: "none",
    weights: { file: "model.onnx", sha256: "0".repeat(64) },
    training: { data: "none", subjects: "none", seed: 0, config: "none", commit: "none" },
    metrics: { split: "none", n: 0, values: {}, baselines: {} },
  };
  return {
    manifest,
    graph: new Uint8Array(0),
    weightsHash: "0".repeat(64),
    createEngine: () => Promise.resolve(engine),
  };
}

function mixed(window: Float32Array): Float32Array {
  const out = new Float32Array(2);
  window.forEach((value, i) => (out[i % 2]! += (value * ((i % 13) - 6)) / 500));
  return out;
}
