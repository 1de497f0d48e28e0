import { log } from "./math.ts";

// Held here because a lookup in the global object is slow where it is a sandbox, as in Jest.
const { imul, sqrt, floor } = Math;
const none = NaN; // the only number that differs from itself

/** A seeded stream of numbers: the same seed gives the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  uniform(): number;
  /** Normal with mean 0 and deviation 1. */
  normal(): number;
  /** An integer in [0, n). */
  integer(n: number): number;
}

/**
 * Counter-based generator SplitMix32 (Steele, Lea & Flood, OOPSLA 2014, the 32-bit variant); normals by the
 * polar method (Marsaglia & Bray 1964) with our own logarithm, so that the bits hold everywhere.
 */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  let spare = none;
  function uniform(): number {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = imul(z ^ (z >>> 16), 0x21f0aaad);
    z = imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 4294967296;
  }
  function normal(): number {
    if (spare === spare) {
      const value = spare;
      spare = none;
      return value;
    }
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const factor = sqrt((-2 * log(s)) / s);
        spare = v * factor;
        return u * factor;
      }
    }
  }
  return { uniform, normal, integer: (n) => floor(uniform() * n) };
}
