import { describe, expect, test } from "@jest/globals";
import type { Item } from "../../../src/eeg/item.ts";
import { openBrainVision } from "../../../src/formats/brainvision/reader.ts";
import { openRecording } from "../../../src/formats/open.ts";
import type { Recording } from "../../../src/formats/recording.ts";
import { fileAmong } from "../../../src/formats/siblings.ts";
import { collectStream } from "../edf/collect.ts";
import { folderOf, type Folder } from "../named-sources.ts";

interface Made {
  readonly common?: string;
  readonly channels?: readonly string[];
  readonly extra?: string;
}

/** A header of two channels of 100 Hz, 0.5 µV a bit. */
function header({ common = "", channels = ["C3,,0.5,µV", "C4,,0.5,µV"], extra = "" }: Made = {}): string {
  return [
    "Brain Vision Data Exchange Header File Version 1.0",
    "[Common Infos]",
    "Codepage=UTF-8",
    "DataFile=$b.eeg",
    "MarkerFile=$b.vmrk",
    common,
    "DataFormat=BINARY",
    "DataOrientation=MULTIPLEXED",
    `NumberOfChannels=${channels.length}`,
    "SamplingInterval=10000",
    "[Binary Infos]",
    "BinaryFormat=INT_16",
    "[Channel Infos]",
    ...channels.map((line, i) => `Ch${i + 1}=${line}`),
    extra,
  ].join("\r\n");
}

function markers(...lines: readonly string[]): string {
  return [
    "Brain Vision Data Exchange Marker File, Version 1.0",
    "[Marker Infos]",
    ...lines.map((line, i) => `Mk${i + 1}=${line}`),
  ].join("\r\n");
}

/** Sample i of channel c is 1000 * c + i: its origin stands in its value. */
function ramp(nSamples: number, nChannels = 2): Uint8Array {
  const stored = Int16Array.from(
    { length: nSamples * nChannels },
    (_, i) => 1000 * (i % nChannels) + Math.floor(i / nChannels),
  );
  return new Uint8Array(stored.buffer);
}

const date = (clock: string): string => `20240305${clock}`;

async function open(folder: Folder): Promise<Recording> {
  return openBrainVision(folder.source("a.vhdr"));
}

async function itemsOf(recording: Recording): Promise<Item[]> {
  const items = [];
  for await (const item of recording.items()) items.push(item);
  return items;
}

const shapes = (items: readonly Item[]): unknown[] =>
  items.map((item) =>
    item.kind === "info"
      ? ["info", item.stream.segment, item.stream.t0]
      : item.kind === "marker"
        ? ["marker", item.onset, item.text]
        : [item.kind, item.start, item.nSamples],
  );

