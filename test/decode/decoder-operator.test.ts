import { describe, expect, test } from "@jest/globals";
import { concat, finalize, from, NEVER, of, Subject, take, toArray } from "rxjs";
import { decodeItems } from "../../src/decode/decode.ts";
import { decoder } from "../../src/decode/decoder-operator.ts";
import type { Decision } from "../../src/eeg/decision.ts";
import type { Item, Marker } from "../../src/eeg/item.ts";
import type { Engine } from "../../src/model/engine.ts";
import { createEngine } from "../../src/model/engines.ts";
import { randomModel } from "../model/random-model.ts";
import { labels, noise } from "../tokens/signals.ts";
import { all, interrupted, source } from "./streams.ts";

const model = randomModel();

describe("with a synchronous engine", () => {
  const marker: Marker = { kind: "marker", onset: 1000, duration: 0, text: "here" };
  const items = source(interrupted(), { sizes: [100] });
  items.splice(11, 0, marker);

  test("it says what the pulled form says", async () => {
    const pulled = await all(decodeItems([...items, ...items], model, { clock: "none" }));
    const pushed: unknown[] = [];
    from([...items, ...items])
      .pipe(decoder(model, { clock: "none" }))
      .subscribe((item) => pushed.push(item));
    expect(pushed).toEqual(pulled);
  });

  test("two subscribers share nothing", () => {
    const live = new Subject<Item>();
    const decoded = live.pipe(decoder(model, { clock: "none" }));
    const lists: [unknown[], unknown[]] = [[], []];
    decoded.subscribe((item) => lists[0].push(item));
    decoded.subscribe((item) => lists[1].push(item));
    for (const item of items) live.next(item);
    expect(lists[0].length).toBeGreaterThan(100);
    expect(lists[1]).toEqual(lists[0]);
  });

  test("unsubscribing midway frees the source and the slot; errors pass through", () => {
    let freed = 0;
    const open = new Set<number>();
    const engine = counted(createEngine(model), open);
    const out: unknown[] = [];
    concat(of(...items), NEVER)
      .pipe(
        finalize(() => freed++),
        decoder(model, { engine }),
        take(20),
      )
      .subscribe((item) => out.push(item));
    expect(out.length).toBe(20);
    expect(freed).toBe(1);
    expect(open.size).toBe(0);
    const live = new Subject<Item>();
    let error: unknown;
    live.pipe(decoder(model)).subscribe({ error: (e: unknown) => (error = e) });
    live.next(items[0]!);
    live.error(new Error("gone"));
    expect(error).toEqual(new Error("gone"));
  });

  test("what the model cannot work on is an error of the stream", () => {
    let error: unknown;
    from(source([], { hz: 50 }))
      .pipe(decoder(model))
      .subscribe({ error: (e: unknown) => (error = e) });
    expect(error).toMatchObject({ code: "SFREQ_UNSUPPORTED" });
  });
});

describe("with an asynchronous engine", () => {
  const items = source([noise(labels.length, 1600)], { sizes: [16] });

  test("one that keeps up says what a synchronous one says", async () => {
    const list = await new Promise<unknown[]>((resolve, reject) => {
      from(items)
        .pipe(decoder(model, { engine: manual().keepingUp, clock: "none", maxWaiting: 1000 }), toArray())
        .subscribe({ next: resolve, error: reject });
    });
    expect(list).toEqual(await all(decodeItems(items, model, { clock: "none" })));
  });

  test("one that is outrun leaves out the oldest hops and says which", async () => {
    const { engine, answer } = manual();
    const live = new Subject<Item>();
    const out: (Decision | { kind: string })[] = [];
    live.pipe(decoder(model, { engine, maxWaiting: 3, clock: "none" })).subscribe((item) => out.push(item));
    for (const item of items) live.next(item);
    // patches 0-8 settle and pass; 9 is in the engine, 93, 94 and 95 wait
    expect(out.length).toBe(1 + 9);
    for (let i = 0; i < 4; i++) await answer();
    expect(out.slice(10).map((item) => ("sample" in item ? item.sample : item))).toEqual([
      9 * 16 + 80,
      { kind: "dropped", fromSample: 10 * 16 + 80, toSample: 92 * 16 + 80 },
      93 * 16 + 80,
      94 * 16 + 80,
      95 * 16 + 80,
    ]);
    // the hops left out are no context
    expect(out.at(-1)).toMatchObject({ label: null, reasons: ["gap"] });
  });

  test("or gives up with an error, if told so", () => {
    const live = new Subject<Item>();
    let error: unknown;
    live
      .pipe(decoder(model, { engine: manual().engine, maxWaiting: 3, overload: "error" }))
      .subscribe({ error: (e: unknown) => (error = e) });
    for (const item of items) live.next(item);
    expect(error).toMatchObject({
      code: "STREAM_OVERRUN",
      message:
        "the source outran the engine: more than 3 hops wait at sample 240; slow it down, or let hops be dropped",
    });
  });

  test("unsubscribing waits for the engine before the slot is closed", async () => {
    const { engine, answer, open } = manual();
    const live = new Subject<Item>();
    const subscription = live.pipe(decoder(model, { engine })).subscribe();
    for (const item of items.slice(0, 30)) live.next(item);
    subscription.unsubscribe();
    expect(open.size).toBe(1);
    await answer();
    expect(open.size).toBe(0);
  });
});

test("at least one hop must be allowed to wait", () => {
  expect(() => decoder(model, { maxWaiting: 0 })).toThrow(
    "maxWaiting: expected an integer of at least 1, got 0",
  );
});

/** An engine that tells which of its slots are open. */
function counted(engine: Engine, open: Set<number>): Engine {
  return {
    ...engine,
    open() {
      const slot = engine.open();
      open.add(slot);
      return slot;
    },
    close(slot) {
      open.delete(slot);
      engine.close(slot);
    },
  };
}

/** An asynchronous engine that answers when told, or soon. */
function manual(): { engine: Engine; keepingUp: Engine; answer: () => Promise<void>; open: Set<number> } {
  const open = new Set<number>();
  const inner = counted(createEngine(model), open);
  let next: (() => void) | undefined;
  const engine: Engine = {
    ...inner,
    step: (hops) =>
      new Promise((resolve) => {
        next = () => resolve(inner.step(hops));
      }),
  };
  const keepingUp: Engine = { ...inner, step: async (hops) => inner.step(hops) };
  return {
    engine,
    keepingUp,
    open,
    async answer() {
      next!();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
