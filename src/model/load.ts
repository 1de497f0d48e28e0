import { EegError } from "../eeg/errors.ts";
import { modelHz, parameterShapes } from "./encoder.ts";
import { isWindowManifest, type Manifest, parseManifest } from "./manifest.ts";
import type { Model } from "./model.ts";
import { formatSafetensors, parseSafetensors, type StoredTensor } from "./safetensors.ts";

export interface ModelFiles {
  /** The text of `model.json`. */
  readonly manifest: string;
  /** Bytes of the file that the manifest names. */
  readonly weights: Uint8Array;
  /** Names the folder in errors. */
  readonly place: string;
}

/**
 * An encoder from the contents of its folder. Names and shapes of all tensors, and the weights' hash, are checked.
 * @throws EegError MODEL_MANIFEST, MODEL_WEIGHTS; ENGINE_UNAVAILABLE for a decoder in an ONNX file
 */
export async function parseModel({ manifest: text, weights: bytes, place }: ModelFiles): Promise<Model> {
  const manifest = parseManifest(text, `${place}/model.json`);
  if (isWindowManifest(manifest))
    throw new EegError(
      "ENGINE_UNAVAILABLE",
      `${place}: a decoder in an ONNX file runs on ONNX Runtime in Node, where loadModel opens it`,
    );
  checkManifest(manifest, `${place}/model.json`);
  const file = `${place}/${manifest.weights.file}`;
  const weightsHash = await checkHash(bytes, manifest, file);
  const tensors = parseSafetensors(bytes, file);
  checkTensors(tensors, manifest, file);
  return { manifest, weights: new Map([...tensors].map(([name, { data }]) => [name, data])), weightsHash };
}

/** What goes into the weights' file, and its SHA-256 in hex for the manifest. */
export async function formatWeights(
  weights: ReadonlyMap<string, Float32Array>,
  sizes: Manifest["architecture"]["sizes"],
): Promise<{ bytes: Uint8Array; sha256: string }> {
  const tensors = [...parameterShapes(sizes)].map(([name, shape]): [string, StoredTensor] => {
    const data = weights.get(name);
    if (!data) throw new RangeError(`tensor '${name}' is missing`);
    return [name, { shape, data }];
  });
  const bytes = formatSafetensors(new Map(tensors));
  return { bytes, sha256: await sha256(bytes) };
}

/**
 * The weights' SHA-256, once it is the one that the manifest names.
 * @throws EegError MODEL_WEIGHTS
 */
export async function checkHash(
  bytes: Uint8Array,
  { weights }: Pick<Manifest, "weights">,
  file: string,
): Promise<string> {
  const hash = await sha256(bytes);
  if (hash !== weights.sha256)
    throw new EegError(
      "MODEL_WEIGHTS",
      `${file}: its SHA-256 is ${hash}, model.json says ${weights.sha256}; fetch the model again`,
    );
  return hash;
}

/** In hex. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What the schema cannot say: that the parts of the manifest fit each other and this encoder. */
function checkManifest({ input, labels, architecture, output }: Manifest, place: string): void {
  const { sizes } = architecture;
  const faults: readonly [boolean, string][] = [
    [input.sfreq !== modelHz, `input.sfreq: expected ${modelHz}, got ${input.sfreq}`],
    [
      labels.length !== sizes.classes,
      `labels: ${labels.length} of them, sizes.classes says ${sizes.classes}`,
    ],
    [new Set(labels).size !== labels.length, `labels: each must be there once, got ${labels.join(", ")}`],
    [
      sizes.width % sizes.heads !== 0,
      `sizes.width: ${sizes.width} is no multiple of sizes.heads, ${sizes.heads}`,
    ],
    [output.kind !== "logits", `output.kind: a ${architecture.kind} gives logits, got ${output.kind}`],
    [
      input.channels.atLeast > input.channels.region.length,
      `input.channels.atLeast: ${input.channels.atLeast} of a region of ${input.channels.region.length}`,
    ],
  ];
  const fault = faults.find(([is]) => is);
  if (fault) throw new EegError("MODEL_MANIFEST", `${place}, ${fault[1]}`);
}

function checkTensors(tensors: ReadonlyMap<string, StoredTensor>, manifest: Manifest, file: string): void {
  const fault = (what: string): EegError => new EegError("MODEL_WEIGHTS", `${file}: ${what}`);
  const shapes = parameterShapes(manifest.architecture.sizes);
  for (const [name, shape] of shapes) {
    const found = tensors.get(name);
    if (!found) throw fault(`tensor '${name}' is missing`);
    if (found.shape.join() !== shape.join())
      throw fault(
        `tensor '${name}' has shape [${found.shape.join(", ")}], the sizes of model.json want [${shape.join(", ")}]`,
      );
    const faulty = found.data.findIndex((value) => !Number.isFinite(value));
    if (faulty >= 0) throw fault(`tensor '${name}' holds ${found.data[faulty]} at index ${faulty}`);
  }
  for (const name of tensors.keys()) if (!shapes.has(name)) throw fault(`tensor '${name}' is not known`);
  for (const name of ["token.deviation", "evoked.deviation"])
    if (tensors.get(name)?.data.some((deviation) => deviation <= 0))
      throw fault(`tensor '${name}' holds a number that is not positive`);
}
