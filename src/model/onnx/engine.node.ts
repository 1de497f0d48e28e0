import { EegError } from "../../eeg/errors.ts";
import type { Engine } from "../engine.ts";
import { hopGraph } from "../graph/hop-graph.ts";
import { onnxBytes } from "../graph/onnx.ts";
import type { Model } from "../model.ts";
import { createSlots } from "../slots.ts";
import type { OnnxDevice } from "./device-choice.ts";
import { startThread } from "./session-thread.node.ts";

export interface OnnxEngineOptions {
  readonly device: OnnxDevice;
  /** Streams in one run; further ones take further runs. More pay on a GPU. @default 1 */
  readonly batch?: number;
}

/**
 * The streaming form on ONNX Runtime, in a thread of its own. A stream keeps its row of the batch, so that others
 * who join or leave change none of its bits.
 * @throws EegError ENGINE_UNAVAILABLE where the runtime is not installed or the device cannot be used
 * @throws RangeError unless `batch` is a positive integer
 */
export async function createOnnxEngine(
  model: Model,
  { device, batch = 1 }: OnnxEngineOptions,
): Promise<Engine> {
  if (!(Number.isSafeInteger(batch) && batch >= 1))
    throw new RangeError(`batch: expected an integer of at least 1, got ${batch}`);
  const { sizes } = model.manifest.architecture;
  const features = sizes.components * sizes.bands;
  const bytes = onnxBytes(hopGraph({ sizes, weights: model.weights, batch }));
  const { provider } = device;
  const thread = await startThread({ bytes, provider, threads: 1, hops: { sizes, batch } }).catch(
    (cause: unknown) => {
      throw cause instanceof EegError ? cause : unusable(device, cause as Error);
    },
  );

  const free: number[] = [];
  let nRows = 0;
  const slots = createSlots(
    () => {
      const row = free.pop() ?? nRows++;
      // Its answer is not waited for: requests are answered in order, and a fault shows at the next hop.
      thread.request({ kind: "clear", row }).catch(() => undefined);
      return { row };
    },
    ({ row }) => free.push(row),
  );

  return {
    name: "onnx",
    device: device.description,
    open: slots.open,
    close: slots.close,
    async step(hops) {
      const rows = hops.map(({ slot, patch }) => slots.advance(slot, patch).row);
      const tokens = new Float32Array(hops.length * features);
      hops.forEach(({ token }, i) => tokens.set(token, i * features));
      return thread.request({ kind: "hops", rows, patches: hops.map(({ patch }) => patch), tokens });
    },
    release: () => thread.close(),
  };
}

function unusable({ description }: OnnxDevice, cause: Error): EegError {
  const words = cause.message.split("\n")[0]!.replace(/^.*was false\. /, ""); // without the line of the runtime's source
  return new EegError(
    "ENGINE_UNAVAILABLE",
    `engine onnx cannot use ${description}: ${words}; take another with --device, such as cpu`,
    { cause },
  );
}
