import { join } from "node:path";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Item, Samples } from "../../src/eeg/item.ts";
import { openEdf } from "../../src/formats/edf/reader.ts";
import { formatEdf } from "../../src/formats/edf/writer.ts";
import { fileSource } from "../../src/formats/file-source.node.ts";
import { openRecording } from "../../src/formats/open.ts";
import type { RecordingFile } from "../../src/formats/recording.ts";
import { describeWith, sharedData } from "../shared-data.ts";
import { readIndex } from "./edf/corpus-index.ts";
import { annotations, build, signal } from "./edf/build.ts";
import { memorySource } from "./edf/memory-source.ts";

/** What the items of each segment hold. */
async function segmentsOf(recording: RecordingFile, stream: number): Promise<Samples[][]> {
  const segments: Samples[][] = [];
  for await (const item of recording.items({ stream })) {
    if (item.kind === "info") segments.push([]);
    else if (item.kind === "samples") segments.at(-1)!.push(item);
  }
  return segments;
}

interface Wanted {
  readonly start: number;
  readonly nSamples: number;
  readonly nChannels: number;
}

function expected(items: readonly Samples[], { start, nSamples, nChannels }: Wanted): Float32Array {
  const data = new Float32Array(nSamples * nChannels).fill(Number.NaN);
  for (const item of items) {
    const from = Math.max(start, item.start);
    const to = Math.min(start + nSamples, item.start + item.nSamples);
    for (let c = 0; c < nChannels && from < to; c++) {
      const row = item.data.subarray(c * item.nSamples, (c + 1) * item.nSamples);
      data.set(row.subarray(from - item.start, to - item.start), c * nSamples + from - start);
    }
  }
  return data;
}

/** Reads stretches anywhere, also several at once, and holds them against the items. */
async function expectStretches(recording: RecordingFile, numRuns: number): Promise<void> {
  for (const [stream, { channels }] of recording.streams.entries()) {
    const segments = await segmentsOf(recording, stream);
    const ends = segments.map((items) => {
      const last = items.at(-1);
      return last ? last.start + last.nSamples : 0;
    });
    const place = fc.record({
      segment: fc.nat({ max: segments.length - 1 }),
      at: fc.double({ min: 0, max: 1.02, noNaN: true }),
      nSamples: fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 3000 })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(place, { minLength: 1, maxLength: 3 }), async (places) => {
        const wanted = places.map(({ segment, at, nSamples }) => {
          const start = Math.floor(at * ends[segment]!);
          return { stream, segment, start, nSamples };
        });
        const read = await Promise.all(wanted.map((each) => recording.readStretch(each)));
        for (const [i, { segment, start, nSamples }] of wanted.entries()) {
          const got = read[i]!;
          const most = Math.max(0, Math.min(nSamples, ends[segment]! - start));
          // samples that are missing up to a segment's end are no gap among the items
          expect(got.nSamples).toBeGreaterThanOrEqual(most);
          expect(got.nSamples).toBeLessThanOrEqual(nSamples);
          const size = { start, nSamples: got.nSamples, nChannels: channels.length };
          expect({ ...got, data: null }).toEqual({
            kind: "samples",
            start,
            nSamples: got.nSamples,
            data: null,
          });
          const due = expected(segments[segment]!, size);
          expect(got.data.length).toBe(due.length);
          const wrong = due.findIndex((value, k) => !Object.is(value, got.data[k])); // toEqual is slow on arrays
          if (wrong >= 0) expect([wrong, got.data[wrong]]).toEqual([wrong, due[wrong]]);
        }
      }),
      { numRuns, seed: 11 },
    );
  }
}

describeWith(sharedData("recordings/formats/INDEX.tsv"), "a stretch of any recording", (index) => {
  const folder = join(index, "..");
  const paths = (index === "" ? [] : readIndex(index))
    .filter((row) => row["role"] === "primary" && !/^(malformed|eeglab)/.test(row["path"]!))
    .filter((row) => Number(row["bytes"]) < 1e6)
    .map((row) => row["path"]!);

  test.each(paths)("%s: is what the items hold there", async (path) => {
    const recording = await openRecording(await fileSource(join(folder, path)));
    await expectStretches(recording, 8);
    await recording.close();
  });
});

