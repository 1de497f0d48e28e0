import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import type { EncoderSizes } from "../src/model/encoder.ts";

export declare function tfjsLoss(model: {
  readonly sizes: EncoderSizes;
  readonly epsilon: number;
  readonly centred: boolean;
}): (weights: Readonly<Record<string, Tensor>>, inputs: Readonly<Record<string, Tensor>>) => Scalar;
