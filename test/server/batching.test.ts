import { expect, test } from "@jest/globals";
import type { Engine, Hop } from "../../src/model/engine.ts";
import { batchSteps } from "../../src/server/batching.ts";

const hop = (slot: number): Hop => ({ slot, patch: slot, token: Float32Array.of(slot) });

/** Answers each hop with its slot, twice, when told to; its memory is used again, as engines do. */
function madeEngine() {
  const steps: number[][] = [];
  const answers: ((fault?: Error) => void)[] = [];
  const memory = new Float32Array(64);
  const engine: Engine = {
    name: "onnx",
    device: "made",
    open: () => 0,
    close: () => undefined,
    step(hops) {
      steps.push(hops.map(({ slot }) => slot));
      return new Promise((resolve, reject) =>
        answers.push((fault) => {
          if (fault) return reject(fault);
          hops.forEach(({ slot }, i) => memory.fill(slot, 2 * i, 2 * i + 2));
          resolve(memory.subarray(0, 2 * hops.length));
        }),
      );
    },
    release: () => undefined,
  };
  return { engine: batchSteps(engine, 2), steps, answers };
}

const turn = (): Promise<void> => new Promise(setImmediate);

test("what comes while the engine works becomes one step, and everyone gets its own", async () => {
  const { engine, steps, answers } = madeEngine();
  const all = [1, 2, 3].map((slot) => engine.step([hop(slot)]));
  expect(steps).toEqual([[1]]);
  answers[0]!();
  await turn();
  expect(steps).toEqual([[1], [2, 3]]);
  const late = engine.step([hop(4)]);
  answers[1]!();
  await turn();
  answers[2]!();
  const logits = await Promise.all([...all, late]);
  expect(logits.map((values) => [...values])).toEqual([1, 2, 3, 4].map((slot) => [slot, slot]));
});

test("a step that fails fails those in it, and the next goes on", async () => {
  const { engine, answers } = madeEngine();
  const first = engine.step([hop(1)]) as Promise<Float32Array>;
  const second = engine.step([hop(2)]) as Promise<Float32Array>;
  answers[0]!(new Error("lost"));
  await expect(first).rejects.toThrow("lost");
  answers[1]!();
  expect([...(await second)]).toEqual([2, 2]);
});

test("an engine that answers at once stays as it is", () => {
  const logits = Float32Array.of(1, 2);
  const engine = batchSteps(
    {
      name: "wasm",
      device: "cpu",
      open: () => 0,
      close: () => undefined,
      step: () => logits,
      release: () => undefined,
    },
    2,
  );
  expect(engine.step([hop(1)])).toBe(logits);
});
