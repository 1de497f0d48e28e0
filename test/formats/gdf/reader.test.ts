import { describe, expect, test } from "@jest/globals";
import { openGdf } from "../../../src/formats/gdf/reader.ts";
import type { Recording } from "../../../src/formats/recording.ts";
import { collectStream } from "../edf/collect.ts";
import { memorySource } from "../edf/memory-source.ts";
import { makeGdf, type MadeGdf } from "./made-gdf.ts";

const open = async (made: MadeGdf, shift = 0): Promise<Recording> =>
  openGdf(memorySource(makeGdf(made), shift));

const bytesOf = (...arrays: readonly (ArrayBufferView | readonly number[])[]): Uint8Array =>
  Uint8Array.from(
    arrays.flatMap((array) =>
      "buffer" in array
        ? [...new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength)]
        : [...array],
    ),
  );

describe("types of samples", () => {
  test.each([1, 3])("all in one file, whatever the bytes' place in memory (shift %d)", async (shift) => {
    const codes = [1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 279, 535];
    const record = bytesOf(
      Int8Array.of(-128),
      Uint8Array.of(255),
      Int16Array.of(-32768),
      Uint16Array.of(65535),
      Int32Array.of(-(2 ** 31)),
      Uint32Array.of(2 ** 32 - 1),
      BigInt64Array.of(-1n),
      BigUint64Array.of(2n ** 64n - 1n),
      Float32Array.of(-0.1),
      Float64Array.of(1e300),
      [0xff, 0xff, 0xff],
      [0xff, 0xff, 0xff],
    );
    const recording = await open(
      {
        signals: codes.map((type) => ({ type, samplesPerRecord: 1 })),
        nRecords: 2,
        data: bytesOf(record, record),
      },
      shift,
    );
    const { channels } = await collectStream(recording, 0);
    const expected = [
      -128,
      255,
      -32768,
      65535,
      -(2 ** 31),
      2 ** 32 - 1,
      -1,
      2 ** 64,
      -0.1,
      1e300,
      -1,
      2 ** 24 - 1,
    ];
    expect(channels.map((channel) => channel[0])).toEqual(expected.map(Math.fround));
    expect(channels.map((channel) => channel[1])).toEqual(expected.map(Math.fround));
  });

  test("whose width is not known refuse the file, quadruple precision only the signal", async () => {
    await expect(
      open({ signals: [{ type: 267, samplesPerRecord: 1 }], data: new Uint8Array(2) }),
    ).rejects.toMatchObject({
      code: "GDF_HEADER",
      message:
        "memory.edf: GDF header, signal 1 of 1 ('S1'), type of its samples: expected one whose width in bytes is known, got '267' (byte 476)",
    });
    const recording = await open({
      signals: [
        { type: 18, samplesPerRecord: 1 },
        { type: 2, samplesPerRecord: 1 },
      ],
      data: bytesOf(new Uint8Array(16), [7]),
    });
    expect((await collectStream(recording, 0)).channels.map((channel) => [...channel])).toEqual([[7]]);
    expect(recording.diagnostics.map(({ message }) => message)).toEqual([
      "signal 1 of 2, 'S1', was left out: its samples are floating-point numbers of 16 bytes",
    ]);
  });

  test("ranges: scaled, or, in floating point without one, taken as they are", async () => {
    const recording = await open({
      signals: [
        { type: 3, samplesPerRecord: 2, physical: [-1, 1], digital: [-100, 100], unitCode: 4274 },
        { type: 16, samplesPerRecord: 2, physical: [0, 0], digital: [0, 0] },
        { type: 3, samplesPerRecord: 2, physical: [0, 1], digital: [5, 5] },
      ],
      data: bytesOf(Int16Array.of(50, -100), Float32Array.of(1.5, Number.NaN), Int16Array.of(1, 2)),
    });
    const { channels } = await collectStream(recording, 0);
    expect(channels.map((channel) => [...channel])).toEqual([
      [500, -1000],
      [1.5, Number.NaN],
    ]);
    expect(recording.diagnostics.map(({ code }) => code)).toEqual(["GDF_SIGNAL_REFUSED"]);
  });
});

