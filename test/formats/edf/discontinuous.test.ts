import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Item } from "../../../src/eeg/item.ts";
import type { StreamInfo } from "../../../src/eeg/stream-info.ts";
import { openEdf } from "../../../src/formats/edf/reader.ts";
import { createEdfWriter, formatEdf } from "../../../src/formats/edf/writer.ts";
import { collectStream } from "./collect.ts";
import { memorySource } from "./memory-source.ts";
import { segmentsOf } from "./segments-of.ts";

const info: StreamInfo = {
  name: "made",
  sourceId: "test",
  segment: 0,
  channels: ["Fp1", "Oz"].map((label) => ({
    label,
    unit: "µV",
    type: "eeg",
    position: null,
    reference: null,
  })),
  sfreq: { num: 100, den: 1 },
  t0: "2026-11-22T10:00:00.25",
  filters: [],
  delaySamples: 0,
  settleSamples: 0,
};

/** 100 · c + t / 10 µV: names its origin, and lies on the default grid of 0.1 µV. */
function ramp(start: number, nSamples: number): Item & { kind: "samples" } {
  const data = new Float32Array(2 * nSamples);
  for (let c = 0; c < 2; c++)
    for (let i = 0; i < nSamples; i++) data[c * nSamples + i] = 100 * c + (start + i) / 10;
  return { kind: "samples", start, nSamples, data };
}

const gap = (start: number, nSamples: number): Item => ({ kind: "gap", start, nSamples, reason: "lost" });

async function read(items: readonly Item[], format: "EDF+D" | "BDF+D" = "EDF+D") {
  const recording = await openEdf(memorySource(await formatEdf(items, { format })));
  const { items: back } = await collectStream(recording, 0);
  return { back, summary: await recording.summary(), diagnostics: recording.diagnostics };
}

describe.each(["EDF+D", "BDF+D"] as const)("%s writer", (format) => {
  test("a gap lies where it was, within a record and beyond it", async () => {
    const items: Item[] = [
      { kind: "info", stream: info },
      ramp(0, 130),
      gap(130, 20),
      ramp(150, 20),
      gap(170, 330),
      ramp(500, 7),
    ];
    const { back, summary, diagnostics } = await read(items, format);
    expect(back.flatMap((item) => (item.kind === "gap" ? [[item.start, item.nSamples]] : []))).toEqual([
      [130, 20],
      [170, 330],
    ]);
    expect(summary.gaps).toEqual([
      { startSeconds: 1.3, durationSeconds: 0.2 },
      { startSeconds: 1.7, durationSeconds: 3.3 },
    ]);
    expect(summary).toMatchObject({ format, durationSeconds: 5.07, startTime: info.t0, annotations: [] });
    expect(diagnostics).toEqual([]);
  });

  test("a stream that begins with a gap keeps its grid", async () => {
    const { back } = await read([{ kind: "info", stream: info }, gap(0, 512), ramp(512, 100)], format);
    expect(segmentsOf(back)[0]!.gaps).toEqual([[0, 512]]);
    expect(segmentsOf(back)[0]!.info.t0).toBe(info.t0);
  });

  test("one channel that is missing for a while is missing when it is read", async () => {
    const samples = ramp(0, 300);
    samples.data.fill(NaN, 300 + 50, 300 + 220); // Oz
    const { back, summary } = await read([{ kind: "info", stream: info }, samples], format);
    const [{ channels }] = segmentsOf(back) as [ReturnType<typeof segmentsOf>[0]];
    expect(channels[1]!.map(Number.isNaN)).toEqual(Array.from({ length: 300 }, (_, i) => i >= 50 && i < 220));
    expect(channels[0]!.some(Number.isNaN)).toBe(false);
    expect(summary.gaps).toEqual([]);
  });

  test("a segment goes on in the same file at its own time, later, earlier or unknown", async () => {
    const at = (segment: number, t0: string | null): Item => ({
      kind: "info",
      stream: { ...info, segment, t0 },
    });
    const times = [info.t0, "2026-11-22T10:01:00.3333333", "2026-11-21T23:00:00", null];
    const items = times.flatMap((t0, i): Item[] => [
      at(i, t0),
      { kind: "marker", onset: 3, duration: 0, text: `segment ${i}` },
      ramp(0, 130),
    ]);
    const { back, diagnostics } = await read(items, format);
    const segments = segmentsOf(back);
    expect(segments.map(({ info: { t0 } }) => t0)).toEqual([
      ...times.slice(0, 3),
      "2026-11-21T23:00:02", // right behind the record before it
    ]);
    for (const [i, { markers, channels }] of segments.entries()) {
      expect(markers).toEqual([{ kind: "marker", onset: 3, duration: 0, text: `segment ${i}` }]);
      expect(channels[0]).toHaveLength(130);
    }
    expect(diagnostics).toEqual([]);
  });

  test("annotations that find no room follow in records without samples", async () => {
    const markers = Array.from({ length: 40 }, (_, i): Item => ({
      kind: "marker",
      onset: i,
      duration: 1,
      text: `a text of some length, number ${i}`,
    }));
    const { back, summary } = await read([{ kind: "info", stream: info }, ramp(0, 150), ...markers], format);
    expect(segmentsOf(back)[0]!.markers).toEqual(markers);
    expect(segmentsOf(back)[0]!.channels[0]).toHaveLength(150);
    expect(summary).toMatchObject({ durationSeconds: 1.5, gaps: [] });
  });

  test("samples beyond the range are clipped, and never taken as missing", () => {
    const writer = createEdfWriter(info, { format, range: () => [-1, 1] });
    writer.push(ramp(0, 100));
    writer.end();
    expect(writer.diagnostics.map((d) => d.code)).toEqual(["EDF_CLIPPED", "EDF_CLIPPED"]);
  });
});

