import type { Manifest } from "./manifest.ts";

/** A decoder, ready to be run: what `model.json` says, and its tensors by name. */
export interface Model {
  readonly manifest: Manifest;
  /** Row-major float32, with the names and shapes of `parameterShapes`. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** SHA-256 of the weights' file, in hex. */
  readonly weightsHash: string;
}
