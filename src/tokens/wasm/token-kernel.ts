import { bandTaps, halfPatch } from "../bands.ts";
import { waveTaps } from "../evoked.ts";
import { type MixWeights, paddedComponents } from "../mix.ts";
import { patchSamples } from "../patch-grid.ts";
import type { TokenDefinition } from "../token.ts";
import { createArena } from "../../eeg/web-assembly.ts";
import { instantiate } from "./exports.ts";
import { createPowerRing } from "./power-ring.ts";

/** Samples that are taken in at once. */
export const blockSamples = 256;

const rowCapacity = patchSamples + blockSamples;

/** The arithmetic of tokens on one stream: samples in, mixed rows kept, log powers of patches out. */
export interface TokenKernel {
  /** Takes in `n` samples of all channels from sample `offset` of an item. */
  load(data: Float32Array, nSamples: number, block: { readonly offset: number; readonly n: number }): void;
  /** Index of the first loaded sample from `from` on at which the channel is finite, or is not. */
  readonly scan: (channel: number, from: number, wanted: "finite" | "missing") => number;
  setWeights(weights: MixWeights): void;
  /** Mixes loaded samples [from, to) into rows behind those that are there. */
  mix(from: number, to: number): void;
  /**
   * Logarithms of the powers [bands][padded components], averaged over a patch and those before it that were asked
   * for, as far as the average reaches and component by component. Those of components that are masked mean nothing.
   */
  logPowers(patch: PatchRows): Float32Array;
  /** The slow wave of each component at the middle of a patch whose last row lies so far back, µV: [components]. */
  waves(back: number): Float64Array;
}

interface PatchRows {
  /** Its index on the grid; only grows. */
  readonly patch: number;
  /** Its last sample lies so many rows before the newest. */
  readonly back: number;
  /** 1 for each component that lacks its channels somewhere in the patch. */
  readonly masked: Uint8Array;
}

export function createTokenKernel(definition: TokenDefinition, nChannels: number): TokenKernel {
  const { bands, components } = definition;
  const padded = paddedComponents(definition.components);
  const exports = instantiate();
  const reserve = createArena(exports.memory);
  const floats = (count: number): number => reserve(count * 4);
  const taps = bandTaps(definition.centre, definition.width);
  const at = {
    channels: floats(nChannels),
    weights: floats(nChannels * padded),
    taps: floats(taps.length),
    folded: floats(patchSamples * padded),
    block: floats(nChannels * blockSamples),
    rows: floats(rowCapacity * padded),
  };
  const ring = createPowerRing(definition, { exports, reserve: floats });
  const memory = new Float32Array(exports.memory.buffer);
  const pointers = new Uint32Array(exports.memory.buffer);
  memory.set(taps, at.taps / 4);
  const rowBytes = padded * 4;
  let loaded = 0;
  let filled = 0;
  let present: readonly number[] = [];

  function load(
    data: Float32Array,
    nSamples: number,
    { offset, n }: { readonly offset: number; readonly n: number },
  ): void {
    loaded = n;
    if (n === nSamples) memory.set(data, at.block / 4);
    else
      for (let c = 0; c < nChannels; c++) {
        const start = c * nSamples + offset;
        memory.set(data.subarray(start, start + n), at.block / 4 + c * n);
      }
  }

  function mix(from: number, to: number): void {
    const n = to - from;
    if (filled + n > rowCapacity) {
      // the newest rows may belong to patches that are not whole yet
      memory.copyWithin(
        at.rows / 4,
        (at.rows + (filled - patchSamples) * rowBytes) / 4,
        (at.rows + filled * rowBytes) / 4,
      );
      filled = patchSamples;
    }
    present.forEach((c, i) => (pointers[at.channels / 4 + i] = at.block + (c * loaded + from) * 4));
    const rows = at.rows + filled * rowBytes;
    exports.mix(rows, at.channels, at.weights, present.length, n, padded / 4);
    filled += n;
  }

  function logPowers({ patch, back, masked }: PatchRows): Float32Array {
    const rows = at.rows + (filled - back - patchSamples) * rowBytes;
    const out = ring.enter(patch, masked);
    exports.bands(out, rows, at.taps, at.folded, halfPatch, bands, padded / 4);
    masked.forEach((lacks, s) => {
      if (lacks === 1) for (let k = 0; k < bands; k++) memory[out / 4 + k * padded + s] = 0;
    });
    return ring.logMeans();
  }

  const lowPass = waveTaps();
  const slow = new Float64Array(components);
  function waves(back: number): Float64Array {
    const middle = at.rows / 4 + (filled - back - patchSamples / 2) * padded;
    slow.fill(0);
    lowPass.forEach((tap, m) => {
      const after = middle + m * padded;
      const before = middle - (m + 1) * padded;
      for (let s = 0; s < components; s++) slow[s]! += tap * (memory[after + s]! + memory[before + s]!);
    });
    return slow;
  }

  return {
    load,
    scan: (channel, from, wanted) =>
      exports.scan(at.block + channel * loaded * 4, from, loaded, wanted === "finite" ? 1 : 0),
    setWeights: ({ channels, weights }) => {
      present = channels;
      memory.set(weights, at.weights / 4);
    },
    mix,
    logPowers,
    waves,
  };
}
