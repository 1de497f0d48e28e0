import type { Model } from "./model.ts";

/**
 * Runs the encoder, one patch in, logits out, keys and values cached: the streaming form. An engine serves many
 * streams at once, each in a slot of its own; what one slot gets never touches another's bits.
 */
export interface Engine {
  readonly name: "wasm" | "onnx" | "tfjs" | "plain";
  /** What it runs on, for people: `cpu`, or an adapter's name. */
  readonly device: string;
  /** A slot with an empty cache. */
  open(): number;
  close(slot: number): void;
  /**
   * One hop: the next patch of each of several streams. Patch indices of a slot only grow; those left out were
   * masked, and keys age by the distance on the grid.
   * @returns logits, `classes` a hop, in the order of the hops; valid until the next call
   */
  step(hops: readonly Hop[]): Float32Array | Promise<Float32Array>;
  release(): void | Promise<void>;
}

export interface Hop {
  readonly slot: number;
  /** Index of the patch on the model's grid. */
  readonly patch: number;
  /** As `tokensStage` makes them. */
  readonly token: Float32Array;
}

export type CreateEngine = (model: Model) => Engine | Promise<Engine>;
