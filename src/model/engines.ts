import { EegError } from "../eeg/errors.ts";
import type { Engine } from "./engine.ts";
import type { Model } from "./model.ts";
import { createPlainEngine } from "./plain-engine.ts";
import { createWasmEngine } from "./wasm/engine.ts";

const creators = { wasm: createWasmEngine, plain: createPlainEngine } as const;

/** Engines that run everywhere. */
export type BuiltInEngine = keyof typeof creators;

export const builtInEngines = Object.keys(creators) as readonly BuiltInEngine[];

export interface EngineOptions {
  /** @default "wasm" */
  readonly engine?: string;
  /** @default "cpu" */
  readonly device?: string;
}

/**
 * An engine for a model: `wasm` unless another is named.
 * @throws EegError ENGINE_UNAVAILABLE for a name that is none of the built-in engines, or a device it cannot use
 */
export function createEngine(model: Model, { engine = "wasm", device = "cpu" }: EngineOptions = {}): Engine {
  if (!Object.hasOwn(creators, engine))
    throw new EegError(
      "ENGINE_UNAVAILABLE",
      `engine '${engine}' is not built in; there are ${builtInEngines.join(" and ")}`,
    );
  if (device !== "cpu")
    throw new EegError(
      "ENGINE_UNAVAILABLE",
      `engine ${engine} runs on the cpu only, not on '${device}'; the engines onnx and tfjs have other devices`,
    );
  return creators[engine as BuiltInEngine](model);
}
