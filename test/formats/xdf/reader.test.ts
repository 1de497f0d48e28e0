import { describe, expect, test } from "@jest/globals";
import type { Item } from "../../../src/eeg/item.ts";
import { createRandom } from "../../../src/eeg/random.ts";
import type { Recording } from "../../../src/formats/recording.ts";
import { chooseStream } from "../../../src/formats/stream-choice.ts";
import { openXdf } from "../../../src/formats/xdf/reader.ts";
import { parseXml } from "../../../src/eeg/xml.ts";
import { collectStream } from "../edf/collect.ts";
import { memorySource } from "../edf/memory-source.ts";
import {
  boundary,
  chunk,
  float32,
  makeXdf,
  offset,
  samples,
  streamHeader,
  string,
  type Part,
} from "./made-xdf.ts";

const open = async (...chunks: readonly Part[]): Promise<Recording> =>
  openXdf(memorySource(makeXdf(...chunks)));

const eeg = { id: 1, name: "amp", rate: 100, format: "float32" };
const marks = { id: 2, name: "keys", type: "Markers", rate: 0, format: "string" };

/** Samples whose value is their number, every tenth with a stamp. */
function run(from: number, count: number, stampOf: (sample: number) => number): number[] {
  const list = Array.from({ length: count }, (_, i) => ({
    ...(i % 10 === 0 ? { stamp: stampOf(from + i) } : {}),
    bytes: float32(from + i),
  }));
  return samples(1, list, 4);
}

const shapes = (items: readonly Item[]): unknown[] =>
  items.map((item) =>
    item.kind === "info"
      ? ["info", item.stream.segment, item.stream.t0]
      : item.kind === "marker"
        ? ["marker", Number(item.onset.toFixed(3)), item.text]
        : item.kind === "gap"
          ? ["gap", item.start, item.nSamples, item.reason]
          : ["samples", item.start, item.nSamples],
  );

async function itemsOf(recording: Recording, stream = 0): Promise<Item[]> {
  const items = [];
  for await (const item of recording.items({ stream })) items.push(item);
  return items;
}

describe("gaps", () => {
  test("of a quarter of a second are found, markers before and after them keep their place", async () => {
    const recording = await open(
      streamHeader(eeg),
      streamHeader(marks),
      run(0, 300, (i) => 50 + i / 100),
      run(300, 300, (i) => 50.25 + i / 100),
      samples(2, [
        { stamp: 51, bytes: string("a") },
        { stamp: 54, bytes: string("b") },
      ]),
    );
    expect(shapes(await itemsOf(recording))).toEqual([
      ["info", 0, "2026-01-01T10:00:00"],
      ["marker", 100, "a"],
      ["samples", 0, 300],
      ["gap", 300, 25, "lost"],
      ["marker", 400, "b"],
      ["samples", 325, 300],
    ]);
    const summary = await recording.summary();
    expect(summary.gaps).toEqual([{ startSeconds: expect.closeTo(3, 9), durationSeconds: 0.25 }]);
    expect(summary.durationSeconds).toBeCloseTo(6.25, 9);
    expect(summary.annotations.map(({ onsetSeconds }) => Number(onsetSeconds.toFixed(6)))).toEqual([1, 4]);
  });

  test("are not made of samples that come late and catch up", async () => {
    const random = createRandom(7);
    const late = new Map(Array.from({ length: 200 }, (_, i) => [i * 10, random.uniform() < 0.1 ? 0.15 : 0]));
    const recording = await open(
      streamHeader(eeg),
      run(0, 2000, (i) => 50 + i / 100 + late.get(i)! + 0.002 * random.normal()),
    );
    expect((await recording.summary()).gaps).toEqual([]);
    expect((await collectStream(recording, 0)).infos).toHaveLength(1);
  });

  test("a clock that is set back begins a segment, unless the offsets say by how much", async () => {
    const stamps = [run(0, 300, (i) => 5000 + i / 100), run(300, 300, (i) => 10 + i / 100)] as const;
    const blind = await open(streamHeader(eeg), ...stamps);
    expect(shapes(await itemsOf(blind)).map((shape) => (shape as unknown[]).slice(0, 2))).toEqual([
      ["info", 0],
      ["samples", 0],
      ["info", 1],
      ["samples", 0],
    ]);
    expect(blind.diagnostics.map(({ code }) => code)).toContain("XDF_TIME_BACKWARD");
    const known = await open(
      streamHeader(eeg),
      offset(1, 5000, 100),
      offset(1, 5001, 100),
      offset(1, 5002, 100),
      stamps[0],
      offset(1, 13, 100 + 4993.5),
      offset(1, 14, 100 + 4993.5),
      stamps[1],
    );
    expect(shapes(await itemsOf(known))).toEqual([
      ["info", 0, "2026-01-01T10:00:00"],
      ["samples", 0, 300],
      ["gap", 300, 350, "lost"],
      ["samples", 650, 300],
    ]);
    expect(known.diagnostics.map(({ code }) => code)).toContain("XDF_CLOCK_RESET");
  });

  test("one offset that is a mistake changes nothing", async () => {
    const recording = await open(
      streamHeader(eeg),
      streamHeader(marks),
      ...[0, 5, 10, 15, 20].map((time) => offset(1, 50 + time, time === 10 ? 1e6 : 3)),
      run(0, 2000, (i) => 50 + i / 100),
      samples(2, [{ stamp: 58, bytes: string("at 5 s") }]),
    );
    expect(recording.diagnostics.map(({ code }) => code)).not.toContain("XDF_CLOCK_RESET");
    const { markers } = await collectStream(recording, 0);
    expect(markers[0]!.onset).toBeCloseTo(500, 6);
  });
});

