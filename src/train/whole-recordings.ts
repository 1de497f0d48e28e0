/** Whole recordings through graphs of a fixed size: their band powers, and their logits at every patch. */
import { harmonics, type EncoderSizes } from "../model/encoder.ts";
import { encoderGraph } from "../model/graph/encoder-graph.ts";
import { createGraph, type GraphBuilder } from "../model/graph/graph.ts";
import { unseen } from "../model/graph/layer-graph.ts";
import { parameterInputs, type Parameters } from "../model/graph/parameters.ts";
import { mixGraph, normaliseGraph, powerGraph, samplesOf } from "../model/graph/token-graph.ts";
import type { Tensors } from "./adamw.ts";
import type { DataSet, TrainingRecording } from "./recording-data.ts";
import { createSession } from "./session.node.ts";

export interface WholeRecordings {
  /** [patches, components · bands], as long as the recording has patches; those of masked patches mean nothing. */
  powers(recording: TrainingRecording, weights: Tensors): Promise<Float32Array>;
  /** [patches, classes] */
  logits(recording: TrainingRecording, weights: Tensors): Promise<Float32Array>;
  release(): Promise<void>;
}

export interface WholeRecordingsOptions {
  readonly sizes: EncoderSizes;
  readonly epsilon: number;
  readonly data: DataSet;
  readonly threads: number;
}

/** Graphs as long as the longest recording; shorter ones are filled up with masked patches. */
export async function createWholeRecordings(options: WholeRecordingsOptions): Promise<WholeRecordings> {
  const { sizes, data, threads } = options;
  const patches = Math.max(...data.recordings.map(({ valid }) => valid.length));
  const powersGraph = createGraph();
  powersGraph.output(
    "powers",
    powersOf(powersGraph, parameterInputs(powersGraph, sizes), { ...options, patches }).powers,
  );
  const logitsGraph = createGraph();
  const parameters = parameterInputs(logitsGraph, sizes);
  const { powers, mix, mask } = powersOf(logitsGraph, parameters, { ...options, patches });
  const tokens = normaliseGraph(logitsGraph, parameters, { powers, mix });
  logitsGraph.output("logits", encoderGraph(logitsGraph, parameters, { sizes, tokens, mask }).logits);

  const channels = data.electrodes.length;
  const nSamples = samplesOf(patches);
  const samples = new Float32Array(channels * nSamples);
  const ones = new Float32Array(channels).fill(1);
  function feeds(recording: TrainingRecording, weights: Tensors) {
    samples.fill(0);
    const kept = Math.min(recording.nSamples, nSamples);
    for (let c = 0; c < channels; c++)
      samples.set(
        recording.samples.subarray(c * recording.nSamples, c * recording.nSamples + kept),
        c * nSamples,
      );
    const masked = Float32Array.from({ length: patches }, (_, p) => (recording.valid[p] === 1 ? 0 : unseen));
    return {
      ...Object.fromEntries(weights),
      phi: data.phi,
      known: recording.present,
      present: recording.present,
      gain: ones,
      samples,
      mask: masked,
    };
  }
  const read = (outputs: Readonly<Record<string, Float32Array>>, { valid }: TrainingRecording) => {
    const [all] = Object.values(outputs) as [Float32Array];
    return all.slice(0, (all.length / patches) * valid.length);
  };
  const powersSession = await createSession(powersGraph, threads);
  const logitsSession = await createSession(logitsGraph, threads);
  return {
    powers: async (recording, weights) => read(await powersSession.run(feeds(recording, weights)), recording),
    logits: async (recording, weights) => read(await logitsSession.run(feeds(recording, weights)), recording),
    async release() {
      await powersSession.release();
      await logitsSession.release();
    },
  };
}

function powersOf(
  graph: GraphBuilder,
  parameters: Parameters,
  { sizes, epsilon, data, patches }: WholeRecordingsOptions & { readonly patches: number },
) {
  const channels = data.electrodes.length;
  const phi = graph.input("phi", [channels, harmonics]);
  const known = graph.input("known", [1, channels]);
  const present = graph.input("present", [1, channels]);
  const gain = graph.input("gain", [1, channels]);
  const samples = graph.input("samples", [1, channels, samplesOf(patches)]);
  const mix = mixGraph(graph, parameters, { phi, known, present, gain, samples });
  const mask = graph.input("mask", [1, patches]);
  const powers = powerGraph(graph, parameters, {
    sizes,
    mix,
    mask,
    epsilon,
    patches,
  });
  return { mix, mask, powers };
}