describe("New Segment", () => {
  test("with dates is a gap of the time that the recorder paused", async () => {
    const folder = folderOf({
      "a.vhdr": header(),
      "a.eeg": ramp(300),
      "a.vmrk": markers(
        `New Segment,,1,1,0,${date("101500000000")}`,
        `Stimulus,S  1,51,1,0`,
        `New Segment,,101,1,0,${date("101503504000")}`,
        `Stimulus,S  2,151,1,0`,
        `New Segment,,201,1,0,${date("101604507500")}`,
      ),
    });
    const recording = await open(folder);
    expect(shapes(await itemsOf(recording))).toEqual([
      ["info", 0, "2024-03-05T10:15:00"],
      ["marker", 0, "New Segment"],
      ["marker", 50, "Stimulus/S  1"],
      ["samples", 0, 100],
      ["gap", 100, 250],
      ["marker", 350, "New Segment"],
      ["marker", 400, "Stimulus/S  2"],
      ["samples", 350, 100],
      ["gap", 450, 6001],
      ["marker", 6451, "New Segment"],
      ["samples", 6451, 100],
    ]);
    const summary = await recording.summary();
    expect(summary.gaps).toEqual([
      { startSeconds: 1, durationSeconds: 2.5 },
      { startSeconds: 4.5, durationSeconds: 60.01 },
    ]);
    expect(summary.durationSeconds).toBeCloseTo(65.51, 9);
    expect(summary.annotations.map((annotation) => annotation.onsetSeconds)).toEqual([0, 0.5, 3.5, 4, 64.51]);
    expect(recording.diagnostics).toEqual([]);
  });

  test("whose date follows on is no gap", async () => {
    const recording = await open(
      folderOf({
        "a.vhdr": header(),
        "a.eeg": ramp(200),
        "a.vmrk": markers(
          `New Segment,,1,1,0,${date("235959500000")}`,
          `New Segment,,101,1,0,20240306000000504000`,
        ),
      }),
    );
    expect((await recording.summary()).gaps).toEqual([]);
    expect(recording.diagnostics).toEqual([]);
  });

  test("without a date, or with an earlier one, begins a segment of the stream", async () => {
    const recording = await open(
      folderOf({
        "a.vhdr": header(),
        "a.eeg": ramp(300),
        "a.vmrk": markers(
          `New Segment,,1,1,0,${date("101500000000")}`,
          `New Segment,,101,1,0`,
          `New Segment,,201,1,0,${date("091500000000")}`,
          `Stimulus,S  9,291,1,2`,
        ),
      }),
    );
    expect(shapes(await itemsOf(recording))).toEqual([
      ["info", 0, "2024-03-05T10:15:00"],
      ["marker", 0, "New Segment"],
      ["samples", 0, 100],
      ["info", 1, null],
      ["marker", 0, "New Segment"],
      ["samples", 0, 100],
      ["info", 2, "2024-03-05T09:15:00"],
      ["marker", 0, "New Segment"],
      ["marker", 90, "Stimulus/S  9"],
      ["samples", 0, 100],
    ]);
    expect(recording.diagnostics.map(({ message }) => message)).toEqual([
      "the data are cut at sample 100 and do not say how long for; a new segment begins there",
      "the data are cut at sample 200 and do not say how long for; a new segment begins there",
    ]);
  });

  test("every SegmentDataPoints, where the header says that segments were strung together", async () => {
    const recording = await open(
      folderOf({
        "a.vhdr": header({ common: "SegmentationType=MARKERBASED\r\nSegmentDataPoints=50" }),
        "a.eeg": ramp(120),
        "a.vmrk": markers(),
      }),
    );
    expect(shapes(await itemsOf(recording))).toEqual([
      ["info", 0, null],
      ["samples", 0, 50],
      ["info", 1, null],
      ["samples", 0, 50],
      ["info", 2, null],
      ["samples", 0, 20],
    ]);
  });
});