test("other channels or another rate cannot go on in the file", () => {
  const writer = createEdfWriter(info, { format: "EDF+D" });
  writer.push({ kind: "info", stream: info });
  writer.push(ramp(0, 100));
  expect(() =>
    writer.push({ kind: "info", stream: { ...info, segment: 1, sfreq: { num: 50, den: 1 } } }),
  ).toThrow("a file has one set of channels and one rate; this segment has others");
});

/** What happens to a stream, piece after piece. */
type Event =
  | { readonly kind: "samples"; readonly n: number; readonly missing: readonly boolean[] }
  | { readonly kind: "gap"; readonly n: number }
  | { readonly kind: "marker"; readonly ahead: number; readonly duration: number }
  | { readonly kind: "segment"; readonly seconds: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("samples" as const),
      n: fc.integer({ min: 1, max: 300 }),
      missing: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("gap" as const), n: fc.integer({ min: 1, max: 900 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("marker" as const),
      ahead: fc.integer({ min: -50, max: 400 }),
      duration: fc.integer({ min: 0, max: 50 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("segment" as const),
      seconds: fc.integer({ min: -1000, max: 100_000 }),
    }),
  },
);

test("any stream of items comes back: its segments, gaps, missing samples and markers", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        format: fc.constantFrom("EDF+D" as const, "BDF+D" as const),
        num: fc.integer({ min: 1, max: 1000 }),
        den: fc.integer({ min: 1, max: 7 }),
        max: fc.integer({ min: 1, max: 90_000 }),
        nChannels: fc.integer({ min: 1, max: 3 }),
        events: fc.array(event, { maxLength: 14 }),
        shift: fc.integer({ min: 0, max: 3 }),
      }),
      async ({ format, num, den, max, nChannels, events, shift }) => {
        const channels = Array.from({ length: nChannels }, (_, c) => ({
          ...info.channels[0]!,
          label: `C${c}`,
        }));
        const stream = { ...info, sfreq: { num, den }, channels };
        const items: Item[] = [{ kind: "info", stream }];
        let start = 0;
        let segment = 0;
        for (const [i, it] of events.entries()) {
          if (it.kind === "samples") {
            const data = new Float32Array(nChannels * it.n);
            data.forEach((_, k) => {
              data[k] = it.missing[Math.floor(k / it.n)] ? NaN : max * Math.sin(i + 0.37 * k);
            });
            items.push({ kind: "samples", start, nSamples: it.n, data });
            start += it.n;
          } else if (it.kind === "gap") {
            items.push(gap(start, it.n));
            start += it.n;
          } else if (it.kind === "marker")
            items.push({ kind: "marker", onset: start + it.ahead, duration: it.duration, text: `m${i}` });
          else {
            const clock = 36_000 + 100 + it.seconds; // of the same day or the next
            const two = (n: number): string => String(n).padStart(2, "0");
            const t0 = `2026-11-${22 + Math.floor(clock / 86_400)}T${two(Math.floor(clock / 3600) % 24)}:${two(Math.floor(clock / 60) % 60)}:${two(clock % 60)}.5`;
            items.push({ kind: "info", stream: { ...stream, segment: ++segment, t0 } });
            start = 0;
          }
        }
        const bytes = await formatEdf(items, { format, range: () => [-max, max] });
        const wanted = segmentsOf(items);
        if (wanted.length === 0) return; // nothing to write: a file without a record
        const recording = await openEdf(memorySource(bytes, shift));
        const { items: back } = await collectStream(recording, 0);
        const step = (2 * max) / (format === "EDF+D" ? 0xfffe : 0xfffffe);
        const got = segmentsOf(back);
        expect(got).toHaveLength(wanted.length);
        for (const [s, want] of wanted.entries()) {
          const has = got[s]!;
          expect(has.info.t0).toBe(want.info.t0);
          expect(has.gaps).toEqual(want.gaps);
          expect(has.markers.map(({ text }) => text)).toEqual(want.markers.map(({ text }) => text));
          for (const [m, { onset, duration }] of want.markers.entries()) {
            expect(has.markers[m]!.onset).toBeCloseTo(onset, 3);
            expect(has.markers[m]!.duration).toBeCloseTo(duration, 3);
          }
          for (const [c, values] of want.channels.entries()) {
            expect(has.channels[c]).toHaveLength(values.length);
            for (const [i, value] of values.entries()) {
              const read = has.channels[c]![i]!;
              const slack = 0.5 * step + 1e-7 * max; // the latter is float32
              if (!(Number.isNaN(value) ? Number.isNaN(read) : Math.abs(read - value) <= slack))
                throw new Error(`${value} came back as ${read}, step ${step}`);
            }
          }
        }
        expect(recording.diagnostics.filter((d) => d.code !== "EDF_RECORD_DURATION")).toEqual([]);
        const summary = await recording.summary();
        const gaps = wanted.reduce((n, { gaps: ofOne }) => n + ofOne.length, 0);
        expect(summary.gaps).toHaveLength(gaps);
      },
    ),
    { numRuns: 150, seed: 11 },
  );
});
