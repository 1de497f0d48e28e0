import { mkdtemp, readFile, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Item, Marker } from "../../../src/eeg/item.ts";
import type { StreamInfo } from "../../../src/eeg/stream-info.ts";
import { openEdf } from "../../../src/formats/edf/reader.ts";
import { formatNumber } from "../../../src/formats/edf/format-header.ts";
import { writeEdfFile } from "../../../src/formats/edf/write-file.node.ts";
import { createEdfWriter, formatEdf } from "../../../src/formats/edf/writer.ts";
import { collect, collectStream } from "./collect.ts";
import { memorySource } from "./memory-source.ts";

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
  t0: "2026-11-22T23:59:59.25",
  filters: [],
  delaySamples: 0,
  settleSamples: 0,
};

/** 100 · c + t / 10 µV: names its origin, and lies on the default grid of 0.1 µV. */
function ramp(start: number, nSamples: number, nChannels = 2): Item {
  const data = new Float32Array(nChannels * nSamples);
  for (let c = 0; c < nChannels; c++)
    for (let i = 0; i < nSamples; i++) data[c * nSamples + i] = 100 * c + (start + i) / 10;
  return { kind: "samples", start, nSamples, data };
}

describe("EDF+C writer", () => {
  test.each(["EDF+C", "BDF+C"] as const)("%s: what is written is read again", async (format) => {
    const markers: Marker[] = [
      { kind: "marker", onset: 12.5, duration: 100, text: "eyes closed" },
      { kind: "marker", onset: 90, duration: 0, text: "Blink; α–β", channel: "Oz" },
    ];
    const items: Item[] = [{ kind: "info", stream: info }, ...markers, ramp(0, 130), ramp(130, 170)];
    const recording = await openEdf(memorySource(await formatEdf(items, { format })));
    const { channels, markers: read, infos } = await collectStream(recording, 0);
    const summary = await recording.summary();
    expect(recording.diagnostics).toEqual([]);
    expect(summary).toMatchObject({ format, nRecords: 3, startTime: info.t0, durationSeconds: 3, gaps: [] });
    expect(summary.annotations).toEqual([
      { onsetSeconds: 0.125, durationSeconds: 1, text: "eyes closed" },
      { onsetSeconds: 0.9, durationSeconds: null, text: "Blink; α–β@@Oz" },
    ]);
    expect(infos[0]!.t0).toBe(info.t0);
    expect(read).toEqual(markers);
    const { channels: written } = collect(items);
    const step = format === "EDF+C" ? 0.1 : 524287 / 0xffffff;
    written.forEach((values, c) =>
      values.forEach((value, i) => expect(Math.abs(channels[c]![i]! - value)).toBeLessThan(0.51 * step)),
    );
  });

  test("any stream, cut any way, comes back to within half a step", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          num: fc.integer({ min: 1, max: 600 }),
          den: fc.integer({ min: 1, max: 7 }),
          bits: fc.constantFrom("EDF+C" as const, "BDF+C" as const),
          max: fc.double({ min: 0.01, max: 99999, noNaN: true }),
          cuts: fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 }),
          onsets: fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 4 }),
          shift: fc.integer({ min: 0, max: 3 }),
        }),
        async ({ num, den, bits, max, cuts, onsets, shift }) => {
          const stream = { ...info, sfreq: { num, den } };
          const items: Item[] = [{ kind: "info", stream }];
          for (const onset of onsets) items.push({ kind: "marker", onset, duration: 0, text: `at ${onset}` });
          let start = 0;
          for (const cut of cuts) {
            const data = new Float32Array(2 * cut);
            for (let i = 0; i < data.length; i++) data[i] = max * Math.sin(start + 0.37 * i);
            items.push({ kind: "samples", start, nSamples: cut, data });
            start += cut;
          }
          const bytes = await formatEdf(items, { format: bits, range: () => [-max, max] });
          const recording = await openEdf(memorySource(bytes, shift));
          const read = await collectStream(recording, 0);
          const { channels: written } = collect(items);
          const step = (2 * max) / (bits === "EDF+C" ? 0xffff : 0xffffff);
          const slack = 0.5 * step + 2e-6 * max; // the range itself is cut to eight characters
          written.forEach((values, c) => {
            expect(read.channels[c]!.length).toBeGreaterThanOrEqual(values.length);
            values.forEach((value, i) => {
              if (!(Math.abs(read.channels[c]![i]! - value) <= slack + 5e-3 * max * Number(max < 0.1)))
                throw new Error(`${value} came back as ${read.channels[c]![i]!}`);
            });
          });
          const texts = read.markers.filter((marker) => marker.text !== "Recording ends");
          expect(texts.map((marker) => Math.round(marker.onset))).toEqual(onsets);
          expect(recording.diagnostics.filter((d) => d.code !== "EDF_RECORD_DURATION")).toEqual([]);
        },
      ),
      { numRuns: 60, seed: 7 },
    );
  });

  test("a last record that is not full says where the recording ends", async () => {
    const bytes = await formatEdf([{ kind: "info", stream: info }, ramp(0, 130)]);
    const summary = await (await openEdf(memorySource(bytes))).summary();
    expect(summary.nRecords).toBe(2);
    expect(summary.annotations).toEqual([
      { onsetSeconds: 1.3, durationSeconds: null, text: "Recording ends" },
    ]);
  });

  test("while it is written the number of records is -1, and what is there can be read", async () => {
    const writer = createEdfWriter(info);
    const begun = Buffer.concat([writer.header, writer.push(ramp(0, 250))]);
    const recording = await openEdf(memorySource(begun));
    expect((await recording.summary()).nRecords).toBe(2);
  });

  test("EDF 1992: a record keeps to 61440 bytes unless it lasts a second", async () => {
    const channels = Array.from({ length: 64 }, (_, i) => ({ ...info.channels[0]!, label: `C${i}` }));
    const stream = { ...info, channels, sfreq: { num: 1000, den: 1 } };
    const bytes = await formatEdf([{ kind: "info", stream }, ramp(0, 1000, 64)]);
    expect((await (await openEdf(memorySource(bytes))).summary()).recordDurationSeconds).toBe(0.25);
  });

  test("years beyond 2084 stand in the recording identification alone (EDF+ 2.1.3.3)", async () => {
    for (const t0 of ["2085-03-01T00:00:00", "1984-12-31T12:00:00", "2084-12-31T12:00:00"]) {
      const bytes = await formatEdf([{ kind: "info", stream: { ...info, t0 } }, ramp(0, 100)]);
      const recording = await openEdf(memorySource(bytes));
      expect(recording.streams[0]!.t0).toBe(t0);
      expect(recording.diagnostics).toEqual([]);
    }
  });

  test("samples beyond the range are clipped and counted", async () => {
    const writer = createEdfWriter(info, { range: () => [-1, 1] });
    writer.push(ramp(0, 100));
    writer.end();
    expect(writer.diagnostics.map((d) => d.message)).toEqual([
      "'Fp1': 89 samples lie beyond the range that was written; they are clipped",
      "'Oz': 100 samples lie beyond the range that was written; they are clipped",
    ]);
  });

  test.each<[string, Item]>([
    [
      "EDF+C is continuous: it cannot hold the gap at sample 0; EDF+D can",
      { kind: "gap", start: 0, nSamples: 5, reason: "lost" },
    ],
    [
      "EDF+C holds no NaN: 'Oz', sample 0; EDF+D does",
      { kind: "samples", start: 0, nSamples: 1, data: Float32Array.of(0, NaN) },
    ],
    ["samples: expected sample 0, got 7", ramp(7, 1)],
    [
      "annotation 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx': 108 bytes, but a data record has room for 98; raise annotationBytes",
      { kind: "marker", onset: 0, duration: 0, text: "x".repeat(100) },
    ],
  ])("%s", (message, item) => {
    expect(() => createEdfWriter(info).push(item)).toThrow(new RangeError(message));
  });

  test("a file bears its name only once it is whole", async () => {
    const folder = await mkdtemp(join(tmpdir(), "brainwire-"));
    const path = join(folder, "made.edf");
    const items: Item[] = [{ kind: "info", stream: info }, ramp(0, 300)];
    expect(await writeEdfFile(path, items)).toEqual([]);
    expect(new Uint8Array(await readFile(path))).toEqual(await formatEdf(items));
    const cut: Item[] = [...items, { kind: "gap", start: 300, nSamples: 1, reason: "lost" }];
    await expect(writeEdfFile(join(folder, "cut.edf"), cut)).rejects.toThrow("it cannot hold the gap");
    expect(await readdir(folder)).toEqual(["made.edf"]);
    await expect(writeEdfFile(join(folder, "no", "such.edf"), items)).rejects.toMatchObject({
      code: "FILE_UNWRITABLE",
    });
  });
});

test("numbers are as exact as eight characters allow", () => {
  expect(
    [-3276.8, 1 / 3, -1 / 3, 123456789, 1e-4, 0].map((value) => {
      try {
        return formatNumber(value);
      } catch (error) {
        return (error as Error).message;
      }
    }),
  ).toEqual(["-3276.8", "0.333333", "-0.33333", "1.2346e8", "0.0001", "0"]);
});