describe("files", () => {
  test("are found whatever the case of their names, and closed", async () => {
    const folder = folderOf({
      "a.vhdr": header().replace("$b.eeg", "A.EEG"),
      "a.eeg": ramp(10),
      "a.vmrk": markers(),
    });
    const recording = await open(folder);
    expect(recording.diagnostics).toEqual([]);
    await recording.close();
    expect(folder.open).toBe(0);
  });

  test.each(["a.vhdr", "a.eeg", "a.vmrk"])("of a recording are each a way to it: %s", async (name) => {
    const folder = folderOf({ "a.vhdr": header(), "a.eeg": ramp(10), "a.vmrk": markers() });
    const recording = await openRecording(folder.source(name));
    expect((await recording.summary()).format).toBe("BrainVision");
    await recording.close();
    expect(folder.open).toBe(0);
  });

  test("that are no header, and have none beside them, are refused", async () => {
    const folder = folderOf({ "a.vmrk": markers(), "b.VHDR": "nothing", "b.eeg": ramp(10) });
    await expect(openRecording(folder.source("a.vmrk"))).rejects.toMatchObject({
      message:
        "folder/a.vmrk: the marker file of a BrainVision recording whose header file (.vhdr) is not beside it",
    });
    await expect(openRecording(folder.source("b.eeg"))).rejects.toMatchObject({ code: "FORMAT_UNKNOWN" });
    expect(folder.open).toBe(0);
  });

  test("dropped together on a page", async () => {
    const files = { "a.vhdr": header(), "a.eeg": ramp(10), "a.vmrk": markers("Stimulus,S  1,5,1,0") };
    const dropped = Object.entries(files).map(([name, content]) => new File([content as string], name));
    const recording = await openRecording(fileAmong(dropped[0]!, dropped));
    expect((await recording.summary()).annotations).toHaveLength(1);
    expect((await collectStream(recording, 0)).channels[1]![9]).toBe(504.5);
  });

  test("that were renamed are found beside the header, and that is said", async () => {
    const folder = folderOf({
      "a.vhdr": header().replace("$b.eeg", "C:\\data\\subject 1.eeg").replace("$b.vmrk", "subject 1.vmrk"),
      "a.eeg": ramp(10),
      "a.vmrk": markers("Stimulus,S  1,5,1,0"),
    });
    const recording = await open(folder);
    expect((await collectStream(recording, 0)).markers).toHaveLength(1);
    expect(recording.diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      "BRAINVISION_RENAMED: the header names 'C:\\data\\subject 1.eeg', which is not beside it; 'a.eeg', which bears the header's name, was taken",
      "BRAINVISION_RENAMED: the header names 'subject 1.vmrk', which is not beside it; 'a.vmrk', which bears the header's name, was taken",
    ]);
  });

  test("without the marker file it is read without markers", async () => {
    const recording = await open(folderOf({ "a.vhdr": header(), "a.eeg": ramp(10) }));
    expect((await recording.summary()).annotations).toEqual([]);
    expect(recording.diagnostics.map(({ code }) => code)).toEqual(["BRAINVISION_MARKERS"]);
  });

  test.each(["a.vhdr", "..", ".", "", "/", "../..", "folder/"])(
    "a header that names '%s' opens nothing but its own folder's data",
    async (name) => {
      const folder = folderOf({ "a.vhdr": header().replace("DataFile=$b.eeg", `DataFile=${name}`) });
      await expect(open(folder)).rejects.toMatchObject({
        code: name === "" ? "BRAINVISION_HEADER" : "BRAINVISION_DATA",
      });
      expect(folder.opened).toEqual(["a.vhdr"]);
    },
  );
});

