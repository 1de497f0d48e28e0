import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { EegError } from "../../../src/eeg/errors.ts";
import { blobSource, type ByteSource } from "../../../src/formats/byte-source.ts";
import { openEdf } from "../../../src/formats/edf/reader.ts";
import { fileSource } from "../../../src/formats/file-source.node.ts";
import { annotations, build, signal, type Built } from "./build.ts";
import { collectStream, type Collected } from "./collect.ts";
import { memorySource } from "./memory-source.ts";

/** Sample for sample; Jest's own comparison takes seconds for a million. */
function expectSame(actual: readonly Float32Array[], expected: readonly Float32Array[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((values, c) => {
    expect(actual[c]!.length).toBe(values.length);
    const different = values.findIndex((value, i) => !Object.is(actual[c]![i], value));
    if (different >= 0)
      throw new Error(
        `channel ${c}, sample ${different}: ${values[different]!} expected, got ${actual[c]![different]!}`,
      );
  });
}

async function read(source: ByteSource, stream = 0): Promise<Collected> {
  return collectStream(await openEdf(source), stream);
}

const count = (record: number, sample: number): number => ((100 * record + sample) % 20000) - 10000;

describe("items of an EDF stream", () => {
  test("however a signal is cut into records, it is the same stream", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 30 }),
        fc.boolean(),
        async (perSecond, seconds, bdf) => {
          const total = perSecond * seconds;
          const cut = (samplesPerRecord: number): Built => ({
            bdf,
            nRecords: total / samplesPerRecord,
            duration: String(samplesPerRecord / perSecond).slice(0, 8),
            signals: ["C3", "C4"].map((label, c) =>
              signal(label, samplesPerRecord, (r, i) => 10000 * c + r * samplesPerRecord + i),
            ),
          });
          const whole = await read(memorySource(build(cut(total))));
          expect([...whole.channels[1]!]).toEqual(Array.from({ length: total }, (_, i) => 10000 + i));
          for (const part of [perSecond, perSecond * (seconds % 2 === 0 ? 2 : 1)])
            expectSame((await read(memorySource(build(cut(part))))).channels, whole.channels);
        },
      ),
      { numRuns: 40, seed: 1 },
    );
  });

  test("records of EDF+D lie where their onsets say, each rounded to the nearest sample", async () => {
    const spr = 8;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -120, max: 3000 }), { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        async (steps, bdf) => {
          // onsets in thousandths of a second, each from the one before, mostly forward
          const onsets = steps.reduce<number[]>((all, step) => [...all, (all.at(-1) ?? 0) + 1000 + step], []);
          const file: Built = {
            bdf,
            reserved: bdf ? "BDF+D" : "EDF+D",
            nRecords: onsets.length,
            signals: [
              signal("Cz", spr, (r, i) => 100 * r + i),
              annotations(30, (r) => `+${onsets[r]! / 1000}\x14\x14\0`),
            ],
          };
          const expected = new Map<number, number>();
          let end = 0;
          for (const [r, onset] of onsets.entries()) {
            const start = Math.round(((onset - onsets[0]!) / 1000) * spr);
            for (let i = Math.max(end - start, 0); i < spr; i++) expected.set(start + i, 100 * r + i);
            end = Math.max(end, start + spr);
          }
          const { items } = await read(memorySource(build(file)));
          const actual = new Map<number, number>();
          for (const item of items)
            if (item.kind === "samples") item.data.forEach((value, i) => actual.set(item.start + i, value));
          expect([...actual]).toEqual([...expected]);
        },
      ),
      { numRuns: 100, seed: 2 },
    );
  });

  const many: Built = {
    reserved: "EDF+C",
    nRecords: 1500,
    signals: [
      signal("C3", 500, count),
      signal("C4", 500, (r, i) => -count(r, i)),
      signal("SaO2", 1, (r) => r),
      annotations(20, (r) => `+${r}\x14\x14\0+${r}\x14m${r}\x14\0`),
    ],
  };
  const bytes = build(many);

  test("the bytes may lie anywhere in memory, and come from memory, a Blob or a file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "brainwire-"));
    const path = join(folder, "many.edf");
    await writeFile(path, bytes);
    const expected = await read(memorySource(bytes));
    const sources = [
      memorySource(bytes, 1),
      memorySource(bytes, 2),
      blobSource(new Blob([bytes]), "many.edf"),
      await fileSource(path),
    ];
    for (const source of sources) {
      const { channels, markers } = await read(source);
      await source.close();
      expectSame(channels, expected.channels);
      expect(markers).toEqual(expected.markers);
    }
    await rm(folder, { recursive: true });
    expect(expected.channels[1]!.length).toBe(750_000);
    expect(expected.channels[1]!.subarray(500, 503)).toEqual(Float32Array.of(9900, 9899, 9898));
    expect(expected.markers.length).toBe(1500);
  });

  test("items own their data: nobody writes to them after they were emitted", async () => {
    const recording = await openEdf(memorySource(bytes));
    const kept: { data: Float32Array; copy: Float32Array }[] = [];
    for await (const item of recording.items())
      if (item.kind === "samples") kept.push({ data: item.data, copy: item.data.slice() });
    expect(kept.length).toBeGreaterThan(3);
    for (const { data, copy } of kept) expectSame([data], [copy]);
  });

  test("records are read as the items are asked for, one block ahead, and not after the last one was", async () => {
    const source = memorySource(bytes);
    const recording = await openEdf(source);
    const before = source.reads.length;
    for await (const item of recording.items()) if (item.kind === "samples") break;
    expect(source.reads.length - before).toBe(2);
    expect(Math.max(...source.reads)).toBeLessThanOrEqual(1 << 20);
  });

  test("each call begins anew, and several may be read side by side", async () => {
    const recording = await openEdf(memorySource(bytes));
    const [a, b] = await Promise.all([collectStream(recording, 0), collectStream(recording, 0)]);
    expectSame(a.channels, b.channels);
    expect(a.markers).toEqual(b.markers);
    expect(recording.diagnostics).toEqual([]);
  });

  test("a record too large for memory gives the same samples a slice at a time", async () => {
    const length = 600_000;
    const value = (i: number): number => (i % 60_000) - 30_000;
    const shared = (nRecords: number): Built => ({
      reserved: "EDF+D",
      nRecords,
      duration: String(600 / nRecords),
      signals: [
        ...["C3", "C4", "Pz", "Oz"].map((label, c) =>
          signal(label, length / nRecords, (r, i) => value(7 * c + (r * length) / nRecords + i)),
        ),
        annotations(40, (r) => `+${(600 / nRecords) * r}\x14\x14\0${r === 0 ? "+1\x14x\x14\0" : ""}`),
      ],
    });
    const source = memorySource(build(shared(1)));
    const large = await read(source);
    expect(source.reads.reduce((most, size) => Math.max(most, size))).toBeLessThan(1 << 20);
    const small = await read(memorySource(build(shared(600))));
    expectSame(large.channels, small.channels);
    expect(large.markers).toEqual(small.markers);
    const two = await read(memorySource(build(shared(2))));
    expectSame(two.channels, small.channels);
  });

  test("offsets beyond 2^32 are right", async () => {
    // 1,100 records of 4.5 MB, all holes but the header and the last record
    const nRecords = 1100;
    const spr = 2_250_000;
    const slow = (r: number): number => (r === nRecords - 1 ? 77 : 0);
    const file = (n: number, nRecordsText: string): Built => ({
      reserved: "EDF+D",
      nRecords: n,
      nRecordsText,
      signals: [
        signal("Fast", spr, () => 0),
        signal("Cz", 2, slow),
        annotations(20, () => `+${nRecords + 8}\x14\x14\0+${nRecords + 8}\x14end\x14\0`),
      ],
    });
    const one = build(file(1, String(nRecords)));
    const header = one.subarray(0, 1024);
    const record = one.subarray(1024);
    new Int16Array(record.buffer, record.byteOffset + 2 * spr, 2).fill(77);
    const folder = await mkdtemp(join(tmpdir(), "brainwire-"));
    const path = join(folder, "large.edf");
    const handle = await open(path, "w");
    await handle.write(header, 0, header.length, 0);
    await handle.write(record, 0, record.length, 1024 + (nRecords - 1) * record.length);
    await handle.close();
    const source = await fileSource(path);
    expect(source.size).toBeGreaterThan(2 ** 32);
    const recording = await openEdf(source);
    const summary = await recording.summary();
    expect(summary.nRecords).toBe(nRecords);
    expect(summary.annotations).toEqual([{ onsetSeconds: nRecords + 8, durationSeconds: null, text: "end" }]);
    expect(summary.gaps).toEqual([{ startSeconds: nRecords - 1, durationSeconds: 9 }]);
    const { channels, items } = await collectStream(recording, 1);
    await recording.close();
    await rm(folder, { recursive: true });
    expect(items.at(-1)).toMatchObject({ start: 2 * (nRecords + 8), nSamples: 2 });
    expect([...channels[0]!.subarray(-3)]).toEqual([0, 77, 77]);
  });

  test("a file that becomes shorter while it is read is an error, not an end", async () => {
    const source = { ...memorySource(bytes), size: bytes.length };
    const recording = await openEdf({
      ...source,
      read: async (offset, length) =>
        (await source.read(offset, length)).subarray(0, offset > 1e6 ? 10 : length),
    });
    await expect(collectStream(recording, 0)).rejects.toMatchObject({ code: "EDF_TRUNCATED" });
  });

  test("a fault in every record is said a few times, not a million", async () => {
    const recording = await openEdf(
      memorySource(build({ ...many, signals: [signal("Cz", 2, count), annotations(20, () => "\xff\xff")] })),
    );
    await collectStream(recording, 0);
    expect(recording.diagnostics.length).toBe(21);
    expect(recording.diagnostics.at(-1)!.message).toBe(
      "there are more faults of this kind; they are not listed",
    );
  });

  test("a file that is not there, and a folder, are refused in a sentence", async () => {
    await expect(fileSource("/no/such.edf")).rejects.toEqual(
      new EegError("FILE_UNREADABLE", "/no/such.edf: no such file; check the path"),
    );
    await expect(fileSource(tmpdir())).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
  });
});

