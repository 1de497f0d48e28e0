import { Option, type Command } from "commander";
import type { DecodeOptions } from "../decode/stream-decoder.ts";
import { engineNames } from "../model/engines.node.ts";
import { readCalibration } from "./calibration-file.ts";

/** What the options of `addDecoderOptions` hold. */
export interface DecoderValues {
  readonly engine?: (typeof engineNames)[number];
  readonly device?: string;
  readonly calibration?: string;
  readonly allowFiltered?: boolean;
  readonly quality?: NonNullable<DecodeOptions["quality"]>;
}

/** What runs a model, and what it takes. */
export function addDecoderOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--engine <engine>",
        "what runs the model: wasm unless named; a decoder in an ONNX file runs on onnx",
      ).choices(engineNames),
    )
    .option(
      "--device <device>",
      "what it computes on: cpu, or auto for the first real GPU; onnx: webgpu, cuda, coreml, directml; tfjs: webgpu, cuda",
    )
    .option("--calibration <file>", "fit the model to a person, as brainwire calibrate has written")
    .option("--allow-filtered", "take a signal that was already filtered otherwise than the model expects")
    .addOption(qualityOption());
}

export function qualityOption(): Option {
  return new Option(
    "--quality <how>",
    "where most channels that the model needs are bad: abstain, say so beside the label, or off: do not look",
  )
    .choices(["abstain", "say", "off"])
    .default("abstain");
}

/** The values as the decoder takes them. */
export async function decoderOptions(
  values: DecoderValues,
): Promise<Pick<DecodeOptions, "allowFiltered" | "calibration" | "quality">> {
  const { calibration, allowFiltered = false, quality = "abstain" } = values;
  return {
    allowFiltered,
    quality,
    ...(calibration === undefined ? {} : { calibration: await readCalibration(calibration) }),
  };
}
