import { paddedComponents } from "../mix.ts";
import type { TokenDefinition } from "../token.ts";
import type { Exports } from "./exports.ts";

/** Powers of the last patches of one stream, as many as are averaged over, and their averages. */
export interface PowerRing {
  /**
   * The next patch to be averaged over; the index on the grid only grows.
   * @param masked 1 for each component that has no power in it
   * @returns where its powers [bands][padded components] are to be written, 0 for those that are masked
   */
  enter(patch: number, masked: Uint8Array): number;
  /**
   * Logarithms of the powers, averaged over the patch that entered last and those before it, as far as the average
   * reaches and component by component. Those of components that are masked in all of them mean nothing.
   */
  logMeans(): Float32Array;
}

type Averaging = Pick<TokenDefinition, "bands" | "components" | "average" | "epsilon">;

interface Room {
  readonly exports: Exports;
  /** Zeroed floats of the kernel's memory; gives their address. */
  readonly reserve: (count: number) => number;
}

/** Sums that the kernel makes at once. */
const sumsAtOnce = 8;

/** Rings made so far. */
let made = 0;

/**
 * An average is a sum in the order of the patches, so each is a sum of its own, over the whole ring: more than the
 * processor's caches hold of many streams. What the next 8 begin with is therefore summed at once, while the ring is
 * read a single time; each adds what came since.
 */
export function createPowerRing(
  { bands, components, average, epsilon }: Averaging,
  { exports, reserve }: Room,
): PowerRing {
  const padded = paddedComponents(components);
  const ahead = Math.min(sumsAtOnce, average);
  const size = bands * padded;
  const at = {
    ring: reserve(average * size),
    sums: reserve(sumsAtOnce * size),
    starts: reserve(sumsAtOnce),
    averaged: reserve(average),
    counts: reserve(padded),
    logMeans: reserve(size),
  };
  const { buffer } = exports.memory;
  const pointers = new Uint32Array(buffer, at.averaged, average);
  const starts = new Int32Array(buffer, at.starts, sumsAtOnce);
  const logMeans = new Float32Array(buffer, at.logMeans, size);
  /** Of how many patches each component has power, but 1 for none: what a sum is divided by. */
  const divisors = new Float32Array(buffer, at.counts, padded).fill(1);
  const counts = new Int32Array(components);
  /** Which patch each row of the ring holds, and which components it has no power of. */
  const held = new Float64Array(average).fill(-1);
  const heldMasked = new Uint8Array(average * components);
  /** Streams that begin together do not sum ahead at the same patch. */
  const phase = made++ % ahead;
  let newest = -1;
  /** The sums are those that the patches from `base + 1` to `until` begin with, over patches up to `base`. */
  let base = -1;
  let until = -1;

  function count(row: number, sign: 1 | -1): void {
    for (let s = 0; s < components; s++) {
      counts[s]! += sign * (1 - heldMasked[row * components + s]!);
      divisors[s] = Math.max(1, counts[s]!);
    }
  }

  /** Points to the rows of patches from `from` to `to` that there are; gives how many. */
  function point(from: number, to: number): number {
    let n = 0;
    for (let patch = Math.max(0, from); patch <= to; patch++) {
      const row = patch % average;
      if (held[row] === patch) pointers[n++] = at.ring + row * size * 4;
    }
    return n;
  }

  function sumAhead(patch: number): void {
    base = patch - 1;
    until = base + ahead - ((patch + phase) % ahead);
    const oldest = patch - average + 1;
    const n = point(oldest, base);
    for (let j = 0, gone = 0; j < sumsAtOnce; j++) {
      starts[j] = Math.min(gone, n);
      const leaving = oldest + j;
      if (leaving >= 0 && leaving <= base && held[leaving % average] === leaving) gone++;
    }
    exports.sums(at.sums, at.averaged, n, at.starts, size * 4);
  }

  return {
    enter(patch, masked) {
      for (let gone = Math.max(0, newest - average + 1); gone <= Math.min(newest, patch - average); gone++)
        if (held[gone % average] === gone) count(gone % average, -1);
      const row = patch % average;
      held[row] = patch;
      heldMasked.set(masked, row * components);
      count(row, 1);
      newest = patch;
      return at.ring + row * size * 4;
    },
    logMeans() {
      if (newest > until) sumAhead(newest);
      const begun = at.sums + (newest - base - 1) * size * 4;
      const n = point(base + 1, newest);
      exports.logMeans(at.logMeans, begun, at.averaged, n, at.counts, bands, padded / 4, epsilon);
      return logMeans;
    },
  };
}