describe("records", () => {
  const ramp = { type: 3, samplesPerRecord: 4, physical: [0, 1], digital: [0, 1] } as const;

  test("count -1: as many as the file holds", async () => {
    const recording = await open({
      signals: [ramp],
      nRecords: -1,
      data: bytesOf(Int16Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9)),
    });
    expect((await recording.summary()).nRecords).toBe(2);
    expect(recording.diagnostics.map(({ message }) => message)).toEqual([
      "the header does not say how many data records there are; 2 whole ones were read, and 2 bytes after them left out",
    ]);
  });

  test("none whole", async () => {
    await expect(open({ signals: [ramp], data: new Uint8Array(7) })).rejects.toMatchObject({
      code: "GDF_TRUNCATED",
      message:
        "memory.edf: the file ends before its first whole data record: 8 bytes expected after the header, got 7; copy it again",
    });
  });

  test("several rates are several streams; blocks are of whole records", async () => {
    const nRecords = 30_000;
    const slow = { ...ramp, samplesPerRecord: 1 };
    const data = new Int16Array(nRecords * 33);
    for (let r = 0; r < nRecords; r++) {
      for (let i = 0; i < 32; i++) data[33 * r + i] = (32 * r + i) % 30_011;
      data[33 * r + 32] = r;
    }
    const bytes = makeGdf({
      signals: [{ ...ramp, samplesPerRecord: 32 }, slow],
      nRecords,
      duration: [1, 8],
      data: bytesOf(data),
    });
    const source = memorySource(bytes);
    const recording = await openGdf(source);
    expect(recording.streams.map(({ sfreq }) => sfreq)).toEqual([
      { num: 256, den: 1 },
      { num: 8, den: 1 },
    ]);
    const fast = await collectStream(recording, 0);
    expect(fast.items.filter(({ kind }) => kind === "samples").length).toBeGreaterThan(1);
    expect(fast.channels[0]!.every((value, i) => value === i % 30_011)).toBe(true);
    const { channels } = await collectStream(recording, 1);
    expect(channels[0]!.every((value, i) => value === i)).toBe(true);
    expect(Math.max(...source.reads)).toBeLessThanOrEqual(1 << 20);
  });

  test("of many megabytes are read in slices", async () => {
    const n = 1_500_000;
    const header = makeGdf({
      signals: [
        { ...ramp, samplesPerRecord: n },
        { ...ramp, samplesPerRecord: n },
      ],
      nRecords: 2,
      data: new Uint8Array(0),
    });
    const data = new Int16Array(4 * n);
    for (let i = 0; i < data.length; i++) data[i] = i % 30_011;
    const bytes = new Uint8Array(header.length + 8 * n);
    bytes.set(header);
    bytes.set(new Uint8Array(data.buffer), header.length);
    const source = memorySource(bytes);
    const { channels } = await collectStream(await openGdf(source), 0);
    expect(channels[1]![n - 1]).toBe((2 * n - 1) % 30_011);
    expect(channels[0]!.every((value, i) => value === (i < n ? i : i + n) % 30_011)).toBe(true);
    expect(Math.max(...source.reads)).toBeLessThanOrEqual(1 << 22);
  });
});

describe("event table", () => {
  const signals = [
    { type: 3, samplesPerRecord: 100 },
    { type: 3, samplesPerRecord: 100 },
  ];
  const data = new Uint8Array(1200);
  const day = 739_316; // 2024-03-05

  test("of version 1: rate and count change places", async () => {
    const recording = await open({
      version: "1.25",
      signals,
      nRecords: 3,
      data,
      events: { mode: 3, rate: 200, list: [{ position: 101, type: 769, channel: 2, duration: 50 }] },
    });
    const summary = await recording.summary();
    expect(summary.startTime).toBe("2024-03-05T10:15:00.5");
    expect(summary.annotations).toEqual([{ onsetSeconds: 0.5, durationSeconds: 0.25, text: "769" }]);
    const { markers } = await collectStream(recording, 0);
    expect(markers).toEqual([{ kind: "marker", onset: 50, duration: 25, text: "769", channel: "S2" }]);
  });

  test("without durations: an event and its end are one; an end without a beginning stays", async () => {
    const list = [
      { position: 1, type: 0x300 },
      { position: 11, type: 0x301 },
      { position: 31, type: 0x8301 },
      { position: 41, type: 0x8302 },
    ];
    const recording = await open({ signals, nRecords: 3, data, events: { mode: 1, rate: 100, list } });
    expect((await recording.summary()).annotations).toEqual([
      { onsetSeconds: 0, durationSeconds: null, text: "768" },
      { onsetSeconds: 0.1, durationSeconds: 0.2, text: "769" },
      { onsetSeconds: 0.4, durationSeconds: null, text: "33538" },
    ]);
  });

  test("a new segment with a time stamp is a gap, without one a segment of the stream", async () => {
    const list = [
      { position: 101, type: 0x7ffe, time: day + 61 / 86_400 },
      { position: 151, type: 769 },
      { position: 201, type: 0x7ffe },
    ];
    const recording = await open({
      signals,
      nRecords: 3,
      startDays: day,
      data,
      events: { mode: 5, rate: 100, list },
    });
    const { items } = await collectStream(recording, 0);
    expect(
      items.map((item) => [
        item.kind,
        item.kind === "info" ? item.stream.t0 : "start" in item ? item.start : item.onset,
      ]),
    ).toEqual([
      ["info", "2024-03-05T00:00:00"],
      ["samples", 0],
      ["gap", 100],
      ["marker", 6100],
      ["marker", 6150],
      ["samples", 6100],
      ["info", null],
      ["marker", 0],
      ["samples", 0],
    ]);
    expect((await recording.summary()).gaps).toEqual([{ startSeconds: 1, durationSeconds: 60 }]);
  });

  test("of an unknown mode is left out, with a word", async () => {
    const recording = await open({ signals, nRecords: 3, data, events: { mode: 2, rate: 100, list: [] } });
    expect(recording.diagnostics.map(({ message }) => message)).toEqual([
      "an event table of mode 2 is not known (byte 1968); read without events",
    ]);
  });

  test("alone, in a file without signals", async () => {
    const list = [{ position: 251, type: 769 }];
    const recording = await open({
      signals: [],
      nRecords: 0,
      data: new Uint8Array(0),
      events: { mode: 1, rate: 250, list },
    });
    expect((await recording.summary()).annotations).toEqual([
      { onsetSeconds: 1, durationSeconds: null, text: "769" },
    ]);
    expect(recording.streams).toEqual([]);
    expect(() => recording.items()).toThrow("memory.edf: no signal in it can be read as a stream");
  });
});
