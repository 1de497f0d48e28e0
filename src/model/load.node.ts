import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EegError } from "../eeg/errors.ts";
import { parseModel } from "./load.ts";
import { isWindowManifest, parseManifest } from "./manifest.ts";
import type { Model } from "./model.ts";
import { nearest } from "./near-names.ts";
import { createWindowEngine } from "./onnx/window-engine.node.ts";
import { isWindowModel, parseWindowModel, type AnyModel } from "./window-model.ts";

const shipped = fileURLToPath(new URL("../../models/", import.meta.url));

/**
 * Loads a model: one that is shipped, by name, or any model folder, by path.
 * @throws EegError MODEL_UNKNOWN, MODEL_MANIFEST, MODEL_WEIGHTS, FILE_UNREADABLE
 */
export async function loadModel(nameOrFolder: string): Promise<AnyModel> {
  const folder = await modelFolder(nameOrFolder);
  const text = (await readBytes(join(folder, "model.json"))).toString("utf8");
  const manifest = parseManifest(text, join(folder, "model.json"));
  const files = {
    manifest: text,
    weights: await readBytes(join(folder, manifest.weights.file)),
    place: folder,
  };
  return isWindowManifest(manifest) ? parseWindowModel(files, createWindowEngine) : parseModel(files);
}

/**
 * Loads a model that must be of the kind that is trained here, such as for going on with its training.
 * @throws EegError as `loadModel`, and MODEL_MANIFEST for a decoder in an ONNX file
 */
export async function loadEncoder(nameOrFolder: string): Promise<Model> {
  const model = await loadModel(nameOrFolder);
  if (isWindowModel(model))
    throw new EegError(
      "MODEL_MANIFEST",
      `model ${model.manifest.name} is a decoder in an ONNX file; this takes one that brainwire trained`,
    );
  return model;
}

/** Names of the models that come with this package, sorted. */
export async function shippedModels(): Promise<readonly string[]> {
  const entries = await readdir(shipped, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async ({ name }) => ((await isFile(join(shipped, name, "model.json"))) ? [name] : [])),
  );
  return found.flat().sort();
}

/** The folder of a shipped model, or the path itself. @throws EegError MODEL_UNKNOWN */
export async function modelFolder(nameOrFolder: string): Promise<string> {
  const names = await shippedModels();
  if (names.includes(nameOrFolder)) return join(shipped, nameOrFolder);
  if (await isFile(join(nameOrFolder, "model.json"))) return nameOrFolder;
  if (/[/\\]/.test(nameOrFolder))
    throw new EegError(
      "MODEL_UNKNOWN",
      `${nameOrFolder} is no model folder: no ${join(nameOrFolder, "model.json")}`,
    );
  const near = nearest(nameOrFolder, names);
  throw new EegError(
    "MODEL_UNKNOWN",
    `model '${nameOrFolder}' is not known; ` +
      (near.length > 0 ? `did you mean ${near.join(" or ")}? ` : "") +
      (names.length > 0 ? `shipped are ${names.join(", ")}` : "none is shipped, name a model folder"),
  );
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new EegError("FILE_UNREADABLE", `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
