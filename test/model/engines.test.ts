import { describe, expect, test } from "@jest/globals";
import { createRandom } from "../../src/eeg/random.ts";
import { contextPatches, type EncoderSizes } from "../../src/model/encoder.ts";
import type { Engine } from "../../src/model/engine.ts";
import { createEngine } from "../../src/model/engines.ts";
import { encodeSequence } from "../../src/model/plain-sequence.ts";
import { tokenNumbers } from "../../src/tokens/token.ts";
import { evokedSizes, oddSizes, randomModel, usualSizes } from "./random-model.ts";

/** Tokens of patches 0 ... n - 1, masked where `masked` says so. */
function tokens(sizes: EncoderSizes, n: number, masked: (patch: number) => boolean): (Float32Array | null)[] {
  const random = createRandom(n);
  return Array.from({ length: n }, (_, patch) => {
    const token = Float32Array.from({ length: tokenNumbers(sizes) }, () => random.normal());
    return masked(patch) ? null : token;
  });
}

/** Logits of the streaming form, patch after patch. */
function stream(engine: Engine, sequence: readonly (Float32Array | null)[]): (number[] | null)[] {
  const slot = engine.open();
  const logits = sequence.map((token, patch) => token && [...step(engine, { slot, patch, token })]);
  engine.close(slot);
  return logits;
}

function step(engine: Engine, hop: { slot: number; patch: number; token: Float32Array }): Float32Array {
  return engine.step([hop]) as Float32Array;
}

const cases: [string, EncoderSizes][] = [
  ["usual sizes", usualSizes],
  ["sizes that are no multiples of 4, with evoked responses", evokedSizes],
  ["one layer, one head, a window of one", { ...oddSizes, layers: 1, heads: 1, window: 1 }],
  ["three classes, a window of 33", { ...usualSizes, classes: 3, window: 33 }],
];

describe.each(cases)("%s", (_, sizes) => {
  const model = randomModel({ sizes });
  const gaps = (patch: number): boolean =>
    (patch >= 30 && patch < 34) || (patch >= 70 && patch < 140) || patch % 17 === 3;
  const sequence = tokens(sizes, 240, gaps);
  const oracle = encodeSequence(model, sequence);

  test.each(["plain", "wasm"])(
    "%s: the streaming form equals the whole-sequence form at every hop",
    (name) => {
      const logits = stream(createEngine(model, { engine: name }), sequence);
      const tolerance = name === "plain" ? 1e-6 : 1e-5; // plain rounds its logits to float32
      logits.forEach((row, patch) => {
        if (row === null) return expect(oracle[patch]).toBeNull();
        row.forEach((value, c) => expect(Math.abs(value - oracle[patch]![c]!)).toBeLessThan(tolerance));
      });
    },
  );

  test("a patch is the same bits alone or among other streams", () => {
    const engine = createEngine(model);
    const others = Array.from({ length: 3 }, (_, i) => tokens(sizes, 240 + i + 1, () => false));
    const alone = stream(engine, sequence);
    const first = engine.open();
    const slots = others.map(() => engine.open());
    const among = sequence.map((token, patch) => {
      const rest = others.map((other, i) => ({ slot: slots[i]!, patch, token: other[patch]! }));
      const hops = token ? [rest[0]!, { slot: first, patch, token }, rest[1]!, rest[2]!] : rest;
      const logits = engine.step(hops) as Float32Array;
      return token && [...logits.subarray(sizes.classes, 2 * sizes.classes)];
    });
    expect(among).toEqual(alone);
  });

  test("a later start on the grid and a reused slot change no bit", () => {
    const engine = createEngine(model);
    const alone = stream(engine, sequence);
    const slot = engine.open(); // the one that was closed
    const moved = sequence.map((token, i) => token && [...step(engine, { slot, patch: i + 1009, token })]);
    expect(moved).toEqual(alone);
  });

  test("nothing before the context matters", () => {
    const engine = createEngine(model);
    const whole = stream(
      engine,
      tokens(sizes, 200, () => false),
    );
    const context = contextPatches(sizes);
    const slot = engine.open();
    let last: number[] = [];
    tokens(sizes, 200, () => false).forEach((token, patch) => {
      if (patch >= 200 - context) last = [...step(engine, { slot, patch, token: token! })];
    });
    expect(last).toEqual(whole.at(-1));
  });
});

test("patches of a slot only grow, and slots must be open", () => {
  for (const name of ["plain", "wasm"]) {
    const model = randomModel({ sizes: oddSizes });
    const engine = createEngine(model, { engine: name });
    const token = new Float32Array(15);
    const slot = engine.open();
    step(engine, { slot, patch: 4, token });
    expect(() => step(engine, { slot, patch: 4, token })).toThrow(
      `slot ${slot}: expected a patch after 4, got 4`,
    );
    engine.close(slot);
    expect(() => step(engine, { slot, patch: 5, token })).toThrow(`slot ${slot} is not open`);
  }
});

test("an engine that is not built in is refused", () => {
  expect(() => createEngine(randomModel(), { engine: "gpu" })).toThrow(
    "engine 'gpu' is not built in; there are wasm and plain",
  );
});

test("hundred thousand patches through one slot take no more memory", () => {
  const model = randomModel({ sizes: oddSizes });
  const engine = createEngine(model);
  const slot = engine.open();
  const token = new Float32Array(15).fill(0.5);
  for (let patch = 0; patch < 1000; patch++) step(engine, { slot, patch, token });
  const before = process.memoryUsage().arrayBuffers;
  for (let patch = 1000; patch < 100_000; patch++) step(engine, { slot, patch, token });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
});