describe("mutated files", () => {
  const onsets = [0, 1, 1.5, 7, 3];
  const seeds = [
    build({
      reserved: "EDF+D",
      nRecords: 5,
      signals: [
        signal("Fp1", 20, count),
        signal("Oz", 10, count),
        annotations(30, (r) => `+${onsets[r]!}\x14\x14\0+${r}\x151\x14text\x14\0`),
      ],
    }),
    build({ bdf: true, nRecords: 4, signals: [signal("Cz", 16, count), signal("Status", 16, count)] }),
  ];

  test("never crash or hang: they are read, or refused with an EegError", async () => {
    const begun = performance.now();
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.constantFrom(...seeds),
          changes: fc.array(
            fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 255 })),
            { maxLength: 12 },
          ),
          inHeader: fc.boolean(),
          keep: fc.double({ min: 0.1, max: 1, noNaN: true }),
        }),
        async ({ seed, changes, inHeader, keep }) => {
          const changed = seed.slice(0, Math.ceil(seed.length * Math.min(1, keep * 1.5)));
          const reach = inHeader ? Math.min(1024, changed.length) : changed.length;
          for (const [where, value] of changes) changed[Math.floor(where * (reach - 1))] = value;
          try {
            const recording = await openEdf(memorySource(changed));
            for (const i of recording.streams.keys()) await collectStream(recording, i);
            await recording.summary();
          } catch (error) {
            if (!(error instanceof EegError)) throw error;
            expect(error.message.length).toBeLessThan(500);
          }
        },
      ),
      { numRuns: 2500, seed: 3, interruptAfterTimeLimit: 8000 },
    );
    expect(performance.now() - begun).toBeLessThan(30_000);
  });
});
