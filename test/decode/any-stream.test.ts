import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { decode } from "../../src/decode/decode.ts";
import type { Item, Samples } from "../../src/eeg/item.ts";
import { randomModel, usualSizes } from "../model/random-model.ts";
import { labels, noise } from "../tokens/signals.ts";
import { all, source } from "./streams.ts";

const model = randomModel({ sizes: { ...usualSizes, components: 6, bands: 5, width: 20, feedForward: 24 } });

interface Part {
  readonly kind: "samples" | "gap";
  readonly n: number;
  /** Channels that are NaN, or flat, in the middle third. */
  readonly missing: readonly number[];
  readonly flat: readonly number[];
}

const channels = fc.uniqueArray(fc.nat(labels.length - 1), { maxLength: labels.length });
const part: fc.Arbitrary<Part> = fc.record({
  kind: fc.constantFrom("samples", "samples", "gap"),
  n: fc.integer({ min: 1, max: 900 }),
  missing: fc.oneof(fc.constant([]), channels),
  flat: fc.oneof(fc.constant([]), channels),
});

function itemsOf(parts: readonly Part[]): Item[] {
  let start = 0;
  return parts.map(({ kind, n, missing, flat }, i): Item => {
    const at = start;
    start += n;
    if (kind === "gap") return { kind, start: at, nSamples: n, reason: "lost" };
    const item: Samples = { ...noise(labels.length, n, i + 1), start: at };
    const [from, to] = [Math.floor(n / 3), Math.ceil((2 * n) / 3)];
    for (const c of flat) item.data.fill(c, c * n + from, c * n + to);
    for (const c of missing) item.data.fill(NaN, c * n + from, c * n + to);
    return item;
  });
}

test("whatever the stream: any cut gives the same decisions, at every hop, each with its reasons", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { minLength: 1, maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 4 }),
      fc.constantFrom(160, 200, 128, 256, 500),
      async (parts, sizes, hz) => {
        const items = itemsOf(parts);
        const whole = await all(decode(source(items, { hz }), model, { clock: "none" }));
        const cut = await all(decode(source(items, { hz, sizes }), model, { clock: "none" }));
        expect(cut).toEqual(whole);
        const total = parts.reduce((sum, { n }) => sum + n, 0);
        whole.forEach(({ sample, abstained, label, reasons }, i) => {
          expect(sample).toBeLessThanOrEqual(total);
          expect(abstained).toBe(label === null);
          if (abstained) expect(reasons.length).toBeGreaterThan(0);
          if (i > 0) expect(sample).toBeGreaterThan(whole[i - 1]!.sample);
        });
        if (hz === 160) expect(whole.length).toBe(Math.max(0, Math.floor((total - 80) / 16) + 1));
      },
    ),
    { numRuns: 60 },
  );
});
