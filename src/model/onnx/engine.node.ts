import { EegError } from "../../eeg/errors.ts";
import type { Engine } from "../engine.ts";
import { hopGraph } from "../graph/hop-graph.ts";
import { onnxBytes } from "../graph/onnx.ts";
import type { Model } from "../model.ts";
import { checkBatch, createHopEngine } from "../thread/hop-engine.node.ts";
import { startThread } from "../thread/session-thread.node.ts";
import { adviceFor, type OnnxDevice } from "./device-choice.ts";

export interface OnnxEngineOptions {
  readonly device: OnnxDevice;
  /** Streams in one run; further ones take further runs. More pay on a GPU. @default 1 */
  readonly batch?: number;
}

/**
 * The streaming form on ONNX Runtime, in a thread of its own.
 * @throws EegError ENGINE_UNAVAILABLE where the runtime is not installed or the device cannot be used
 * @throws RangeError unless `batch` is a positive integer
 */
export async function createOnnxEngine(
  model: Model,
  { device, batch = 1 }: OnnxEngineOptions,
): Promise<Engine> {
  checkBatch(batch);
  const { sizes } = model.manifest.architecture;
  const bytes = onnxBytes(hopGraph({ sizes, weights: model.weights, batch }));
  const { provider, description } = device;
  const runtime = { name: "onnx", bytes, provider, threads: 1 } as const;
  const thread = await startThread({ runtime, hops: { sizes, batch } }).catch((cause: unknown) => {
    throw cause instanceof EegError ? cause : unusable(device, cause as Error);
  });
  return createHopEngine(thread, { name: "onnx", device: description, sizes });
}

function unusable(device: OnnxDevice, cause: Error): EegError {
  return new EegError(
    "ENGINE_UNAVAILABLE",
    `engine onnx cannot use ${device.description}: ${cause.message}; ${adviceFor(device)}`,
    { cause },
  );
}
