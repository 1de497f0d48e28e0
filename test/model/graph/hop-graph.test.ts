import { expect, test } from "@jest/globals";
import { createRandom } from "../../../src/eeg/random.ts";
import { parameterShapes, type EncoderSizes } from "../../../src/model/encoder.ts";
import { encoderGraph } from "../../../src/model/graph/encoder-graph.ts";
import { createGraph, sizeOf } from "../../../src/model/graph/graph.ts";
import { hopGraph } from "../../../src/model/graph/hop-graph.ts";
import { unseen } from "../../../src/model/graph/layer-graph.ts";
import { parameterInitializers } from "../../../src/model/graph/parameters.ts";
import { createSession } from "../../../src/train/session.node.ts";

const sizes: EncoderSizes = {
  components: 3,
  bands: 2,
  average: 2,
  width: 8,
  layers: 2,
  heads: 2,
  feedForward: 12,
  window: 5,
  classes: 3,
};
const features = sizes.components * sizes.bands;
const patches = 24;

function randomWeights(seed: number): Map<string, Float32Array> {
  const random = createRandom(seed);
  return new Map(
    [...parameterShapes(sizes)].map(([name, shape]) => [
      name,
      Float32Array.from({ length: sizeOf(shape) }, () => 0.5 * random.normal()),
    ]),
  );
}

test("hops with cached keys and values give what the whole sequence gives, also around masked patches", async () => {
  const weights = randomWeights(1);
  const random = createRandom(2);
  const tokens = Float32Array.from({ length: patches * features }, () => random.normal());
  const masked = new Set([0, 6, 7, 11, 13, 14, 15, 16, 17, 18]); // the last run is longer than the window

  const graph = createGraph();
  const { logits } = encoderGraph(graph, parameterInitializers(graph, sizes, weights), {
    sizes,
    tokens: graph.input("tokens", [1, patches, features]),
    mask: graph.input("mask", [1, patches]),
  });
  graph.output("logits", logits);
  const whole = await createSession(graph);
  const mask = Float32Array.from({ length: patches }, (_, p) => (masked.has(p) ? unseen : 0));
  const wanted = (await whole.run({ tokens, mask }))["logits"]!;

  const hop = await createSession(hopGraph({ sizes, weights, batch: 1 }));
  const places = sizes.window - 1;
  const each = sizes.width / sizes.heads;
  const rings = [0, 1].map(() => ({
    keys: new Float32Array(sizes.width * places),
    values: new Float32Array(sizes.width * places),
  }));
  const held = new Int32Array(places).fill(-1000);
  let next = 0;
  let worst = 0;
  for (let p = 0; p < patches; p++) {
    if (masked.has(p)) continue;
    const feeds: Record<string, Float32Array> = {
      token: tokens.subarray(p * features, (p + 1) * features),
      age: Float32Array.from(held, (q) => p - q),
      mask: Float32Array.from(held, (q) => (p - q < sizes.window ? 0 : unseen)),
    };
    rings.forEach(({ keys, values }, l) =>
      Object.assign(feeds, { [`keys.${l}`]: keys, [`values.${l}`]: values }),
    );
    const out = await hop.run(feeds);
    rings.forEach(({ keys, values }, l) => {
      for (let i = 0; i < sizes.width; i++) {
        const [head, k] = [Math.floor(i / each), i % each];
        keys[(head * each + k) * places + next] = out[`key.${l}`]![i]!;
        values[(head * places + next) * each + k] = out[`value.${l}`]![i]!;
      }
    });
    held[next] = p;
    next = (next + 1) % places;
    out["logits"]!.forEach((v, c) => (worst = Math.max(worst, Math.abs(v - wanted[p * sizes.classes + c]!))));
  }
  expect(worst).toBeLessThan(1e-5);
  await whole.release();
  await hop.release();
});

test("weights of a wrong size are refused by name", () => {
  const weights = randomWeights(1).set("head.bias", new Float32Array(2));
  expect(() => hopGraph({ sizes, weights, batch: 1 })).toThrow(
    "weights, 'head.bias': expected 3 numbers, got 2",
  );
});
