import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { concat, finalize, of, Subject, take, type Observable } from "rxjs";
import type { Item } from "../../src/eeg/item.ts";
import { operator } from "../../src/eeg/operator.ts";
import type { StageFactory } from "../../src/eeg/stage.ts";
import type { StreamInfo } from "../../src/eeg/stream-info.ts";
import {
  anyParts,
  anySizes,
  itemsOf,
  joined,
  markersOf,
  noise,
  recut,
  run,
  streamOf,
  stretch,
  type Part,
  type StreamItem,
} from "./streams.ts";

export interface ContractOptions {
  /** What the stage is given. @default three EEG channels at 160 Hz */
  readonly input?: StreamInfo;
  /** Output rate over input rate. @default 1/1 */
  readonly ratio?: { readonly up: number; readonly down: number };
  /** Output channels depend on several input channels. @default false */
  readonly mixes?: boolean;
  /** Moving the input by a multiple of so many samples moves the output and changes nothing else. @default 1 */
  readonly period?: number;
}

/** What every stage there is must hold, whatever comes out of it (`design.md`, "A stage", 1 to 4). */
export function stageContract<Out>(
  name: string,
  factory: StageFactory<Out>,
  options: ContractOptions = {},
): void {
  const {
    input = streamOf(["Fp1", "Cz", "O2"]),
    ratio = { up: 1, down: 1 },
    mixes = false,
    period = 1,
  } = options;
  const nChannels = input.channels.length;
  const output = factory(input).output;
  const outChannels = output.channels.length;
  const feed = (items: readonly StreamItem[]): Out[] => run(factory, input, items);
  const lift = operator(factory);

  describe(`${name}: stage contract`, () => {
    test("however the stream is cut, the output is the same bit for bit", () => {
      fc.assert(
        fc.property(anyParts, anySizes, (parts, sizes) => {
          const items = itemsOf(nChannels, parts);
          expect(joined(feed(recut(items, sizes)))).toEqual(joined(feed(items)));
        }),
        { numRuns: 60 },
      );
    });

    test("samples and gaps tile the output's grid in order, and have the size they say", () => {
      fc.assert(
        fc.property(anyParts, anySizes, (parts, sizes) => {
          const items = itemsOf(nChannels, parts);
          const out = feed(recut(items, sizes)) as StreamItem[];
          for (const item of out)
            if (item.kind === "samples") expect(item.data).toHaveLength(outChannels * item.nSamples);
          const tiles = out.filter((item) => item.kind === "samples" || item.kind === "gap");
          if (!tiles.some((item) => item.kind === "samples")) return; // another kind of output
          let position = 0;
          for (const tile of tiles) {
            expect(tile.start).toBe(position);
            expect(tile.nSamples).toBeGreaterThan(0);
            position += tile.nSamples;
          }
          const total = parts.reduce((sum, part) => sum + (part.kind === "marker" ? 0 : part.nSamples), 0);
          expect(position).toBe(Math.ceil((total * ratio.up) / ratio.down));
        }),
        { numRuns: 40 },
      );
    });

    test("nothing spans a gap", () => {
      fc.assert(
        fc.property(anyParts, (parts) => {
          const out = feed(itemsOf(nChannels, parts)) as unknown as {
            kind: string;
            start?: number;
            nSamples?: number;
          }[];
          const spans = out.filter((item) => item.start !== undefined && item.nSamples !== undefined);
          for (const gap of spans.filter((item) => item.kind === "gap"))
            for (const other of spans.filter((item) => item.kind !== "gap"))
              expect(
                other.start! + other.nSamples! <= gap.start! || other.start! >= gap.start! + gap.nSamples!,
              ).toBe(true);
        }),
        { numRuns: 40 },
      );
    });

    test("what comes after a gap does not depend on what came before it", () => {
      const parts: Part[] = [samples(300), gap(50), samples(400)];
      const end = (items: readonly Out[]): Out[] => items.slice(items.findLastIndex(isLost) + 1);
      const other = itemsOf(nChannels, parts, (c, i) => (i < 300 ? -3 * noise(c + 7, i) : noise(c, i)));
      const after = end(feed(itemsOf(nChannels, parts)));
      expect(after.length).toBeGreaterThan(0);
      expect(after).toEqual(end(feed(other)));
    });

    test("after a gap it begins as at the start", () => {
      const before = 12 * period;
      const later = feed(itemsOf(nChannels, [gap(before), samples(400)]));
      const first = feed(itemsOf(nChannels, [samples(400)], (c, i) => noise(c, i + before)));
      const shift = (before * ratio.up) / ratio.down;
      const moved = first.map((item) => {
        const at = item as { start?: number; patch?: number };
        if (at.patch !== undefined) return { ...item, patch: at.patch + shift / period };
        return at.start === undefined ? item : { ...item, start: at.start + shift };
      });
      expect(joined(later.filter((item) => !isLost(item)))).toEqual(joined(moved));
    });

    test("markers keep their order and their place on the output's grid", () => {
      fc.assert(
        fc.property(anyParts, anySizes, (parts, sizes) => {
          const items = recut(itemsOf(nChannels, parts), sizes);
          const out = feed(items);
          const factor = ratio.up / ratio.down;
          expect(markersOf(out).map(({ text }) => text)).toEqual(markersOf(items).map(({ text }) => text));
          markersOf(items).forEach((marker, i) => {
            const { onset, duration } = markersOf(out)[i]!;
            expect(onset).toBeCloseTo(marker.onset * factor, 9);
            expect(duration).toBeCloseTo(marker.duration * factor, 9);
          });
          let emitted = 0;
          for (const item of out as StreamItem[]) {
            if (item.kind === "marker") expect(item.onset).toBeGreaterThanOrEqual(emitted - 1);
            if (item.kind === "samples") emitted = item.start + item.nSamples;
          }
        }),
        { numRuns: 40 },
      );
    });

    test("input is neither changed nor kept, and what was emitted stays as it was", () => {
      const items = recut(itemsOf(nChannels, [samples(500), gap(20), samples(300)]), [37, 1, 64]);
      const expected = joined(feed(items));
      const stage = factory(input);
      const out: Out[] = [];
      for (const item of items) {
        const given = structuredClone(item);
        const emitted = stage.push(given);
        expect(given).toEqual(item);
        const shares = emitted.some((o) => isSamples(o) && given.kind === "samples" && o.data === given.data);
        out.push(...(shares ? structuredClone(emitted) : emitted));
        if (given.kind === "samples") given.data.fill(1e9);
      }
      out.push(...stage.end());
      expect(joined(out)).toEqual(expected);
    });

    test("memory does not grow: neither input nor output is held", async () => {
      const stage = factory(input);
      const seen: WeakRef<object>[] = [];
      for (let i = 0; i < 100; i++) {
        const item = stretch(nChannels, [60 * i, 60 * i + 60]);
        seen.push(new WeakRef(item.data));
        for (const out of stage.push(item)) seen.push(new WeakRef(out as object));
      }
      await new Promise((resolve) => setImmediate(resolve)); // until then references made now are strong
      collectGarbage();
      expect(seen.filter((ref) => ref.deref() !== undefined).length).toBeLessThanOrEqual(4);
      stage.end();
    });

    test("two subscribers share nothing", () => {
      const source = new Subject<Item>();
      const lifted = source.pipe(lift);
      const first: unknown[] = [];
      const second: unknown[] = [];
      lifted.subscribe((item) => first.push(item));
      lifted.subscribe((item) => second.push(item));
      source.next({ kind: "info", stream: input });
      for (const item of recut(itemsOf(nChannels, [samples(600)]), [150])) source.next(item);
      source.complete();
      expect(first.length).toBeGreaterThan(1);
      expect(second).toEqual(first);
    });

    test("a new segment begins anew, after what was left of the old one", () => {
      const part = itemsOf(nChannels, [samples(400)]);
      const segment = (n: number): Item[] => [{ kind: "info", stream: { ...input, segment: n } }, ...part];
      const out = collect(of(...segment(0), ...segment(1)).pipe(lift));
      const infos = out.flatMap((item, i) => ((item as Item).kind === "info" ? [i] : []));
      expect(infos).toHaveLength(2);
      expect(out.slice(1, infos[1])).toEqual(feed(part));
      expect(out.slice(infos[1]! + 1)).toEqual(feed(part));
    });

    test("unsubscribing midway frees the source, and an error passes through", () => {
      let freed = 0;
      const items: Item[] = [{ kind: "info", stream: input }, ...itemsOf(nChannels, [samples(600)])];
      const endless = concat(of(...items), new Subject<Item>()).pipe(finalize(() => freed++));
      const out = collect(endless.pipe(lift, take(2)));
      expect(out).toHaveLength(2);
      expect(freed).toBe(1);
      const broken = new Subject<Item>();
      let error: unknown;
      broken.pipe(lift).subscribe({ error: (e) => (error = e) });
      broken.next(items[0]!);
      broken.error(new Error("gone"));
      expect(error).toEqual(new Error("gone"));
    });

    test("the output's info tells all that the input's did", () => {
      const told = { kind: "other" as const, description: "before" };
      const { output: out } = factory({ ...input, segment: 3, t0: "2026-01-01T00:00:00", filters: [told] });
      expect(out).toMatchObject({
        name: input.name,
        sourceId: input.sourceId,
        segment: 3,
        t0: "2026-01-01T00:00:00",
      });
      expect(out.filters[0]).toEqual(told);
      expect(out.delaySamples).toBeGreaterThanOrEqual(0);
      expect(out.settleSamples).toBeGreaterThanOrEqual(0);
      expect((out.sfreq.num * input.sfreq.den) / (out.sfreq.den * input.sfreq.num)).toBeCloseTo(
        ratio.up / ratio.down,
        12,
      );
    });

    if (!mixes)
      test("a channel that is NaN for a while changes no other, and comes back", () => {
        const parts: Part[] = [samples(700)];
        const [whole] = joined(feed(itemsOf(nChannels, parts))).filter(isData);
        const [holed] = joined(
          feed(itemsOf(nChannels, parts, (c, i) => (c === 1 && i >= 100 && i < 130 ? NaN : noise(c, i)))),
        ).filter(isData);
        const n = whole!.nSamples;
        for (let c = 0; c < outChannels; c++) {
          const channel = holed!.data.subarray(c * n, (c + 1) * n);
          const isHoled = output.channels[c]!.label === input.channels[1]!.label;
          if (!isHoled) expect(channel).toEqual(whole!.data.subarray(c * n, (c + 1) * n));
          else if (isSamples(holed)) expect(channel.some(Number.isNaN)).toBe(true);
          expect(channel.at(-1)).not.toBeNaN();
        }
      });
  });
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const samples = (nSamples: number): Part => ({ kind: "samples", nSamples });
const gap = (nSamples: number): Part => ({ kind: "gap", nSamples });

function isLost(item: unknown): boolean {
  const { reason, reasons } = item as { reason?: string; reasons?: readonly string[] };
  return reason === "lost" || reasons?.includes("gap") === true; // a gap, or a token that touches one
}

function isSamples(item: unknown): item is Extract<Item, { kind: "samples" }> {
  return (item as StreamItem).kind === "samples";
}

function isData(item: unknown): item is { data: Float32Array; nSamples: number } {
  return (item as { data?: unknown }).data instanceof Float32Array;
}

function collect<T>(source: Observable<T>): T[] {
  const out: T[] = [];
  source.subscribe((item) => out.push(item));
  return out;
}