function wave(nSamples: number, nChannels: number): Float32Array {
  return Float32Array.from({ length: nSamples * nChannels }, (_, i) => ((i * 37) % 1000) - 500);
}

test.each(["EDF+D", "BDF+D"] as const)("%s: gaps, missing samples and further segments", async (format) => {
  const channels = ["Cz", "Pz"].map((label) => ({
    label,
    unit: "µV",
    type: "eeg" as const,
    position: null,
    reference: null,
  }));
  const stream = {
    name: "made",
    sourceId: "made",
    segment: 0,
    channels,
    sfreq: { num: 100, den: 1 },
    t0: null,
    filters: [],
    delaySamples: 0,
    settleSamples: 0,
  };
  const holed = wave(250, 2).fill(Number.NaN, 40, 60);
  const items: Item[] = [
    { kind: "info", stream },
    { kind: "samples", start: 0, nSamples: 250, data: holed },
    { kind: "gap", start: 250, nSamples: 1111, reason: "paused" },
    { kind: "samples", start: 1361, nSamples: 333, data: wave(333, 2) },
    { kind: "info", stream: { ...stream, segment: 1 } },
    { kind: "samples", start: 0, nSamples: 505, data: wave(505, 2) },
  ];
  const recording = await openEdf(memorySource(await formatEdf(items, { format })));
  expect((await segmentsOf(recording, 0)).length).toBe(2);
  await expectStretches(recording, 200);
});

test("EDF+D: records that overlap, and one that is left out whole", async () => {
  const onsets = [0, 1, 1.25, 1.5, 2.1, 7];
  const bytes = build({
    reserved: "EDF+D",
    nRecords: onsets.length,
    signals: [signal("Cz", 64, (r, i) => 100 * r + i), annotations(20, (r) => `+${onsets[r]}\x14\x14\0`)],
  });
  await expectStretches(await openEdf(memorySource(bytes)), 200);
});

test("records of more than memory should hold are read a slice of each signal", async () => {
  const n = 1_500_000;
  const bytes = build({
    nRecords: 2,
    duration: "1500",
    signals: [signal("Cz", n, (r, i) => (r * 7 + i) % 30000), signal("Pz", n, (_, i) => -(i % 20000))],
  });
  const source = memorySource(bytes);
  const recording = await openEdf(source);
  source.reads.length = 0;
  const { data } = await recording.readStretch({ start: n - 3, nSamples: 5 });
  expect([...data]).toEqual([
    ...[n - 3, n - 2, n - 1, 7, 8].map((i) => i % 30000),
    ...[n - 3, n - 2, n - 1, 0, 1].map((i) => (i === 0 ? 0 : -(i % 20000))),
  ]);
  expect(Math.max(...source.reads)).toBeLessThan(100);
});

test("what is no place is refused; what is behind the end is nothing", async () => {
  const recording = await openEdf(
    memorySource(build({ nRecords: 2, signals: [signal("Cz", 10, (_, i) => i)] })),
  );
  await expect(recording.readStretch({ start: -1, nSamples: 5 })).rejects.toThrow(
    new RangeError("start: expected an integer >= 0, got -1"),
  );
  await expect(recording.readStretch({ stream: 3, start: 0, nSamples: 5 })).rejects.toThrow(RangeError);
  expect(await recording.readStretch({ start: 18, nSamples: 5 })).toMatchObject({ nSamples: 2 });
  expect(await recording.readStretch({ start: 30, nSamples: 5 })).toMatchObject({ nSamples: 0 });
  expect(await recording.readStretch({ segment: 1, start: 0, nSamples: 5 })).toMatchObject({ nSamples: 0 });
});