describe("damage", () => {
  test("between chunks: read on behind the next boundary, with a gap", async () => {
    const recording = await open(
      streamHeader(eeg),
      run(0, 100, (i) => 50 + i / 100),
      [0xff, 0xff, 0xff],
      run(100, 100, (i) => 50 + i / 100),
      boundary,
      run(200, 100, (i) => 50 + i / 100),
    );
    expect(shapes(await itemsOf(recording))).toEqual([
      ["info", 0, "2026-01-01T10:00:00"],
      ["samples", 0, 100],
      ["gap", 100, 100, "damaged"],
      ["samples", 200, 100],
    ]);
    const { channels } = await collectStream(recording, 0);
    expect([...channels[0]!].slice(99, 101)).toEqual([99, 200]);
    expect(recording.diagnostics[0]!.message).toMatch(
      /^the bytes from \d+ on are no chunk; read on behind the next boundary, at byte \d+$/,
    );
  });

  test("without a boundary behind it: what is before is read", async () => {
    const recording = await open(
      streamHeader(eeg),
      run(0, 100, (i) => 50 + i / 100),
      [0xff, 0xff],
      run(100, 50, () => 0),
    );
    expect((await collectStream(recording, 0)).channels[0]).toHaveLength(100);
  });

  test("stamps that are no times are passed over", async () => {
    const recording = await open(
      streamHeader(eeg),
      run(0, 1000, (i) => (i === 500 ? Number.NaN : i === 700 ? 1e300 : 50 + i / 100)),
    );
    expect(shapes(await itemsOf(recording))).toEqual([
      ["info", 0, "2026-01-01T10:00:00"],
      ["samples", 0, 1000],
    ]);
  });
});

