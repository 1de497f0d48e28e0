import { EegError } from "../../eeg/errors.ts";
import type { Engine } from "../engine.ts";
import { hopGraph } from "../graph/hop-graph.ts";
import type { Model } from "../model.ts";
import type { Graphics } from "../onnx/device-choice.ts";
import { checkBatch, createHopEngine } from "../thread/hop-engine.node.ts";
import { startThread } from "../thread/session-thread.node.ts";
import { tfjsDevices, type TfjsDevice } from "./runtime.node.ts";

export interface TfjsEngineOptions {
  /** `cuda` (tfjs-node-gpu), `webgpu`, `cpu` (WebAssembly). */
  readonly device: TfjsDevice;
  /** Takes no adapter that a processor only pretends to be. @default false */
  readonly realOnly?: boolean;
  /** Streams in one run. @default 1 */
  readonly batch?: number;
}

/**
 * The streaming form in TensorFlow.js, in a thread of its own: the same graph as ONNX Runtime's, its nodes run one
 * by one.
 * @throws EegError ENGINE_UNAVAILABLE where TensorFlow.js is not installed or the device cannot be used
 */
export async function createTfjsEngine(
  model: Model,
  { device, realOnly = false, batch = 1 }: TfjsEngineOptions,
): Promise<Engine> {
  checkBatch(batch);
  const { sizes } = model.manifest.architecture;
  const { inputs, initializers, nodes, outputs } = hopGraph({ sizes, weights: model.weights, batch });
  const runtime = {
    name: "tfjs",
    graph: { inputs, initializers, nodes, outputs },
    device,
    realOnly,
  } as const;
  const thread = await startThread({ runtime, hops: { sizes, batch } }).catch((cause: unknown) => {
    if (cause instanceof EegError) throw cause;
    const words = (cause as Error).message.split("\n")[0]!;
    throw new EegError("ENGINE_UNAVAILABLE", `engine tfjs cannot use ${device}: ${words}`, { cause });
  });
  return createHopEngine(thread, { name: "tfjs", device: thread.device ?? device, sizes });
}

/**
 * The devices that a name stands for, best first: `auto` for every real GPU that the machine seems to have, and then
 * the processor.
 * @param graphics is asked for `auto` only
 * @throws EegError ENGINE_UNAVAILABLE for a name that is none
 */
export function chooseTfjsDevices(
  name: string,
  graphics: () => Graphics,
): readonly Pick<TfjsEngineOptions, "device" | "realOnly">[] {
  if (name === "auto") {
    const { nvidia, webgpu } = graphics();
    const there = { cuda: nvidia, webgpu, cpu: true };
    return tfjsDevices.filter((device) => there[device]).map((device) => ({ device, realOnly: true }));
  }
  const device = tfjsDevices.find((each) => each === name);
  if (!device)
    throw new EegError(
      "ENGINE_UNAVAILABLE",
      `engine tfjs knows no device '${name}'; there are ${["auto", ...tfjsDevices].join(", ")}`,
    );
  return [{ device }];
}
