import { describe, expect, test } from "@jest/globals";
import { createRandom } from "../../src/eeg/random.ts";
import type { Diagnostic } from "../../src/eeg/errors.ts";
import type { Engine, Hop } from "../../src/model/engine.ts";
import { createEngine } from "../../src/model/engines.ts";
import { createFailover } from "../../src/model/failover.ts";
import { oddSizes, randomModel } from "./random-model.ts";

const model = randomModel({ sizes: oddSizes });
const features = oddSizes.components * oddSizes.bands;

/** An engine on a device that is lost at its `last` hop; asynchronous as a GPU is. */
function mortal(last: number, inner = createEngine(model)): Engine {
  let n = 0;
  return {
    ...inner,
    name: "onnx",
    device: "a GPU",
    async step(hops: readonly Hop[]) {
      if (++n > last) throw new Error("WebGPU device lost (unknown)\nat somewhere");
      return (await inner.step(hops)).slice();
    },
  };
}

/** Two streams of 60 patches, the second from patch 10 on, both with masked patches. */
async function run(engine: Engine): Promise<number[][]> {
  const random = createRandom(3);
  const token = (): Float32Array => Float32Array.from({ length: features }, () => random.normal());
  const slots = [engine.open()];
  const logits: number[][] = [];
  for (let patch = 0; patch < 60; patch++) {
    if (patch === 10) slots.push(engine.open());
    const hops = slots
      .map((slot) => ({ slot, patch, token: token() }))
      .filter((_, i) => (patch + i) % 7 !== 0);
    if (hops.length > 0) logits.push([...(await engine.step(hops))]);
  }
  slots.forEach((slot) => engine.close(slot));
  return logits;
}

describe("an engine whose device is lost", () => {
  test.each([0, 1, 17, 40])(
    "after %i hops gives way to the next, and no bit of any label changes",
    async (after) => {
      const warnings: Diagnostic[] = [];
      const engine = createFailover(model, {
        first: mortal(after),
        others: [() => createEngine(model)],
        warn: (warning) => warnings.push(warning),
      });
      expect(engine.device).toBe("a GPU");
      expect(await run(engine)).toEqual(await run(createEngine(model)));
      expect(engine.name).toBe("wasm");
      expect(warnings).toEqual([
        {
          code: "ENGINE_REPLACED",
          message:
            "engine onnx on a GPU failed (WebGPU device lost (unknown)); wasm on cpu goes on, no label is lost",
        },
      ]);
    },
  );

  test("gives way to the next that can be made, and again", async () => {
    const warnings: Diagnostic[] = [];
    const engine = createFailover(model, {
      first: mortal(5),
      others: [
        () => Promise.reject(new Error("no such device")),
        () => mortal(3), // fails while it is shown what was kept
        () => mortal(50),
        () => createEngine(model),
      ],
      warn: (warning) => warnings.push(warning),
    });
    expect(await run(engine)).toEqual(await run(createEngine(model)));
    expect(warnings).toHaveLength(2);
  });

  test("fails where none is left, with the last reason", async () => {
    const engine = createFailover(model, { first: mortal(5), others: [], warn: () => undefined });
    await expect(run(engine)).rejects.toThrow("WebGPU device lost");
  });

  test("that is waited for by several streams at once is replaced once", async () => {
    const warnings: Diagnostic[] = [];
    const engine = createFailover(model, {
      first: mortal(4),
      others: [() => createEngine(model)],
      warn: (warning) => warnings.push(warning),
    });
    const alone = createEngine(model);
    const token = new Float32Array(features).fill(0.5);
    const slots = [engine.open(), engine.open(), engine.open()];
    const own = alone.open();
    for (let patch = 0; patch < 5; patch++) {
      const all = await Promise.all(
        slots.map(async (slot) => [...(await engine.step([{ slot, patch, token }]))]),
      );
      const wanted = [...((await alone.step([{ slot: own, patch, token }])) as Float32Array)];
      expect(all).toEqual([wanted, wanted, wanted]);
    }
    expect(warnings).toHaveLength(1);
  });

  test("a stream that is closed while the next one is shown its tokens takes nobody with it", async () => {
    const others = [createEngine(model), createEngine(model)].map((inner) => ({
      ...inner,
      step: async (hops: readonly Hop[]) => (await inner.step(hops)).slice(),
    }));
    const engine = createFailover(model, {
      first: mortal(8),
      others: others.map((other) => () => other),
      warn: () => undefined,
    });
    const token = new Float32Array(features).fill(0.5);
    const slots = [engine.open(), engine.open()];
    for (let patch = 0; patch < 4; patch++)
      for (const slot of slots) await engine.step([{ slot, patch, token }]);
    const lost = engine.step([{ slot: slots[1]!, patch: 4, token }]);
    for (let i = 0; i < 5; i++) await Promise.resolve();
    engine.close(slots[0]!);
    expect([...(await lost)]).toHaveLength(oddSizes.classes);
    expect(() => others[1]!.close(0)).toThrow("not open"); // nobody came to it
  });

  test("is not replaced once it was released: whoever still waits is told", async () => {
    let made = 0;
    const engine = createFailover(model, {
      first: mortal(0),
      others: [() => ((made += 1), createEngine(model))],
      warn: () => undefined,
    });
    const slot = engine.open();
    await engine.release();
    const late = engine.step([{ slot, patch: 0, token: new Float32Array(features) }]);
    await expect(late).rejects.toThrow("WebGPU device lost");
    expect(made).toBe(0);
  });

  test("is not replaced for a caller's mistake", () => {
    const engine = createFailover(model, { first: createEngine(model), others: [], warn: () => undefined });
    const slot = engine.open();
    const hop = { slot, patch: 3, token: new Float32Array(features) };
    void engine.step([hop]);
    expect(() => engine.step([hop])).toThrow("expected a patch after 3, got 3");
    engine.close(slot);
    expect(() => engine.step([hop])).toThrow(`slot ${slot} is not open`);
  });
});