describe("streams", () => {
  test("every format of numbers, lengths in 1, 4 and 8 bytes", async () => {
    const stored: readonly (readonly [string, Uint8Array])[] = [
      ["int8", new Uint8Array(Int8Array.of(-3, 4).buffer)],
      ["int16", new Uint8Array(Int16Array.of(-300, 400).buffer)],
      ["int32", new Uint8Array(Int32Array.of(-70000, 80000).buffer)],
      ["int64", new Uint8Array(BigInt64Array.of(-(2n ** 40n), 5n).buffer)],
      ["float32", float32(-0.5, 0.25)],
      ["double64", new Uint8Array(Float64Array.of(-1e-3, 1e6).buffer)],
    ];
    const recording = await open(
      ...stored.map(([format], i) => streamHeader({ id: i, name: format, nChannels: 2, rate: 10, format })),
      ...stored.map(([, bytes], i) =>
        samples(i, [{ stamp: 1, bytes }, { bytes }], i % 3 === 0 ? 1 : i % 3 === 1 ? 4 : 8),
      ),
    );
    expect(recording.streams.map(({ name }) => name)).toEqual(stored.map(([format]) => format));
    const read = [];
    for (const i of recording.streams.keys())
      read.push((await collectStream(recording, i)).channels.map(([first]) => first));
    expect(read).toEqual([
      [-3, 4],
      [-300, 400],
      [-70000, 80000],
      [-(2 ** 40), 5],
      [-0.5, 0.25],
      [Math.fround(-1e-3), 1e6],
    ]);
  });

  test("labels, units, types and reference of channels", async () => {
    const channel = (label: string, unit: string, type: string): string =>
      `<channel><label>${label}</label><unit>${unit}</unit><type>${type}</type></channel>`;
    const desc = `<channels>${channel("Cz", "millivolts", "EEG")}${channel("a&amp;b", "", "AUX")}${channel("7", "uV", "")}</channels><reference><label>FCz</label></reference>`;
    const recording = await open(
      streamHeader({ ...eeg, nChannels: 3, desc }),
      samples(1, [{ stamp: 1, bytes: float32(1, 2, 3) }]),
    );
    expect(
      recording.streams[0]!.channels.map(({ label, unit, type, reference }) => [
        label,
        unit,
        type,
        reference,
      ]),
    ).toEqual([
      ["Cz", "µV", "eeg", "FCz"],
      ["a&b", "", "misc", "FCz"],
      ["7", "µV", "eeg", "FCz"],
    ]);
    expect((await collectStream(recording, 0)).channels.map(([value]) => value)).toEqual([1000, 2, 3]);
  });

  test("without a rate become markers; too many are refused", async () => {
    const gaze = { id: 3, name: "gaze", type: "Gaze", nChannels: 2, rate: 0, format: "float32" };
    const recording = await open(
      streamHeader(eeg),
      streamHeader(gaze),
      run(0, 100, (i) => 50 + i / 100),
      samples(3, [{ stamp: 50.5, bytes: float32(1, 2.5) }]),
    );
    const { markers } = await collectStream(recording, 0);
    expect(markers).toEqual([{ kind: "marker", onset: expect.closeTo(50, 6), duration: 0, text: "1 2.5" }]);
    const many = Array.from({ length: 100_001 }, () => ({ bytes: float32(1, 2) }));
    const refused = await open(streamHeader(gaze), samples(3, many, 4));
    expect(refused.streams).toEqual([]);
    expect(refused.diagnostics[0]!.message).toBe(
      "stream 'gaze' (3) has no sampling rate and more than 100000 samples: too many for markers; it was left out",
    );
    expect(() => refused.items()).toThrow("memory.edf: it holds no stream of numbers with a sampling rate");
  });

  test("that claim a billion channels are refused before anything is allocated", async () => {
    await expect(open(streamHeader({ ...eeg, nChannels: 1e9 }))).rejects.toMatchObject({
      code: "XDF_CHUNK",
      message: expect.stringContaining("its channel_count is '1000000000', expected 1 to 65536"),
    });
  });

  test("that declare another rate than their stamps have say so", async () => {
    const recording = await open(
      streamHeader({ ...eeg, rate: 128 }),
      run(0, 1000, (i) => 50 + i / 100),
    );
    expect(recording.diagnostics.map(({ message }) => message)).toContain(
      "stream 'amp' declares 128 Hz, but by its time stamps it has 100 Hz; the declared rate was taken",
    );
  });

  test("are chosen by name, type or number", async () => {
    const recording = await open(
      streamHeader({ ...eeg, name: "A" }),
      streamHeader({ ...eeg, id: 4, name: "B" }),
      streamHeader({ ...eeg, id: 5, name: "eye", type: "Gaze" }),
    );
    expect([
      chooseStream(recording, "b"),
      chooseStream(recording, "gaze"),
      chooseStream(recording, "0"),
    ]).toEqual([1, 2, 0]);
    expect(() => chooseStream(recording, "EEG")).toThrow(
      "2 streams are called or of type 'EEG'; there are 0: 'A' (EEG), 1: 'B' (EEG), 2: 'eye' (Gaze); name its number",
    );
    expect(() => chooseStream(recording, "EMG")).toThrow(
      /^no stream is called or of type 'EMG'; there are 0: 'A'/,
    );
  });

  test("of many megabytes are read about one at a time", async () => {
    const nSamples = 60_000;
    const chunks: Part[] = [streamHeader({ ...eeg, nChannels: 8, rate: 1000 })];
    for (let from = 0; from < nSamples; from += 500) {
      const list = Array.from({ length: 500 }, (_, i) => ({
        ...(i === 0 ? { stamp: 50 + from / 1000 } : {}),
        bytes: float32(...Array.from({ length: 8 }, (_, c) => from + i + c / 8)),
      }));
      chunks.push(samples(1, list, 4), boundary);
    }
    const source = memorySource(makeXdf(...chunks));
    const recording = await openXdf(source);
    const { channels, items } = await collectStream(recording, 0);
    expect(items.length).toBeGreaterThan(2);
    expect(channels[7]!.every((value, i) => value === i + 7 / 8)).toBe(true);
    expect(Math.max(...source.reads)).toBeLessThanOrEqual(1 << 20);
  });

  test("of text in several channels; a length of eight bytes", async () => {
    const long = [8, 2, 0, 0, 0, 0, 0, 0, 0, 0x68, 0x69];
    const recording = await open(
      streamHeader(eeg),
      streamHeader({ ...marks, nChannels: 2 }),
      run(0, 100, (i) => 50 + i / 100),
      samples(2, [{ stamp: 50, bytes: [...string("on"), ...long] }]),
    );
    expect((await recording.summary()).annotations.map(({ text }) => text)).toEqual(["on hi"]);
  });

  test("a chunk of an unknown kind is passed over", async () => {
    const recording = await open(
      streamHeader(eeg),
      chunk(99, [1, 2, 3]),
      run(0, 100, (i) => 50 + i / 100),
    );
    expect((await collectStream(recording, 0)).channels[0]).toHaveLength(100);
    expect(recording.diagnostics.map(({ code }) => code)).toContain("XDF_DAMAGED");
  });
});

describe("XML", () => {
  test.each([
    ["<a>", "<a> is not closed"],
    ["<a></b>", "</b> closes <a>"],
    ["</a>", "</a> closes nothing"],
    ["<a>1 < 2</a>", "a '<' at character 5 begins nothing"],
    ["", "there is no element"],
    ["<a>".repeat(100), "elements are nested more than 64 deep"],
  ])("%s", (text, fault) => {
    expect(parseXml(text)).toEqual({ fault });
  });

  test("comments, data, entities, empty elements", () => {
    expect(parseXml("<?xml?><!-- x --><a> <b/>&lt;&#65;&#x42;<![CDATA[<&]]> </a>")).toEqual({
      name: "a",
      text: "<AB<&",
      children: [{ name: "b", text: "", children: [] }],
    });
  });
});
