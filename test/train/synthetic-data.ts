import { electrode } from "../../src/eeg/electrodes.ts";
import { sphericalHarmonics } from "../../src/eeg/harmonics.ts";
import { createRandom } from "../../src/eeg/random.ts";
import { patchesIn } from "../../src/model/graph/token-graph.ts";
import { parseTrainingConfig, type TrainingConfig } from "../../src/train/config.ts";
import type { DataSet, TrainingRecording } from "../../src/train/recording-data.ts";

const electrodes = ["F3", "F4", "Cz", "P3", "P4", "O1", "O2"];
const seconds = 20;

/** Noise of each subject's own size, with a 10 Hz rhythm at the back of the head in every second recording. */
export function syntheticData(nSubjects: number): DataSet {
  const recordings = Array.from({ length: 2 * nSubjects }, (_, i) => recording(i));
  const phi = new Float32Array(
    electrodes.flatMap((name) => [...sphericalHarmonics(electrode(name)!.position)]),
  );
  return { labels: ["calm", "rhythm"], electrodes, phi, recordings };
}

function recording(i: number): TrainingRecording {
  const random = createRandom(100 + i);
  const nSamples = seconds * 160;
  const samples = new Float32Array(electrodes.length * nSamples);
  const rhythm = i % 2 === 1;
  electrodes.forEach((name, c) => {
    const amplitude = rhythm && /[PO]/.test(name) ? 6 : 0;
    for (let t = 0; t < nSamples; t++)
      samples[c * nSamples + t] = 8 * random.normal() + amplitude * Math.sin((2 * Math.PI * 10 * t) / 160);
  });
  const nPatches = patchesIn(nSamples);
  const valid = new Uint8Array(nPatches).fill(1).fill(0, 0, 9);
  if (i === 0) valid.fill(0, 80, 90); // a gap
  return {
    file: `r${i}.edf`,
    subject: `P${String(i >> 1).padStart(2, "0")}`,
    nSamples,
    samples,
    valid,
    present: new Float32Array(electrodes.length).fill(1),
    classes: new Int8Array(nPatches).fill(rhythm ? 1 : 0).map((known, p) => (valid[p] === 1 ? known : -1)),
    judged: [35, 75, 115, 155, 195].map((patch) => ({ patch, truth: rhythm ? 1 : 0 })),
  };
}

/** A small model of it that learns within a second or two. */
export function syntheticConfig(recipe: Partial<TrainingConfig["recipe"]> = {}): TrainingConfig {
  const text = JSON.stringify({
    format: "brainwire-training/1",
    name: "synthetic",
    version: "1.0.0",
    task: "a rhythm at the back of the head, or none",
    labels: ["calm", "rhythm"],
    data: {
      description: "simulated",
      recordings: ["*.edf"],
      subject: "(P\\d+)",
      classes: { from: "file-name", patterns: { calm: "calm", rhythm: "rhythm" } },
      judge: { everySeconds: 4 },
    },
    input: {
      sfreq: 160,
      unit: "µV",
      filters: [{ kind: "bandpass", lowHz: 1, highHz: 45, order: 2 }],
      reference: "average",
      channels: { region: electrodes, atLeast: 4 },
    },
    split: { choose: 0.25 },
    sizes: { components: 4, bands: 3, average: 4, width: 8, layers: 1, heads: 2, feedForward: 8, window: 6 },
    epsilon: 0.1,
    minContextSeconds: 1,
    recipe: {
      steps: 60,
      batch: 8,
      stretchSeconds: 3,
      lossFromSeconds: 1.5,
      learningRate: 0.01,
      warmUpSteps: 5,
      weightDecay: 0.05,
      gradientNorm: 1,
      averaging: 0.9,
      labelSmoothing: 0.05,
      dropOut: 0.1,
      tokenDropOut: 0.1,
      stretchGain: 0.1,
      channelGain: 0.1,
      channelDropOut: 0.3,
      start: { bandCentres: [6, 10, 20], bandWidths: [1.5, 1.5, 2.5], mix: 0.2, slope: 0.05 },
      ...recipe,
    },
    seed: 0,
  });
  return parseTrainingConfig(text, "synthetic.json");
}

/** The same, learned from covariances. */
export function covarianceConfig(
  recipe: Partial<TrainingConfig["recipe"]> = {},
  sizes: Partial<TrainingConfig["sizes"]> = {},
): TrainingConfig {
  const config = syntheticConfig();
  const text = JSON.stringify({
    ...config,
    sizes: { ...config.sizes, window: 1, ...sizes },
    recipe: {
      ...config.recipe,
      stretchGain: 0,
      channelGain: 0,
      channelDropOut: 0,
      stretchSeconds: 0.5,
      lossFromSeconds: 0,
      powers: "covariances",
      frozen: ["bands.centre", "bands.width"],
      ...recipe,
    },
  });
  return parseTrainingConfig(text, "synthetic.json");
}
