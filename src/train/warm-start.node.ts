import { loadEncoder } from "../model/load.node.ts";
import { isPretrained, loadPretrained } from "./pretrained-file.node.ts";
import type { WarmStart } from "./warm-start.ts";

/**
 * What to go on from: a shipped model by name, a model folder, or a folder that `brainwire pretrain` wrote.
 * @throws EegError MODEL_UNKNOWN, MODEL_MANIFEST, MODEL_WEIGHTS, FILE_UNREADABLE
 */
export async function loadWarmStart(nameOrFolder: string, learn: WarmStart["learn"]): Promise<WarmStart> {
  if (await isPretrained(nameOrFolder)) {
    const { pretrained, weights } = await loadPretrained(nameOrFolder);
    const { name, sizes, epsilon, input } = pretrained;
    return { name, hash: pretrained.weights.sha256, sizes, epsilon, input, labels: [], weights, learn };
  }
  const { manifest, weights, weightsHash } = await loadEncoder(nameOrFolder);
  const { architecture, input, labels, name } = manifest;
  const { sizes, epsilon } = architecture;
  return { name, hash: weightsHash, sizes, epsilon, input, labels, weights, learn };
}