describe("data", () => {
  test("INT_32, big endian, in blocks", async () => {
    const nSamples = 200_000;
    const bytes = new Uint8Array(nSamples * 8);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < nSamples; i++) {
      view.setInt32(8 * i, i - 100_000);
      view.setInt32(8 * i + 4, -7 * i);
    }
    const folder = folderOf({
      "a.vhdr": header()
        .replace("INT_16", "INT_32\r\nUseBigEndianOrder=YES")
        .replace("C4,,0.5,µV", "C4,FCz,0.25,mV"),
      "a.eeg": bytes,
    });
    const recording = await open(folder);
    const { channels, items } = await collectStream(recording, 0);
    expect(items.filter(({ kind }) => kind === "samples")).toHaveLength(7);
    expect(folder.largestRead).toBeLessThanOrEqual(1 << 20);
    expect(recording.streams[0]!.channels[1]).toMatchObject({ unit: "µV", reference: "FCz" });
    expect(channels[0]!.every((value, i) => value === (i - 100_000) / 2)).toBe(true);
    expect(channels[1]!.every((value, i) => value === Math.fround(-1750 * i))).toBe(true);
  });

  test("vectorized data that end early: the header's DataPoints tell where channels begin, the rest is NaN", async () => {
    const stored = Int16Array.from({ length: 150 }, (_, i) => i);
    const made = { common: "DataPoints=100" };
    const vectorized = header(made).replace("MULTIPLEXED", "VECTORIZED");
    const recording = await open(folderOf({ "a.vhdr": vectorized, "a.eeg": new Uint8Array(stored.buffer) }));
    const { channels } = await collectStream(recording, 0);
    expect(channels[0]!.every((value, i) => value === i / 2)).toBe(true);
    expect([...channels[1]!.subarray(48, 52)]).toEqual([74, 74.5, Number.NaN, Number.NaN]);
    expect(recording.diagnostics.map(({ message }) => message)).toContain(
      "the data file ends within channel 2 of 2 ('C4'); what is missing of it and of the channels after it is NaN",
    );
  });

  test("vectorized data whose size fits no number of samples are refused", async () => {
    const vectorized = header().replace("MULTIPLEXED", "VECTORIZED");
    const folder = folderOf({ "a.vhdr": vectorized, "a.eeg": new Uint8Array(101) });
    await expect(open(folder)).rejects.toMatchObject({
      message:
        "folder/a.eeg: 101 bytes are not 2 channels of equally many INT_16 numbers, so where each channel begins cannot be known; copy the file again",
    });
    expect(folder.open).toBe(1); // the header, which is the caller's
  });

  test("multiplexed data that end within a sample are read up to it", async () => {
    const recording = await open(folderOf({ "a.vhdr": header(), "a.eeg": ramp(10).subarray(0, 39) }));
    expect((await collectStream(recording, 0)).channels[0]).toHaveLength(9);
    expect(recording.diagnostics.map(({ message }) => message)).toContain(
      "3 bytes at the end of the data file are no whole sample of all channels; left out",
    );
  });

  const ascii = (orientation: string, infos: string): string =>
    header()
      .replace("MULTIPLEXED", orientation)
      .replace("DataFormat=BINARY", "DataFormat=ASCII")
      .replace("[Binary Infos]\r\nBinaryFormat=INT_16", `[ASCII Infos]\r\n${infos}`);

  test.each([
    {
      orientation: "MULTIPLEXED",
      infos: "DecimalSymbol=.",
      text: "1.5,2\n3,4e1\n-5;6\n",
      c3: [0.75, 1.5, -2.5],
      c4: [1, 20, 3],
    },
    {
      orientation: "MULTIPLEXED",
      infos: "DecimalSymbol=,\r\nSkipLines=1",
      text: "C3 C4\r\n1,5 2\r\n3 4",
      c3: [0.75, 1.5],
      c4: [1, 2],
    },
    {
      orientation: "VECTORIZED",
      infos: "DecimalSymbol=,\r\nSkipColumns=1",
      text: "C3\t1,5\t2\t3\n\nC4 4 5 6\n",
      c3: [0.75, 1, 1.5],
      c4: [2, 2.5, 3],
    },
  ])("as text, $orientation, $infos", async ({ orientation, infos, text, c3, c4 }) => {
    const recording = await open(folderOf({ "a.vhdr": ascii(orientation, infos), "a.eeg": text }));
    const first = await collectStream(recording, 0);
    const second = await collectStream(recording, 0);
    expect(first.channels.map((channel) => [...channel])).toEqual([c3, c4]);
    expect(second.channels).toEqual(first.channels);
  });

  test("as text in many blocks", async () => {
    const rows = Array.from({ length: 150_000 }, (_, i) => `${i} -${i}.5`);
    const recording = await open(folderOf({ "a.vhdr": ascii("MULTIPLEXED", ""), "a.eeg": rows.join("\n") }));
    const { channels, items } = await collectStream(recording, 0);
    expect(items.filter(({ kind }) => kind === "samples").length).toBeGreaterThan(1);
    expect(channels[1]!.every((value, i) => value === Math.fround(-(i + 0.5) / 2))).toBe(true);
    const columns = [rows.map((_, i) => i).join(" "), rows.map((_, i) => -i).join(" ")].join("\n");
    const turned = await open(folderOf({ "a.vhdr": ascii("VECTORIZED", ""), "a.eeg": columns }));
    const { channels: same } = await collectStream(turned, 0);
    expect(same[0]).toEqual(channels[0]);
    expect(same[1]!.every((value, i) => value === -i / 2)).toBe(true);
  });

  test("as text with something that is no number", async () => {
    const folder = folderOf({ "a.vhdr": ascii("MULTIPLEXED", ""), "a.eeg": "C3 C4\n1 2\n" });
    const recording = await open(folder);
    await expect(itemsOf(recording)).rejects.toMatchObject({
      code: "BRAINVISION_DATA",
      message:
        "folder/a.eeg: line 1: expected a number, got 'C3'; SkipLines and SkipColumns of the header say what is none",
    });
    await expect(
      open(folderOf({ "a.vhdr": ascii("MULTIPLEXED", ""), "a.eeg": "1 2\n1 2 3\n1 2\n" })),
    ).rejects.toMatchObject({
      message: "folder/a.eeg: line 2: expected 2 columns, got 3; export the recording again",
    });
  });
});

