// One step of training: forward, loss, all gradients, AdamW. The peer is TensorFlow.js on its WASM backend with the
// same model, batch and optimiser, tensors already on the backend.
import { createRequire } from "node:module";
import { createRandom } from "../dist/eeg/random.js";
import { startAdamW, stepAdamW } from "../dist/train/adamw.js";
import { initialWeights } from "../dist/train/initial-weights.js";
import { createSession } from "../dist/train/session.node.js";
import { trainingGraph } from "../dist/train/training-graph.js";

export const name = "train";

const sizes = {
  components: 16,
  bands: 12,
  average: 1,
  width: 64,
  layers: 2,
  heads: 4,
  feedForward: 128,
  window: 20,
  classes: 2,
};
const batch = 32;
const channels = 64;
const patches = 56; // 6 s
const epsilon = 0.1;
const model = { sizes, epsilon, centred: false };
const frozen = new Set(["token.mean", "token.deviation"]);
const optimiser = { learningRate: 1e-3, weightDecay: 0.05, decays: () => true, beta1: 0.9, beta2: 0.99 };

export async function run(print) {
  const graph = trainingGraph({ ...model, batch, channels, patches, frozen });
  const start = {
    bandCentres: Array.from({ length: 12 }, (_, k) => 3 + 3 * k),
    bandWidths: new Array(12).fill(2),
    mix: 0.2,
    slope: 0.05,
  };
  const weights = initialWeights(sizes, start, 1);
  const feeds = inputs(graph, weights);
  const parameters = [...weights.values()].reduce((n, { length }) => n + length, 0);
  print(`batch ${batch} x ${channels} channels x 6 s, ${parameters} parameters`);

  const task = { graph, weights, feeds };
  const ours = [await onnx(task, 1), await onnx(task, 2)];
  ours.forEach((times, i) => print(`brainwire, ${i + 1} thread${i ? "s" : ""}: ${described(times)}`));
  const peer = await tfjs(task);
  if (!peer) return print("TensorFlow.js WASM: not installed, skipped");
  print(`TensorFlow.js WASM: ${described(peer)}`);
  const best = ours.reduce((a, b) => (median(a) < median(b) ? a : b));
  print(
    `ratio: ${(Math.min(...peer) / Math.min(...best)).toFixed(1)} by minimum, ${(median(peer) / median(best)).toFixed(1)} by median (wanted: 10)`,
  );
}

/** Numbers for everything that the graph takes besides the weights. */
function inputs(graph, weights) {
  const random = createRandom(2);
  const feeds = {};
  for (const { name, shape } of graph.inputs) {
    if (weights.has(name)) continue;
    const n = shape.reduce((a, b) => a * b, 1);
    const of = (make) => Float32Array.from({ length: n }, make);
    if (name === "samples") feeds[name] = of(() => 10 * random.normal());
    else if (name === "phi") feeds[name] = of(() => random.normal());
    else if (name === "mask") feeds[name] = new Float32Array(n);
    else if (name === "weight") feeds[name] = new Float32Array(n).fill(1 / n);
    else if (name === "target") feeds[name] = new Float32Array(n).fill(0.5);
    else if (name.startsWith("drop.")) feeds[name] = of(() => (random.uniform() < 0.2 ? 0 : 1.25));
    else feeds[name] = new Float32Array(n).fill(1);
  }
  return feeds;
}

async function onnx({ graph, weights, feeds }, threads) {
  const session = await createSession(graph, threads);
  const state = startAdamW(new Map([...weights].map(([key, data]) => [key, data.slice()])));
  const times = [];
  for (let step = 0; step < 25; step++) {
    const from = performance.now();
    const outputs = await session.run({ ...feeds, ...Object.fromEntries(state.weights) });
    const gradients = new Map(graph.learned.map((key) => [key, outputs[`gradient.${key}`]]));
    stepAdamW(state, gradients, { ...optimiser, step });
    if (step >= 5) times.push(performance.now() - from);
  }
  await session.release();
  return times;
}

async function tfjs({ graph, weights, feeds }) {
  const require = createRequire(import.meta.url);
  try {
    require("@tensorflow/tfjs-backend-wasm");
    require("@tensorflow/tfjs-backend-cpu"); // for what the WASM backend lacks
    require("@tensorflow/tfjs-layers"); // registers the gradients
  } catch {
    return null;
  }
  const tf = require("@tensorflow/tfjs-core");
  const { tfjsLoss } = await import("./tfjs-encoder.js");
  tf.env().set("IS_NODE", true);
  await tf.setBackend("wasm");
  await tf.ready();
  const loss = tfjsLoss(model);
  const shapes = Object.fromEntries(graph.inputs.map(({ name, shape }) => [name, shape]));
  const tensors = Object.fromEntries(
    Object.entries(feeds).map(([key, data]) => [key, tf.tensor(data, shapes[key])]),
  );
  const variables = Object.fromEntries(
    [...weights].map(([key, data]) => [
      key,
      tf.variable(tf.tensor(data, shapes[key]), !frozen.has(key), key),
    ]),
  );
  const adam = tf.train.adam(optimiser.learningRate, optimiser.beta1, optimiser.beta2);
  const learned = graph.learned.map((key) => variables[key]);
  const times = [];
  for (let step = 0; step < 6; step++) {
    const from = performance.now();
    const value = adam.minimize(() => loss(variables, tensors), true, learned);
    value.dataSync();
    value.dispose();
    if (step >= 1) times.push(performance.now() - from);
  }
  return times;
}

function median(times) {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
}

function described(times) {
  return `${Math.min(...times).toFixed(1)} ms minimum, ${median(times).toFixed(1)} ms median`;
}
