import { expect, test } from "@jest/globals";
import { prove } from "../../src/decode/prove.ts";
import type { Item } from "../../src/eeg/item.ts";
import type { Engine } from "../../src/model/engine.ts";
import { createEngine } from "../../src/model/engines.ts";
import { randomModel } from "../model/random-model.ts";
import { interrupted, source } from "./streams.ts";

const model = randomModel();
async function* stream(hz: number): AsyncGenerator<Item> {
  yield* source(interrupted(), { hz });
  yield* source(interrupted(), { hz });
}

test.each([160, 250])(
  "a stream of %s Hz gives the same bits however it is cut, and what the whole form gives",
  async (hz) => {
    const { decisions, cut, whole } = await prove(model, { open: () => stream(hz), times: 1 });
    expect(decisions).toBeGreaterThan(280);
    expect(cut).toBe(0);
    expect(whole).toBeLessThan(1e-5);
  },
);

test("an engine that errs is found out", async () => {
  const right = createEngine(model);
  let n = 0;
  const wrong: Engine = {
    ...right,
    step(hops) {
      const logits = right.step(hops) as Float32Array;
      if (++n === 150) logits[0]! += 1e-3;
      return logits;
    },
  };
  const { cut, whole } = await prove(model, { open: () => stream(160), times: 1, engine: wrong });
  expect(cut).toBeGreaterThan(1e-5);
  expect(whole).toBeLessThan(1e-5); // the third run, and right again
  n = 0;
  const late = await prove(model, { open: () => stream(160), times: 0, engine: wrong });
  expect(late.whole).toBeGreaterThan(1e-5);
});
