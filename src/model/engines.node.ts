import { EegError, type Diagnostic } from "../eeg/errors.ts";
import { emitWarning } from "./emit-warning.node.ts";
import type { Engine } from "./engine.ts";
import { builtInEngines, createEngine } from "./engines.ts";
import { createFailover } from "./failover.ts";
import type { Model } from "./model.ts";
import { processor } from "./onnx/device-choice.ts";
import { findDevices } from "./onnx/devices.node.ts";
import { findGraphics, thisMachine } from "./onnx/graphics.node.ts";
import { createOnnxEngine } from "./onnx/engine.node.ts";
import { chooseTfjsDevices, createTfjsEngine } from "./tfjs/engine.node.ts";
import { isWindowModel, type AnyModel, type WindowEngine } from "./window-model.ts";

export const engineNames = [...builtInEngines, "onnx", "tfjs"] as const;

export interface NodeEngineOptions {
  /** One of `engineNames`. @default "wasm", "onnx" for a decoder in an ONNX file */
  readonly engine?: string;
  /**
   * For `onnx`: `cpu`, `webgpu`, `cuda`, `coreml`, `directml`, as far as the installed ONNX Runtime has them. For
   * `tfjs`: `cuda` (tfjs-node-gpu), `webgpu`, `cpu`. For both `auto`, which takes the first real GPU that works, else
   * the processor.
   * @default "cpu", "auto" for `tfjs`
   */
  readonly device?: string;
  /** For `onnx` and `tfjs`: streams in one run. @default 1 */
  readonly batch?: number;
  /** Told when an engine failed and another took over. @default process.emitWarning */
  readonly warn?: (warning: Diagnostic) => void;
}

/**
 * An engine for a model: the built-in ones, or ONNX Runtime or TensorFlow.js in a thread of its own. Where one of
 * those fails mid-stream (a GPU that is lost), the same runtime on the processor takes over, and then `wasm`, from
 * the tokens that were kept. A decoder in an ONNX file runs on `onnx` only.
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
  const { engine = isWindowModel(model) ? "onnx" : "wasm", warn = emitWarning } = options;
  const { device = engine === "tfjs" ? "auto" : "cpu" } = options;
  if (isWindowModel(model)) {
    if (engine === "onnx") return model.createEngine(model, { device, warn });
    throw new EegError(
      "ENGINE_UNAVAILABLE",
      `model ${model.manifest.name} is an ONNX graph: it runs on the engine onnx, not on ${engine}`,
    );
  }
  const makers = await threadEngines(model, engine, { device, batch: options.batch ?? 1 });
  if (makers === null) return createEngine(model, { engine, device });
  const { wanted, afterwards } = makers;
  for (const [i, make] of wanted.entries()) {
    try {
      const others = [...wanted.slice(i + 1), ...afterwards, () => createEngine(model)];
      return createFailover(model, { first: await make(), others, warn });
    } catch (error) {
      if (i === wanted.length - 1) throw error;
    }
  }
  throw new RangeError("there is no device"); // there is one at least
}

/** What makes an engine on each device that was asked for, best first, and on those that may take over from them. */
interface ThreadEngines {
  readonly wanted: readonly (() => Promise<Engine>)[];
  readonly afterwards: readonly (() => Promise<Engine>)[];
}

async function threadEngines(
  model: Model,
  engine: string,
  { device, batch }: { readonly device: string; readonly batch: number },
): Promise<ThreadEngines | null> {
  if (engine === "onnx") {
    const devices = await findDevices(device);
    const make = (on: (typeof devices)[number]) => () => createOnnxEngine(model, { device: on, batch });
    return {
      wanted: devices.map(make),
      afterwards: devices.includes(processor) ? [] : [make(processor)],
    };
  }
  if (engine === "tfjs") {
    const devices = chooseTfjsDevices(device, () => findGraphics(thisMachine));
    const make = (on: (typeof devices)[number]) => () => createTfjsEngine(model, { ...on, batch });
    return {
      wanted: devices.map(make),
      afterwards: devices.some((on) => on.device === "cpu") ? [] : [make({ device: "cpu" })],
    };
  }
  return null;
}
