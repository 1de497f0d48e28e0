import { EegError, type Diagnostic } from "../eeg/errors.ts";
import { checkHash, type ModelFiles } from "./load.ts";
import { isWindowManifest, parseManifest } from "./manifest.ts";
import type { Model } from "./model.ts";
import { inspectOnnx } from "./onnx/inspect.ts";
import { axisLengths, windowManifestFault, type WindowManifest } from "./window-manifest.ts";

/** A decoder from elsewhere, ready to be run: a graph in an ONNX file that takes a window and gives a class each. */
export interface WindowModel {
  readonly manifest: WindowManifest;
  /** The bytes of `model.onnx`. */
  readonly graph: Uint8Array;
  /** SHA-256 of the graph, in hex. */
  readonly weightsHash: string;
  /** Makes what runs the graph where nobody brings an engine. */
  readonly createEngine: CreateWindowEngine;
}

/** Any decoder. */
export type AnyModel = Model | WindowModel;

/** Runs the graph of a window model. */
export interface WindowEngine {
  readonly name: "onnx";
  /** What it runs on, for people. */
  readonly device: string;
  /**
   * @param window channel after channel, as the manifest's input has it
   * @returns the graph's output, one number a label
   */
  run(window: Float32Array): Promise<Float32Array>;
  release(): void | Promise<void>;
}

export interface WindowEngineOptions {
  /** As for `createNodeEngine`. @default "cpu" */
  readonly device?: string;
  /** Told when the device failed and another took over. */
  readonly warn?: (warning: Diagnostic) => void;
}

export type CreateWindowEngine = (
  model: Pick<WindowModel, "manifest" | "graph">,
  options?: WindowEngineOptions,
) => Promise<WindowEngine>;

export function isWindowModel(model: AnyModel): model is WindowModel {
  return isWindowManifest(model.manifest);
}

/**
 * A decoder from elsewhere from the contents of its folder: the graph's hash, its input and output, and that it
 * keeps to itself are checked.
 * @throws EegError MODEL_MANIFEST, MODEL_WEIGHTS
 */
export async function parseWindowModel(
  files: ModelFiles,
  createEngine: CreateWindowEngine,
): Promise<WindowModel> {
  const place = `${files.place}/model.json`;
  const manifest = parseManifest(files.manifest, place);
  if (!isWindowManifest(manifest))
    throw new EegError("MODEL_MANIFEST", `${place}: is the manifest of a ${manifest.architecture.kind}`);
  const fault = windowManifestFault(manifest);
  if (fault !== null) throw new EegError("MODEL_MANIFEST", `${place}, ${fault}`);
  const file = `${files.place}/${manifest.weights.file}`;
  const weightsHash = await checkHash(files.weights, manifest, file);
  checkGraph(manifest, files.weights, file);
  return { manifest, graph: files.weights, weightsHash, createEngine };
}

/** @throws EegError MODEL_WEIGHTS where the graph has not the one input and the output that the manifest names */
function checkGraph({ input: wants, architecture }: WindowManifest, bytes: Uint8Array, file: string): void {
  const { inputs, outputs } = inspectOnnx(bytes, file);
  const [input] = inputs;
  const names = (ports: readonly { readonly name: string }[]): string =>
    ports.map(({ name }) => `'${name}'`).join(", ");
  if (!input || inputs.length > 1 || input.name !== architecture.input.name)
    throw new EegError(
      "MODEL_WEIGHTS",
      `${file}: expected the one input '${architecture.input.name}', it takes ${names(inputs) || "none"}`,
    );
  if (input.dtype !== "float32")
    throw new EegError(
      "MODEL_WEIGHTS",
      `${file}: input '${input.name}' takes ${input.dtype}, expected float32`,
    );
  const lengths = axisLengths(architecture.input.axes, {
    channels: wants.channels.order.length,
    samples: wants.window.samples,
  });
  const fits = (n: number | string | null, axis: number): boolean =>
    typeof n !== "number" || n === lengths[axis];
  if (input.shape && !(input.shape.length === lengths.length && input.shape.every(fits)))
    throw new EegError(
      "MODEL_WEIGHTS",
      `${file}: input '${input.name}' is [${input.shape.map((n) => n ?? "?").join(", ")}], model.json makes it [${lengths.join(", ")}]`,
    );
  if (!outputs.some(({ name }) => name === architecture.output.name))
    throw new EegError(
      "MODEL_WEIGHTS",
      `${file}: has no output '${architecture.output.name}', it gives ${names(outputs)}`,
    );
}
