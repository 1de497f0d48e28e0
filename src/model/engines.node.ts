import { EegError, type Diagnostic } from "../eeg/errors.ts";
import { emitWarning } from "./emit-warning.node.ts";
import type { Engine } from "./engine.ts";
import { builtInEngines, createEngine } from "./engines.ts";
import { createFailover } from "./failover.ts";
import type { Model } from "./model.ts";
import { processor } from "./onnx/device-choice.ts";
import { findDevices } from "./onnx/devices.node.ts";
import { createOnnxEngine } from "./onnx/engine.node.ts";
import { isWindowModel, type AnyModel, type WindowEngine } from "./window-model.ts";

export const engineNames = [...builtInEngines, "onnx"] as const;

export interface NodeEngineOptions {
  /** One of `engineNames`. @default "wasm", "onnx" for a decoder in an ONNX file */
  readonly engine?: string;
  /**
   * For `onnx`: `cpu`, `webgpu`, `cuda`, `coreml`, `directml`, as far as the installed ONNX Runtime has them, or
   * `auto`, which takes the first real GPU that works, else the processor.
   * @default "cpu"
   */
  readonly device?: string;
  /** For `onnx`: streams in one run. @default 1 */
  readonly batch?: number;
  /** Told when an engine failed and another took over. @default process.emitWarning */
  readonly warn?: (warning: Diagnostic) => void;
}

/**
 * An engine for a model: the built-in ones, or ONNX Runtime in a thread of its own. Where that fails mid-stream (a
 * GPU that is lost), ONNX Runtime on the processor takes over, and then `wasm`, from the tokens that were kept. A
 * decoder in an ONNX file runs on `onnx` only.
 * @throws EegError ENGINE_UNAVAILABLE
 */
export function createNodeEngine(model: Model, options?: NodeEngineOptions): Promise<Engine>;
export function createNodeEngine(
  model: AnyModel,
  options?: NodeEngineOptions,
): Promise<Engine | WindowEngine>;
export async function createNodeEngine(
  model: AnyModel,
  options: NodeEngineOptions = {},
): Promise<Engine | WindowEngine> {
  const { device = "cpu", batch = 1, warn = emitWarning } = options;
  const { engine = isWindowModel(model) ? "onnx" : "wasm" } = options;
  if (isWindowModel(model)) {
    if (engine === "onnx") return model.createEngine(model, { device, warn });
    throw new EegError(
      "ENGINE_UNAVAILABLE",
      `model ${model.manifest.name} is an ONNX graph: it runs on the engine onnx, not on ${engine}`,
    );
  }
  if (engine !== "onnx") return createEngine(model, { engine, device });
  const devices = await findDevices(device);
  for (const [i, on] of devices.entries()) {
    const after = devices.includes(processor) ? devices.slice(i + 1) : [processor];
    const others = after.map((other) => () => createOnnxEngine(model, { device: other, batch }));
    try {
      const first = await createOnnxEngine(model, { device: on, batch });
      return createFailover(model, { first, others: [...others, () => createEngine(model)], warn });
    } catch (error) {
      if (i === devices.length - 1) throw error;
    }
  }
  throw new RangeError("there is no device"); // findDevices gives one at least
}
