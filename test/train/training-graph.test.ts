import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers"; // registers the gradients, which the Node bundle of tfjs-core leaves out
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { tfjsLoss } from "../../bench/tfjs-encoder.js";
import { createRandom } from "../../src/eeg/random.ts";
import { parameterShapes, type EncoderSizes } from "../../src/model/encoder.ts";
import { unseen } from "../../src/model/graph/layer-graph.ts";
import { createSession, type GraphSession } from "../../src/train/session.node.ts";
import { trainingGraph, type TrainingGraph } from "../../src/train/training-graph.ts";

const otherSizes = {
  components: 3,
  bands: 2,
  width: 8,
  layers: 2,
  heads: 2,
  feedForward: 12,
  window: 4,
  classes: 3,
};
const batch = 2;
const channels = 5;
const patches = 7;
const epsilon = 0.1;

/** Every input of the graph, such as training might give them. */
function feeds(graph: TrainingGraph, seed: number): Record<string, Float32Array> {
  const random = createRandom(seed);
  const result: Record<string, Float32Array> = {};
  for (const { name, shape } of graph.inputs) {
    const n = shape.reduce((a, b) => a * b, 1);
    const normal = (scale: number, mean = 0) =>
      Float32Array.from({ length: n }, () => mean + scale * random.normal());
    if (name === "samples") result[name] = normal(10);
    else if (name === "known") result[name] = new Float32Array(n).fill(1);
    else if (name === "present") result[name] = Float32Array.from({ length: n }, (_, i) => (i === 3 ? 0 : 1));
    else if (name === "gain" || name.endsWith("deviation")) result[name] = normal(0.1, 1);
    else if (name === "mask")
      result[name] = Float32Array.from({ length: n }, (_, i) => (i === 2 || i === 10 ? unseen : 0));
    else if (name === "weight")
      result[name] = Float32Array.from({ length: n }, (_, i) => (i === 2 || i === 10 ? 0 : 1 / 12));
    else if (name === "target")
      result[name] = new Float32Array(n).fill(0.05).map((v, i) => (i % 3 === 1 ? 0.9 : v));
    else if (name.startsWith("drop."))
      result[name] = Float32Array.from({ length: n }, () => (random.uniform() < 0.2 ? 0 : 1.25));
    else if (name === "bands.centre") result[name] = Float32Array.of(10, 20);
    else if (name === "bands.width") result[name] = Float32Array.of(1.5, 2);
    else result[name] = normal(0.4);
  }
  return result;
}

describe.each([
  { average: 1, centred: false },
  { average: 4, centred: true },
])("the encoder's loss and gradients, %p", ({ average, centred }) => {
  const sizes: EncoderSizes = { ...otherSizes, average };
  const graph = trainingGraph({
    sizes,
    batch,
    channels,
    patches,
    epsilon,
    centred,
    personal: false,
    shifted: false,
    frozen: new Set(["token.mean", "token.deviation"]),
  });
  let session: GraphSession;
  beforeAll(async () => {
    tf.env().set("IS_NODE", false); // no advertisement
    await tf.setBackend("cpu");
    session = await createSession(graph);
  });
  afterAll(() => session.release());

  test("are those of TensorFlow.js", async () => {
    const inputs = feeds(graph, 7);
    const outputs = await session.run(inputs);

    const loss = tfjsLoss({ sizes, epsilon, centred });
    const tensors = Object.fromEntries(
      graph.inputs.map(({ name, shape }) => [name, tf.tensor(inputs[name]!, [...shape])]),
    );
    const result = tf.valueAndGrads((...learned) => {
      const weights = {
        ...tensors,
        ...Object.fromEntries(graph.learned.map((name, i) => [name, learned[i]!])),
      };
      return loss(weights, tensors);
    })(graph.learned.map((name) => tensors[name]!));

    expect(outputs["loss"]![0]).toBeCloseTo(result.value.dataSync()[0]!, 5);
    expect(graph.learned).toHaveLength(parameterShapes(sizes).size - 2);
    graph.learned.forEach((name, i) => {
      const wanted = result.grads[i]!.dataSync();
      const scale = Math.max(...wanted.map(Math.abs), 1e-3);
      const worst = Math.max(...wanted.map((v, k) => Math.abs(v - outputs[`gradient.${name}`]![k]!)));
      expect([name, worst / scale < 2e-4]).toEqual([name, true]);
    });
  });

  test("agree with finite differences along random directions", async () => {
    const inputs = feeds(graph, 8);
    const gradients = await session.run(inputs);
    const copies = Object.fromEntries(
      graph.learned.map((name) => [name, gradients[`gradient.${name}`]!.slice()]),
    );
    const random = createRandom(3);
    for (const name of graph.learned) {
      const direction = inputs[name]!.map(() => random.normal());
      const slope = direction.reduce((sum, v, k) => sum + v * copies[name]![k]!, 0);
      const step = 2e-3;
      const at = async (t: number) =>
        (await session.run({ ...inputs, [name]: inputs[name]!.map((v, k) => v + t * direction[k]!) }))[
          "loss"
        ]![0]!;
      const numeric = ((await at(step)) - (await at(-step))) / (2 * step);
      expect([name, Math.abs(numeric - slope) < 3e-3 * Math.max(1, Math.abs(slope))]).toEqual([name, true]);
    }
  });
});

test("a shift of the frequencies is a shift of the bands", async () => {
  const sizes: EncoderSizes = { ...otherSizes, average: 2 };
  const options = { sizes, batch, channels, patches, epsilon, centred: false, personal: false };
  const frozen = new Set(["token.mean", "token.deviation"]);
  const still = trainingGraph({ ...options, shifted: false, frozen });
  const shifted = trainingGraph({ ...options, shifted: true, frozen });
  const inputs = feeds(still, 5);
  const [plain, moved] = await Promise.all([createSession(still), createSession(shifted)]);
  const lowered = inputs["bands.centre"]!.map((hertz) => hertz - 0.75);
  const wanted = (await plain.run({ ...inputs, "bands.centre": lowered }))["loss"]![0]!;
  const before = (await plain.run(inputs))["loss"]![0]!;
  const got = (await moved.run({ ...inputs, shift: new Float32Array(batch).fill(0.75) }))["loss"]![0]!;
  expect(got).toBeCloseTo(wanted, 5);
  expect(Math.abs(before - wanted)).toBeGreaterThan(1e-4);
  await Promise.all([plain.release(), moved.release()]);
});
