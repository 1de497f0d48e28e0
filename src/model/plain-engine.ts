import type { Engine, Hop } from "./engine.ts";
import { type Model, tensor } from "./model.ts";
import { attend, finishLayer, linear, project, readOut, type Seen } from "./plain.ts";
import { createSlots } from "./slots.ts";

/** The streaming form in plain float64 loops: readable, slow, the oracle of the others. */
export function createPlainEngine(model: Model): Engine {
  const { sizes } = model.manifest.architecture;
  const slots = createSlots((): Seen[][] => Array.from({ length: sizes.layers }, () => []));

  function encode({ patch, token, slot }: Hop): Float64Array {
    const cache = slots.advance(slot, patch);
    let x = linear(model, "embed", token);
    for (let l = 0; l < sizes.layers; l++) {
      const layer = `layers.${l}`;
      const { query, key, value } = project(model, layer, x);
      const seen = cache[l]!.filter((other) => other.patch > patch - sizes.window);
      seen.push({ patch, key, value });
      cache[l] = seen;
      const slope = tensor(model, `${layer}.attention.slope`);
      x = finishLayer(model, layer, { x, mixed: attend({ sizes, slope, query, patch, seen }) });
    }
    return readOut(model, x);
  }

  return {
    name: "plain",
    device: "cpu",
    open: slots.open,
    close: slots.close,
    step: (hops) => Float32Array.from(hops.flatMap((hop) => [...encode(hop)])),
    release: slots.clear,
  };
}
