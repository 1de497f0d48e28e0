import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import type { EncoderSizes } from "../src/model/encoder.ts";

export declare function tfjsLoss(
  sizes: EncoderSizes,
  epsilon: number,
): (weights: Readonly<Record<string, Tensor>>, inputs: Readonly<Record<string, Tensor>>) => Scalar;
