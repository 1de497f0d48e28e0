// The encoder's streaming form at batch 1: the wasm engine against ONNX Runtime on one thread with its lean hop
// graph, on the same weights and tokens.
import ort from "onnxruntime-node";
import { createRandom } from "../dist/eeg/random.js";
import { createEngine } from "../dist/model/engines.js";
import { hopGraph } from "../dist/model/graph/hop-graph.js";
import { onnxBytes } from "../dist/model/graph/onnx.js";
import { benchModel, cpuMs, spread } from "./models.js";

export const name = "engine";

const hops = 2000;
const rounds = 12;

export async function run(print) {
  const model = await benchModel();
  const { sizes } = model.manifest.architecture;
  const random = createRandom(7);
  const tokens = Array.from({ length: 64 }, () =>
    Float32Array.from({ length: sizes.components * sizes.bands }, () => random.normal()),
  );
  const wasm = wasmHop(model);
  const onnx = await onnxHop(model);
  let worst = 0;
  for (let p = 0; p < 100; p++) {
    const own = wasm(p, tokens[p % 64]).slice();
    const other = await onnx(p, tokens[p % 64]);
    own.forEach((logit, c) => (worst = Math.max(worst, Math.abs(logit - other[c]))));
  }
  const perHop = { wasm: [], onnx: [] };
  let patch = 100;
  for (let round = -2; round < rounds; round++) {
    const from = patch;
    const a = await cpuMs(() => {
      for (let i = 0; i < hops; i++) void wasm(from + i, tokens[i % 64]);
    });
    const b = await cpuMs(async () => {
      for (let i = 0; i < hops; i++) await onnx(from + i, tokens[i % 64]);
    });
    patch += hops;
    if (round < 0) continue; // compilers settle
    perHop.wasm.push((a / hops) * 1e3);
    perHop.onnx.push((b / hops) * 1e3);
  }
  const own = spread(perHop.wasm);
  const peer = spread(perHop.onnx);
  const line = ({ min, median }) => `${min.toFixed(1).padStart(7)} ${median.toFixed(1).padStart(7)}`;
  print(`model ${model.manifest.name}, ${rounds} rounds of ${hops} hops at batch 1, processor time`);
  print(`µs a hop                         min  median`);
  print(`wasm                         ${line(own)}`);
  print(`onnxruntime-node, 1 thread   ${line(peer)}`);
  print(
    `ratio                        ${line({ min: peer.min / own.min, median: peer.median / own.median })}`,
  );
  print(`largest difference of logits ${worst.toExponential(1)}`);
}

function wasmHop(model) {
  const engine = createEngine(model);
  const slot = engine.open();
  return (patch, token) => engine.step([{ slot, patch, token }]);
}

/** ONNX Runtime with keys and values in a ring that the caller keeps, and all tensors made once. */
async function onnxHop(model) {
  const { sizes } = model.manifest.architecture;
  const graph = hopGraph({ sizes, weights: model.weights, batch: 1 });
  const session = await ort.InferenceSession.create(onnxBytes(graph), {
    executionProviders: ["cpu"],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
  });
  const tensorsOf = (list) =>
    Object.fromEntries(
      list.map(({ name: n, shape }) => {
        const size = shape.reduce((product, k) => product * k, 1);
        return [n, new ort.Tensor("float32", new Float32Array(size), shape)];
      }),
    );
  const feeds = tensorsOf(graph.inputs);
  const outputs = tensorsOf(graph.outputs.filter(({ name: n }) => n !== "embedding"));
  const { width, heads, window, layers } = sizes;
  const places = window - 1;
  const each = width / heads;
  const held = new Int32Array(places).fill(-1e6);
  let next = 0;
  return async (patch, token) => {
    feeds.token.data.set(token);
    for (let i = 0; i < places; i++) {
      feeds.age.data[i] = patch - held[i];
      feeds.mask.data[i] = patch - held[i] < window ? 0 : -1e30;
    }
    await session.run(feeds, outputs);
    for (let l = 0; l < layers; l++) {
      const keys = feeds[`keys.${l}`].data;
      const values = feeds[`values.${l}`].data;
      const key = outputs[`key.${l}`].data;
      const value = outputs[`value.${l}`].data;
      for (let i = 0; i < width; i++) keys[i * places + next] = key[i];
      for (let head = 0; head < heads; head++)
        values.set(value.subarray(head * each, (head + 1) * each), (head * places + next) * each);
    }
    held[next] = patch;
    next = (next + 1) % places;
    return outputs.logits.data;
  };
}
