import { beforeAll, describe, expect, jest, test } from "@jest/globals";
import { synthetic } from "../../src/source/synthetic.ts";
import { sfreq } from "../../src/eeg/sfreq.ts";
import type * as Acting from "../../src/decode/acting.ts";
import type { ActingOptions } from "../../src/decode/acting.ts";
import type { Decision } from "../../src/eeg/decision.ts";
import type { Gap, Item, Samples } from "../../src/eeg/item.ts";
import type { StreamInfo } from "../../src/eeg/stream-info.ts";
import type * as Engines from "../../src/model/engines.ts";
import type * as Decoding from "../../src/server/decoding.ts";
import type * as Pool from "../../src/server/decoding-pool.ts";
import { randomModel } from "../model/random-model.ts";

jest.setTimeout(60_000);

/** As built: threads run compiled files only. `npm test` has built them. */
const built = <T>(path: string): Promise<T> =>
  import(new URL(`../../dist/${path}`, import.meta.url).href) as Promise<T>;

let pool: typeof Pool;
let decoding: typeof Decoding;
let engines: typeof Engines;
beforeAll(async () => {
  pool = await built("server/decoding-pool.js");
  decoding = await built("server/decoding.js");
  engines = await built("model/engines.js");
});

const model = randomModel();
const gate = randomModel({ seed: 3 });
const acts: ActingOptions = {
  smoothSeconds: 0.1,
  gate: { ...gate, manifest: { ...gate.manifest, labels: ["rest", "move"] } },
  gateThreshold: 0.46,
  hopSeconds: 0.2,
};

function service(threads: number, above: number) {
  const own = decoding.createDecodingService({
    model,
    engine: engines.createEngine(model, { engine: "wasm" }),
    hopSeconds: 0.2,
  });
  const setup = { model, options: { hopSeconds: 0.2 }, acting: acts };
  return pool.createDecodingPool(own, { setup, threads, above });
}

async function stream(seed: number): Promise<{ info: StreamInfo; items: (Samples | Gap)[] }> {
  const items: Item[] = [];
  for await (const item of synthetic({
    seed,
    sfreq: sfreq(200),
    electrodes: ["O1", "Oz", "O2", "Pz", "P3", "P4", "PO7", "PO8"],
    schedule: [{ state: "eyes-closed", seconds: 12 }],
    gaps: [{ startSeconds: 6, durationSeconds: 0.5 }],
  }))
    items.push(item);
  const [first] = items;
  if (first?.kind !== "info") throw new TypeError("no info");
  return {
    info: first.stream,
    items: items.filter((item) => item.kind === "samples" || item.kind === "gap"),
  };
}

type Service = Decoding.DecodingService;

async function decisions(
  by: Service,
  { info, items }: Awaited<ReturnType<typeof stream>>,
): Promise<Decision[]> {
  const all: Decision[] = [];
  const decided = (timed: Decision, begunMs: number): void => {
    const { timing: _, ...decision } = timed;
    expect(begunMs).toBeLessThanOrEqual(performance.now());
    all.push(decision);
  };
  const begun = by.begin(info);
  for (const item of items) await begun.push(item, decided);
  await begun.end(decided);
  return all;
}

describe("streams beyond those that the server's own thread decodes", () => {
  test("get the same decisions, bit for bit, and the samples given away stay as they were", async () => {
    const streams = await Promise.all([1, 2, 3].map(stream));
    const before = streams[0]!.items.map((item) => (item.kind === "samples" ? item.data.slice() : null));
    const threaded = service(2, 0);
    const acting = await built<typeof Acting>("decode/acting.js");
    const whole = decoding.createDecodingService({
      model,
      engine: engines.createEngine(model, { engine: "wasm" }),
      hopSeconds: 0.2,
      acting: acting.createActing(model, acts),
    });
    const got = await Promise.all(streams.map((each) => decisions(threaded, each)));
    for (const [i, each] of streams.entries()) {
      const expected = await decisions(whole, each);
      expect(expected.length).toBeGreaterThan(40);
      expect(expected.some(({ reasons }) => reasons.includes("idle"))).toBe(true);
      expect(expected.some(({ label }) => label !== null)).toBe(true);
      expect(got[i]).toEqual(expected);
    }
    expect(streams[0]!.items.map((item) => (item.kind === "samples" ? item.data : null))).toEqual(before);
    await threaded.release();
    await whole.release();
  });

  test("the first ones stay with the server's own thread, and their places are taken again", async () => {
    const { info, items } = await stream(4);
    const shared = service(1, 1);
    const nothing = (): void => undefined;
    const first = shared.begin(info);
    const second = shared.begin(info);
    expect(first.push(items[0]!, nothing)).toBeUndefined();
    const answered = second.push(items[0]!, nothing);
    expect(answered).toBeInstanceOf(Promise);
    await first.end(nothing);
    const third = shared.begin(info);
    expect(third.push(items[0]!, nothing)).toBeUndefined();
    await answered;
    await shared.release();
  });

  test("a stream that the model cannot work on is refused at once; a thread that ends fails what waits", async () => {
    const { info, items } = await stream(5);
    const threaded = service(1, 0);
    const channels = info.channels.map((channel) => ({ ...channel, position: null }));
    expect(() => threaded.begin({ ...info, channels })).toThrow("10-05");
    const begun = threaded.begin(info);
    const waiting = begun.push(items[0]!, () => undefined);
    const failed = expect(waiting).rejects.toThrow("has ended");
    await threaded.release();
    await failed;
  });
});
