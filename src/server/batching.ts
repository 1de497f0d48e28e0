import type { Engine, Hop } from "../model/engine.ts";

interface Waiting {
  readonly hops: readonly Hop[];
  readonly resolve: (logits: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * An engine whose steps are gathered while it works: what many streams ask for in the meantime becomes one step.
 * Nothing waits for company: an idle engine begins at once. One that answers at once is left as it is.
 * @param classes logits a hop
 */
export function batchSteps(engine: Engine, classes: number): Engine {
  let waiting: Waiting[] = [];
  let busy = false;

  function run(batch: readonly Waiting[], answer: Promise<Float32Array>): void {
    busy = true;
    void answer
      .then(
        (logits) => {
          let at = 0;
          for (const { hops, resolve } of batch) {
            resolve(logits.slice(at, at + hops.length * classes));
            at += hops.length * classes;
          }
        },
        (error: unknown) => {
          for (const { reject } of batch) reject(error);
        },
      )
      .then(next);
  }

  function next(): void {
    busy = false;
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    try {
      run(batch, Promise.resolve(engine.step(batch.flatMap(({ hops }) => hops))));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return {
    name: engine.name,
    device: engine.device,
    open: () => engine.open(),
    close: (slot) => engine.close(slot),
    step(hops) {
      if (busy) return new Promise((resolve, reject) => waiting.push({ hops, resolve, reject }));
      const answer = engine.step(hops);
      if (!(answer instanceof Promise)) return answer;
      return new Promise((resolve, reject) => run([{ hops, resolve, reject }], answer));
    },
    release: () => engine.release(),
  };
}
