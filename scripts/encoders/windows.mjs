// Encoders as graphs that take whole windows of a batch, for scripts that measure them: what each takes and gives.
import { electrode } from "../../dist/eeg/electrodes.js";
import { sphericalHarmonics } from "../../dist/eeg/harmonics.js";
import { loadModel } from "../../dist/index.node.js";
import { contextPatches } from "../../dist/model/encoder.js";
import { encoderGraph } from "../../dist/model/graph/encoder-graph.js";
import { createGraph } from "../../dist/model/graph/graph.js";
import { onnxBytes } from "../../dist/model/graph/onnx.js";
import { operations } from "../../dist/model/graph/operations.js";
import { parameterInitializers } from "../../dist/model/graph/parameters.js";
import { mixGraph, normaliseGraph, powerGraph, samplesOf } from "../../dist/model/graph/token-graph.js";
import { parameterShapes } from "../../dist/model/encoder.js";
import { makeEncoder, rowsOf } from "./make.mjs";

/** The 64 electrodes of EEGMMIDB. */
// prettier-ignore
export const electrodes = (
  "FC5 FC3 FC1 FCz FC2 FC4 FC6 C5 C3 C1 Cz C2 C4 C6 CP5 CP3 CP1 CPz CP2 CP4 CP6 Fp1 Fpz Fp2 AF7 AF3 AFz AF4 AF8 " +
  "F7 F5 F3 F1 Fz F2 F4 F6 F8 FT7 FT8 T7 T8 T9 T10 TP7 TP8 P7 P5 P3 P1 Pz P2 P4 P6 P8 PO7 PO3 POz PO4 PO8 O1 Oz O2 Iz"
).split(" ");

/**
 * The shipped model `eyes` on windows of 64 channels, filtered and referenced, just as long as a label looks back: the
 * mix, the band powers of all patches, and the encoder over those that the label sees.
 */
export async function eyesWindows(batch) {
  const model = await loadModel("eyes");
  const { sizes, epsilon } = model.manifest.architecture;
  const patches = (sizes.window - 1) * sizes.layers + 1;
  const seen = contextPatches(sizes);
  const channels = electrodes.length;
  const graph = createGraph();
  const op = operations(graph);
  const parameters = parameterInitializers(graph, sizes, model.weights);
  const numbers = (values, shape) => graph.constant(Float32Array.from(values), shape);
  const phi = electrodes.flatMap((name) => [...sphericalHarmonics(electrode(name).position)]);
  const there = numbers(new Float32Array(channels).fill(1), [1, channels]);
  const shape = [batch, channels, samplesOf(seen)];
  const { signals } = mixGraph(graph, parameters, {
    phi: numbers(phi, [channels, phi.length / channels]),
    known: there,
    present: there,
    samples: graph.input("samples", shape),
  });
  const all = numbers(new Float32Array(batch * sizes.components).fill(1), [batch, sizes.components]);
  const mix = { signals, carried: all }; // every window has every channel
  const mask = (n) => numbers(new Float32Array(batch * n), [batch, n]);
  const powers = powerGraph(graph, parameters, { sizes, mix, mask: mask(seen), epsilon, patches });
  const tokens = normaliseGraph(graph, parameters, { powers, mix });
  const { logits } = encoderGraph(graph, parameters, { sizes, tokens, mask: mask(patches) });
  const last = op.slice(logits, { axis: 1, start: patches - 1, end: patches });
  graph.output("logits", op.reshape(last, [batch, sizes.classes]));
  const shapes = parameterShapes(sizes);
  const weights = new Map(
    [...model.weights].map(([name, data]) => [name, { shape: shapes.get(name), data }]),
  );
  weights.set("phi", { shape: [channels, phi.length / channels], data: Float32Array.from(phi) });
  return {
    workload: "eyes",
    batch,
    graph: onnxBytes(graph),
    weights,
    shape,
    feeds: { samples: null },
    task: { sizes, epsilon },
  };
}

/** An encoder of LaBraM's size on windows of 64 channels and 4 s at 200 Hz, with random weights. */
export async function labramWindows(batch) {
  const seconds = 4;
  const known = electrodes.filter((name) => rowsOf("labram", [name])[0] > 0);
  const { bytes, weights } = makeEncoder("labram", { batch, seconds, channels: known });
  return {
    workload: "labram",
    batch,
    graph: bytes,
    weights,
    shape: [batch, known.length, seconds, 200],
    feeds: { eeg: null },
    task: { seconds, rows: rowsOf("labram", known) },
  };
}
