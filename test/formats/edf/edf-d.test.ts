import { describe, expect, test } from "@jest/globals";
import { openEdf } from "../../../src/formats/edf/reader.ts";
import { annotations, build, signal, type Built } from "./build.ts";
import { collectStream, type Collected } from "./collect.ts";
import { memorySource } from "./memory-source.ts";
import { count, edfPlus, read, time } from "./standard-files.ts";

// Data records that do not follow each other (EDF+D), and BDF (BioSemi).

describe("EDF+D, discontinuous", () => {
  const discontinuous = (onsets: readonly number[], rest: Partial<Built> = {}): Built =>
    edfPlus(
      time((r) => onsets[r]!),
      { reserved: "EDF+D", nRecords: onsets.length, ...rest },
    );
  const shape = (items: Collected["items"]): unknown[] =>
    items.map((item) =>
      item.kind === "info"
        ? "info"
        : [item.kind, "start" in item && item.start, "nSamples" in item && item.nSamples],
    );

  test("records that follow each other make no gap", async () => {
    const { items, summary } = await read(discontinuous([0, 1, 2]));
    expect(shape(items)).toEqual(["info", ["samples", 0, 30]]);
    expect(summary).toMatchObject({ format: "EDF+D", gaps: [], durationSeconds: 3 });
  });

  test("a gap moves the grid on by its length", async () => {
    const { items, summary } = await read(discontinuous([0.5, 1.5, 10.5, 11.5]));
    expect(shape(items)).toEqual(["info", ["samples", 0, 20], ["gap", 20, 80], ["samples", 100, 20]]);
    expect(items[2]).toMatchObject({ reason: "discontinuity" });
    expect(summary.gaps).toEqual([{ startSeconds: 2, durationSeconds: 8 }]);
    expect(summary.durationSeconds).toBe(12);
  });

  test("each onset is rounded to the nearest sample by itself, so nothing adds up", async () => {
    const onsets = Array.from({ length: 50 }, (_, r) => Number((r * 1.0031).toFixed(6)));
    const { items } = await read(discontinuous(onsets));
    const starts = items.flatMap((item) => (item.kind === "gap" ? [item.start + item.nSamples] : []));
    // 0.031 samples a record: a gap of one sample once half a sample has come together, then a whole one more
    expect(starts).toEqual([171, 492]);
  });

  test("what overlaps is left out of the later record", async () => {
    const { items, channels, summary, codes } = await read(discontinuous([0, 0.6, 1.6]));
    expect(shape(items)).toEqual(["info", ["samples", 0, 10], ["samples", 10, 16]]);
    expect([...channels[0]!.subarray(8, 13)]).toEqual([8, 9, 104, 105, 106]);
    expect(summary.durationSeconds).toBe(2.6);
    expect(codes).toEqual(["EDF_OVERLAP"]);
  });

  test("time that runs backward begins a new segment", async () => {
    const { items, infos, codes } = await read(discontinuous([5, 6, 2.5, 3.5]));
    expect(shape(items)).toEqual(["info", ["samples", 0, 20], "info", ["samples", 0, 20]]);
    expect(infos.map(({ segment, t0 }) => [segment, t0])).toEqual([
      [0, "2051-08-02T22:15:05"],
      [1, "2051-08-02T22:15:02.5"],
    ]);
    expect(codes).toEqual(["EDF_TIME_BACKWARD"]);
  });

  test("a marker lies on the grid of the segment in which it is stored", async () => {
    const onsets = [5, 6, 2, 3];
    const lists = time(
      (r) => onsets[r]!,
      (r) => `+${onsets[r]! + 0.5}\x14m${r}\x14\0`,
    );
    const { markers } = await read(edfPlus(lists, { reserved: "EDF+D", nRecords: 4 }));
    expect(markers.map((m) => [m.text, m.onset])).toEqual([
      ["m0", 5],
      ["m1", 15],
      ["m2", 5],
      ["m3", 15],
    ]);
  });

  test("a record that does not say when it begins follows the one before it", async () => {
    const lists = (r: number): string => (r === 1 ? "" : `+${r}\x14\x14\0`);
    const { items, codes } = await read(edfPlus(lists, { reserved: "EDF+D" }));
    expect(shape(items)).toEqual(["info", ["samples", 0, 30]]);
    expect(codes).toEqual(["EDF_TAL"]);
  });

  test("streams of different rates each round for themselves", async () => {
    const file = discontinuous([0, 1.26]);
    const bytes = build({ ...file, signals: [...file.signals, signal("SaO2", 1, count)] });
    const recording = await openEdf(memorySource(bytes));
    expect(shape((await collectStream(recording, 0)).items)[2]).toEqual(["gap", 10, 3]);
    expect(shape((await collectStream(recording, 1)).items)).toEqual(["info", ["samples", 0, 2]]);
  });
});

describe("EDF+C whose times betray something else", () => {
  const continuous = (onsets: readonly number[]): Built =>
    edfPlus(
      time((r) => onsets[r]!),
      { nRecords: onsets.length },
    );

  test("a gap is a gap, and it is said", async () => {
    const { summary, codes } = await read(continuous([0, 1, 7, 8]));
    expect(summary.gaps).toEqual([{ startSeconds: 2, durationSeconds: 5 }]);
    expect(codes).toEqual(["EDF_GAP"]);
  });

  test("times that were rounded or drift are no gaps", async () => {
    expect((await read(continuous([0, 1.001, 1.999, 3.004]))).nGaps).toBe(0);
    expect((await read(continuous([0, 1.01, 2.02, 3.03]))).codes).toEqual([]);
  });

  test("times that stand still or run backward are not believed", async () => {
    const { channels, nGaps, infos, codes } = await read(continuous([0, 0, 0]));
    expect([channels[0]!.length, nGaps, infos.length]).toEqual([30, 0, 1]);
    expect(codes).toEqual(["EDF_TIME_BACKWARD", "EDF_TIME_BACKWARD"]);
  });
});

describe("BDF", () => {
  test("is known by its first byte; three bytes each, least significant first, two's complement", async () => {
    const values = [0x123456, -0x123456, 0x7fffff, -0x800000];
    const { channels, summary } = await read({
      bdf: true,
      reserved: "24BIT",
      nRecords: 1,
      signals: [signal("Cz", 4, (_, i) => values[i]!), signal("Status", 4, () => -1)],
    });
    expect(summary.format).toBe("BDF");
    expect([...channels[0]!]).toEqual(values);
    expect([...channels[1]!]).toEqual([-1, -1, -1, -1]);
    expect(summary.diagnostics).toEqual([]);
  });

  test.each(["BDF Annotations", "EDF Annotations"])("BDF+D keeps time in %s", async (label) => {
    const { items, summary } = await read({
      bdf: true,
      reserved: "BDF+D",
      nRecords: 2,
      signals: [
        signal("Cz", 10, count),
        annotations(
          20,
          time((r) => 3 * r),
          label,
        ),
      ],
    });
    expect(summary.format).toBe("BDF+D");
    expect(items.map((item) => item.kind)).toEqual(["info", "samples", "gap", "samples"]);
  });
});
