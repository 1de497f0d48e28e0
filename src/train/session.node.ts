import type * as Runtime from "onnxruntime-node";
import { onnxBytes } from "../model/graph/onnx.ts";
import { sizeOf, type Graph } from "../model/graph/graph.ts";
import { loadRuntime } from "../model/onnx/runtime.node.ts";

/** A graph ready to be run by ONNX Runtime. */
export interface GraphSession {
  /**
   * Runs the graph once. It blocks the event loop until it is done.
   * @param feeds numbers for each of the graph's inputs, by name; read, not kept
   * @returns every output by name, in memory of its own until the next run
   */
  run(feeds: Readonly<Record<string, Float32Array>>): Promise<Readonly<Record<string, Float32Array>>>;
  release(): Promise<void>;
}

/**
 * Compiles a graph for ONNX Runtime on the processor.
 * @param threads cores that it may use
 * @throws EegError ENGINE_UNAVAILABLE where onnxruntime-node is not installed
 */
export async function createSession(graph: Graph, threads = 1): Promise<GraphSession> {
  const runtime = await loadRuntime();
  const session = await runtime.InferenceSession.create(onnxBytes(graph), {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    // A thread that spins while JavaScript works takes the core that JavaScript needs.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  });
  const outputs = Object.fromEntries(
    graph.outputs.map(({ name, shape }) => [
      name,
      new runtime.Tensor("float32", new Float32Array(sizeOf(shape)), shape),
    ]),
  );
  return {
    async run(feeds) {
      const tensors: Record<string, Runtime.Tensor> = {};
      for (const { name, shape } of graph.inputs) {
        const data = feeds[name];
        if (data?.length !== sizeOf(shape))
          throw new RangeError(
            `graph input '${name}': expected ${sizeOf(shape)} numbers, got ${data?.length ?? "none"}`,
          );
        tensors[name] = new runtime.Tensor("float32", data, shape);
      }
      await session.run(tensors, outputs);
      return Object.fromEntries(graph.outputs.map(({ name }) => [name, outputs[name]!.data as Float32Array]));
    },
    release: () => session.release(),
  };
}
