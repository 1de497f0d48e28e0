import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createArena } from "../../src/eeg/web-assembly.ts";
import { instantiate } from "../../src/tokens/wasm/exports.ts";
import { createPowerRing } from "../../src/tokens/wasm/power-ring.ts";
import { logSingle } from "./plain-tokens.ts";

const f = Math.fround;
const bands = 3;
const components = 6;
const padded = 8;
const epsilon = f(0.1);

/** A patch: by how much its index exceeds that of the one before it, and the first of its components without power. */
const patches = fc.array(
  fc.record({
    step: fc.oneof({ weight: 8, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 60 })),
    lacksFrom: fc.oneof({ weight: 4, arbitrary: fc.constant(components) }, fc.nat(components)),
  }),
  { minLength: 30, maxLength: 120 },
);

test("an average is the sum of its patches in their order, whatever was summed ahead, over gaps and missing components", () => {
  fc.assert(
    fc.property(patches, fc.constantFrom(1, 2, 7, 8, 9, 40), (steps, average) => {
      const exports = instantiate();
      const reserve = createArena(exports.memory);
      const ring = createPowerRing(
        { bands, components, average, epsilon },
        { exports, reserve: (count) => reserve(4 * count) },
      );
      const memory = new Float32Array(exports.memory.buffer);
      const seen: { patch: number; powers: Float32Array; masked: Uint8Array }[] = [];
      let patch = 3;
      for (const { step, lacksFrom } of steps) {
        patch += step;
        const masked = Uint8Array.from({ length: components }, (_, s) => (s >= lacksFrom ? 1 : 0));
        const powers = Float32Array.from({ length: bands * padded }, (_, i) =>
          i % padded < lacksFrom ? 1 + ((patch * 37 + i * 11) % 101) / 7 : 0,
        );
        memory.set(powers, ring.enter(patch, masked) / 4);
        seen.push({ patch, powers, masked });
        const within = seen.filter((each) => each.patch > patch - average);
        const logs = ring.logMeans();
        for (let i = 0; i < logs.length; i++) {
          const s = i % padded;
          const count = within.filter((each) => each.masked[s] === 0).length;
          if (count === 0) continue;
          const sum = within.reduce((total, each) => f(total + each.powers[i]!), 0);
          expect(logs[i]).toBe(logSingle(f(f(sum / count) + epsilon)));
        }
      }
    }),
    { numRuns: 40 },
  );
});