describe("header", () => {
  test("filters of the amplifier and of the software, time constants in hertz", async () => {
    const extra = [
      "[Comment]",
      "Channels",
      "--------",
      "#     Name      Phys. Chn.    Resolution / Unit   Low Cutoff [s]   High Cutoff [Hz]   Notch [Hz]",
      "1     C3          1                0.5 µV             10              250              Off",
      "2     C4          2                0.5 µV             10              250              Off",
      "",
      "S o f t w a r e  F i l t e r s",
      "==============================",
      "#     Low Cutoff [s]   High Cutoff [Hz]   Notch [Hz]",
      "1      0.9              50                 50",
      "2      0.9              50                 50",
    ].join("\r\n");
    const recording = await open(folderOf({ "a.vhdr": header({ extra }), "a.eeg": ramp(3) }));
    expect((await recording.summary()).channels[1]!.prefilter).toBe(
      "HP:0.01592Hz LP:250Hz HP:0.1768Hz LP:50Hz N:50Hz",
    );
    expect(recording.streams[0]!.filters.map(({ kind }) => kind)).toEqual([
      "highpass",
      "lowpass",
      "highpass",
      "lowpass",
      "notch",
    ]);
  });

  test("coordinates place the channels whose labels name no electrode", async () => {
    const recording = await open(
      folderOf({
        "a.vhdr": header({
          channels: ["Fp1,,0.5,µV", "X1,,0.5,µV", "X2,,0.5,µV"],
          extra: "[Coordinates]\r\nCh1=1,0,0\r\nCh2=1,-90,-72\r\nCh3=0,0,0",
        }),
        "a.eeg": ramp(3, 3),
      }),
    );
    const positions = recording.streams[0]!.channels.map(({ position }) => position);
    expect(positions[1]!.map((x) => Number(x.toFixed(6)))).toEqual(
      positions[0]!.map((x) => Number(x.toFixed(6))),
    );
    expect(positions[2]).toBeNull();
  });

  test.each([
    ["3333.333333", { num: 300, den: 1 }],
    ["976.5625", { num: 1024, den: 1 }],
    ["1953", { num: 1000000, den: 1953 }],
    ["4000,0", { num: 250, den: 1 }],
    ["0.5", { num: 2000000, den: 1 }],
  ])("SamplingInterval=%s", async (interval, expected) => {
    const made = header().replace("SamplingInterval=10000", `SamplingInterval=${interval}`);
    const recording = await open(folderOf({ "a.vhdr": made, "a.eeg": ramp(3) }));
    expect(recording.streams[0]!.sfreq).toEqual(expected);
  });

  test.each([
    [
      "DataType=FREQUENCYDOMAIN",
      /\[Common Infos\] DataType: expected TIMEDOMAIN, got 'FREQUENCYDOMAIN' \(line 6\)/,
    ],
    ["DataPoints=x", /DataPoints: expected an integer of 0 or more, got 'x' \(line 6\)/],
  ])("%s", async (common, message) => {
    const folder = folderOf({ "a.vhdr": header({ common }), "a.eeg": ramp(3) });
    await expect(open(folder)).rejects.toMatchObject({
      code: "BRAINVISION_HEADER",
      message: expect.stringMatching(message),
    });
  });

  test("a marker line that is none harms no other", async () => {
    const recording = await open(
      folderOf({
        "a.vhdr": header(),
        "a.eeg": ramp(10),
        "a.vmrk": markers("Stimulus,S  1,3,1,0", "Stimulus;S  2;5", "Comment,a\\1 b,2,1,0"),
      }),
    );
    const { markers: found } = await collectStream(recording, 0);
    expect(found.map(({ onset, text }) => [onset, text])).toEqual([
      [1, "Comment/a, b"],
      [2, "Stimulus/S  1"],
    ]);
    expect(recording.diagnostics[0]!.message).toBe(
      "a.vmrk, line 4: no marker: 'mk2=Stimulus;S  2;5' has no position; left out",
    );
  });
});
