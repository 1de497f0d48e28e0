// The model that benchmarks run: the shipped one, or one of its sizes with random weights where none is shipped.
import { loadModel, shippedModels } from "../dist/index.node.js";
import { createRandom } from "../dist/eeg/random.js";
import { parameterShapes } from "../dist/model/encoder.js";

/** Architecture of the shipped models. */
const sizes = {
  components: 16,
  bands: 12,
  average: 40,
  width: 64,
  layers: 2,
  heads: 4,
  feedForward: 128,
  window: 20,
  classes: 2,
};

export async function benchModel() {
  const names = await shippedModels();
  return names.includes("eyes") ? loadModel("eyes") : randomModel();
}

function randomModel() {
  const random = createRandom(1);
  const weights = new Map();
  for (const [name, shape] of parameterShapes(sizes)) {
    const length = shape.reduce((product, n) => product * n, 1);
    weights.set(
      name,
      Float32Array.from({ length }, () => random.normal() / Math.sqrt(shape.at(-1))),
    );
  }
  weights.get("bands.centre").forEach((_, k, centre) => (centre[k] = 3 + 3 * k));
  weights.get("bands.width").fill(1.5);
  weights.get("token.deviation").fill(1.5);
  const manifest = {
    name: "random",
    labels: ["a", "b"],
    input: {
      sfreq: 160,
      unit: "µV",
      filters: [{ kind: "bandpass", lowHz: 1, highHz: 45, order: 4 }],
      reference: "average",
      channels: { region: ["O1", "Oz", "O2"], atLeast: 2 },
    },
    architecture: { kind: "bandpower-transformer", sizes, epsilon: 0.01, minContextSeconds: 2 },
    output: { kind: "logits", temperature: 1, abstainBelow: 0 },
  };
  return { manifest, weights, weightsHash: "" };
}

/** Smallest and middle of some numbers. */
export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return { min: sorted[0], median: sorted[sorted.length >> 1] };
}

/** Processor milliseconds of a piece of work, so that other programs on the machine do not count. */
export async function cpuMs(work) {
  const begun = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1e3;
}
