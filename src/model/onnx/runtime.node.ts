import type * as Runtime from "onnxruntime-node";
import { EegError } from "../../eeg/errors.ts";
import type { GraphSession, GraphValue } from "../thread/graph-session.ts";
import type { Provider } from "./device-choice.ts";
import { plainWords } from "./plain-words.ts";

type OnnxRuntime = typeof Runtime;

/**
 * ONNX Runtime, which users install only if they want it.
 * @throws EegError ENGINE_UNAVAILABLE where it is absent
 */
export async function loadRuntime(): Promise<OnnxRuntime> {
  try {
    const runtime = await import("onnxruntime-node");
    runtime.env.logLevel = "fatal"; // what fails is thrown too, and becomes one sentence
    return runtime;
  } catch (cause) {
    throw new EegError(
      "ENGINE_UNAVAILABLE",
      "training, the 'onnx' engine and models in ONNX files need the package onnxruntime-node, which is not installed: npm install onnxruntime-node@1.30 --onnxruntime-node-install=skip",
      { cause },
    );
  }
}

export interface OnnxSessionOptions {
  readonly provider: Provider;
  /** Cores of the processor that a run may use. */
  readonly threads: number;
}

/**
 * Compiles the bytes of an ONNX file.
 * @throws EegError ENGINE_UNAVAILABLE where the runtime is not installed; else Error with `plainWords` of the runtime's
 */
export async function createOnnxSession(
  bytes: Uint8Array,
  { provider, threads }: OnnxSessionOptions,
): Promise<GraphSession> {
  const { InferenceSession, Tensor } = await loadRuntime();
  const session = await InferenceSession.create(bytes, {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    logSeverityLevel: 4, // errors are thrown; warnings are about the runtime's own choices
    // A thread that spins while JavaScript works takes the core that JavaScript needs.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  }).catch(plainly);
  const values = (metadata: readonly Runtime.InferenceSession.ValueMetadata[]): GraphValue[] =>
    metadata.map((value) => ({
      name: value.name,
      type: value.isTensor ? value.type : "no tensor",
      shape: value.isTensor ? [...value.shape] : [],
    }));
  return {
    inputs: values(session.inputMetadata),
    outputs: values(session.outputMetadata),
    async run(feeds, wanted) {
      const tensors: Record<string, Runtime.Tensor> = {};
      for (const [name, { data, shape }] of Object.entries(feeds))
        tensors[name] = new Tensor("float32", data, shape);
      const results = await session.run(tensors, wanted).catch(plainly);
      return Object.fromEntries(
        wanted.map((name) => {
          const { data, dims } = results[name]!;
          return [name, { data: data as Float32Array, shape: dims }];
        }),
      );
    },
    release: () => session.release(),
  };
}

function plainly(cause: unknown): never {
  throw new Error(plainWords(cause instanceof Error ? cause.message : String(cause)), { cause });
}
