import type { Model } from "./model.ts";
import { tensor } from "./model.ts";
import { attend, finishLayer, linear, project, readOut, type Seen, type Vector } from "./plain.ts";

/**
 * The encoder's whole-sequence form, layer after layer over all patches: the definition in `encoder.ts` read out.
 * @param tokens of patches 0, 1, ...; null where masked
 * @returns logits of each patch; null where masked
 */
export function encodeSequence(
  model: Model,
  tokens: readonly (Float32Array | null)[],
): readonly (Vector | null)[] {
  const { sizes } = model.manifest.architecture;
  let x = tokens.map((token) => token && linear(model, "embed", token));
  for (let l = 0; l < sizes.layers; l++) {
    const layer = `layers.${l}`;
    const slope = tensor(model, `${layer}.attention.slope`);
    const projected = x.map((row) => row && project(model, layer, row));
    x = x.map((row, patch) => {
      const own = projected[patch];
      if (!row || !own) return null;
      const seen: Seen[] = [];
      for (let j = Math.max(0, patch - sizes.window + 1); j <= patch; j++) {
        const other = projected[j];
        if (other) seen.push({ patch: j, ...other });
      }
      const mixed = attend({ sizes, slope, query: own.query, patch, seen });
      return finishLayer(model, layer, { x: row, mixed });
    });
  }
  return x.map((row) => row && readOut(model, row));
}
