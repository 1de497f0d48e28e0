import { describe, expect, test } from "@jest/globals";
import { openEdf } from "../../../src/formats/edf/reader.ts";
import { annotations, build, signal } from "./build.ts";
import { memorySource } from "./memory-source.ts";
import { count, edfPlus, one, read, time } from "./standard-files.ts";

// One test for each clause: EDF+ (Kemp & Olivan, Clin. Neurophysiol. 114, 2003), by the sections of its specification.

describe("EDF+ 2.1, header", () => {
  test("2.1.3.3: the recording identification's Startdate settles the year", async () => {
    const { summary } = await read(one({}, { date: "05.06.yy", recording: "Startdate 05-JUN-2091 X X X" }));
    expect(summary.startTime).toBe("2091-06-05T22:15:00");
    const old = await read(one({}, { date: "05.06.51", recording: "Startdate 05-JUN-1951 X X X" }));
    expect(old.summary.startTime).toBe("1951-06-05T22:15:00");
  });

  test("2.1.3.3: where the two dates differ the header's is taken, and it is said", async () => {
    const { summary, codes } = await read(one({}, { recording: "Startdate 05-JUN-2020 X X X" }));
    expect(summary.startTime).toBe("2051-08-02T22:15:00");
    expect(codes).toEqual(["EDF_START_TIME"]);
  });

  test("2.1.3.4: prefiltering is what the stream went through, unless it is zero", async () => {
    const { infos } = await read(one({ prefilter: "HP:0.1Hz LP:75Hz N:50Hz" }));
    expect(infos[0]!.filters).toEqual([
      { kind: "highpass", description: "high-pass 0.1 Hz, recorded", lowHz: 0.1 },
      { kind: "lowpass", description: "low-pass 75 Hz, recorded", highHz: 75 },
      { kind: "notch", description: "notch 50 Hz, recorded", lowHz: 50, highHz: 50 },
    ]);
    expect((await read(one({ prefilter: "HP:0Hz LP:0Hz N:0Hz" }))).infos[0]!.filters).toEqual([]);
    expect((await read(one({ prefilter: "HP:DC;LP:104 Hz" }))).infos[0]!.filters).toEqual([
      { kind: "lowpass", description: "low-pass 104 Hz, recorded", highHz: 104 },
    ]);
  });

  test("bytes beyond ASCII in the header: UTF-8 if they are valid as that, else Latin-1", async () => {
    const label = new TextEncoder().encode("EEG Fø");
    expect((await read(one({ label }))).infos[0]!.channels[0]!.label).toBe("EEG Fø");
    expect((await read(one({ label: "EEG F\xf8" }))).infos[0]!.channels[0]!.label).toBe("EEG Fø");
  });

  test("a signal is one of annotations only in a file that is marked EDF+", async () => {
    const file = { nRecords: 1, signals: [signal("EDF Annotations", 4, count), signal("Cz", 4, count)] };
    expect((await read(file)).infos[0]!.channels.map((c) => c.label)).toEqual(["EDF Annotations", "Cz"]);
  });

  test("a file that is marked EDF+ and has no annotation signal is read, and it is said", async () => {
    const { summary, codes } = await read(one({}, { reserved: "EDF+C" }));
    expect(summary.format).toBe("EDF+C");
    expect(codes).toEqual(["EDF_ANNOTATIONS_ABSENT"]);
  });
});

describe("EDF+ 2.2, annotations", () => {
  const texts = async (lists: (record: number) => string | Uint8Array): Promise<unknown[]> =>
    (await read(edfPlus(lists))).summary.annotations.map((a) => [a.onsetSeconds, a.durationSeconds, a.text]);

  test("2.2.2: onset, duration and texts, those of one list at the same time", async () => {
    const lists = time(
      (r) => r,
      (r) =>
        r === 1 ? "+1.25\x15.5\x14a\x14\0-0.5\x14b\x14c\x14\0+2\x150\x14d\x14\0+2.5\x15\x14e\x14\0" : "",
    );
    expect(await texts(lists)).toEqual([
      [-0.5, null, "b"],
      [-0.5, null, "c"],
      [1.25, 0.5, "a"],
      [2, 0, "d"],
      [2.5, null, "e"],
    ]);
  });

  test("2.2.2: texts are UTF-8; bytes that are not valid as that are Latin-1 and harm no other text", async () => {
    const bytes = (r: number): Uint8Array =>
      new Uint8Array([
        ...new TextEncoder().encode(`+${r}\x14\x14\0`),
        ...(r === 0 ? [...new TextEncoder().encode("+0\x14中文\x14"), 0x65, 0xe9, 0x14, 0] : []),
      ]);
    expect(await texts(bytes)).toEqual([
      [0, null, "中文"],
      [0, null, "eé"],
    ]);
  });

  test("2.2.2: a text may hold a line break, an escape byte of another list ends nothing", async () => {
    expect(
      await texts(
        time(
          (r) => r,
          (r) => (r === 0 ? "+0.5\x14two\r\nlines\tof text\x14\0" : ""),
        ),
      ),
    ).toEqual([[0.5, null, "two\r\nlines\tof text"]]);
  });

  test.each([
    ["no sign", "0.5\x14x\x14\0", [[0.5, null, "x"]]],
    ["an exponent", "+5e-1\x14x\x14\0", []],
    ["a comma", "+0,5\x14x\x14\0", []],
    ["no onset", "\x14x\x14\0", []],
    ["two durations", "+0.5\x151\x152\x14x\x14\0", []],
    ["no end of the text", "+0.5\x14x\0", [[0.5, null, "x"]]],
    ["no text at all", "+0.5\0", []],
    ["noise", "\xff\xfe\xfd\0", []],
  ])("a list with %s is said, or kept, and harms no other", async (fault, list, kept) => {
    const { summary, codes } = await read(
      edfPlus(
        time(
          (r) => r,
          (r) => (r === 1 ? `${list}+2\x14y\x14\0` : ""),
        ),
      ),
    );
    expect(summary.annotations.map((a) => [a.onsetSeconds, a.durationSeconds, a.text])).toEqual([
      ...kept,
      [2, null, "y"],
    ]);
    expect(codes).toEqual(fault === "no end of the text" ? [] : ["EDF_TAL"]);
  });

  test("2.2.3: several annotation signals; only the first keeps the time", async () => {
    const file = edfPlus(time((r) => r));
    const second = annotations(60, (r) => `+${r + 0.5}\x14\x14note ${r}\x14\0`);
    const { summary, nGaps } = await read({ ...file, signals: [...file.signals, second] });
    expect(summary.annotations.map((a) => [a.onsetSeconds, a.text])).toEqual([
      [0.5, "note 0"],
      [1.5, "note 1"],
      [2.5, "note 2"],
    ]);
    expect(nGaps).toBe(0);
  });

  test("2.2.4: the first record's onset is the fraction of the start time's second", async () => {
    const lists = time(
      (r) => r + 0.125,
      (r) => (r === 0 ? "+1.125\x14x\x14\0" : ""),
    );
    const { summary, infos, markers } = await read(edfPlus(lists));
    expect(summary.startTime).toBe("2051-08-02T22:15:00.125");
    expect(infos[0]!.t0).toBe("2051-08-02T22:15:00.125");
    expect(summary.annotations).toEqual([{ onsetSeconds: 1, durationSeconds: null, text: "x" }]);
    expect(markers).toEqual([{ kind: "marker", onset: 10, duration: 0, text: "x" }]);
  });

  test("a start moved over midnight is on the next day", async () => {
    const { summary } = await read(
      edfPlus(
        time((r) => r + 0.5),
        { date: "28.02.24", time: "23.59.59" },
      ),
    );
    expect(summary.startTime).toBe("2024-02-28T23:59:59.5");
    const later = await read(
      edfPlus(
        time((r) => r + 86400),
        { date: "28.02.24", time: "23.59.59" },
      ),
    );
    expect(later.summary.startTime).toBe("2024-02-29T23:59:59");
  });

  test("a text for one signal names it behind @@ (EDF+ standard texts)", async () => {
    const lists = time(
      (r) => r,
      (r) => (r === 0 ? "+0\x14spike@@Cz\x14\0+0\x14mail@@home\x14\0" : ""),
    );
    const { markers, summary } = await read(edfPlus(lists));
    expect(markers).toEqual([
      { kind: "marker", onset: 0, duration: 0, text: "spike", channel: "Cz" },
      { kind: "marker", onset: 0, duration: 0, text: "mail@@home" },
    ]);
    expect(summary.annotations.map((a) => a.text)).toEqual(["spike@@Cz", "mail@@home"]);
  });

  test("a file of annotations alone has a duration of 0 and no items", async () => {
    const lists = (): string => "+0\x14\x14\0+0\x1530\x14Sleep stage W\x14\0+30\x14Sleep stage 1\x14\0";
    const bytes = build({ reserved: "EDF+C", nRecords: 1, duration: "0", signals: [annotations(80, lists)] });
    const recording = await openEdf(memorySource(bytes));
    expect(recording.streams).toEqual([]);
    expect(await recording.summary()).toMatchObject({
      durationSeconds: 0,
      recordDurationSeconds: 0,
      channels: [],
      annotations: [
        { onsetSeconds: 0, durationSeconds: 30, text: "Sleep stage W" },
        { onsetSeconds: 30, durationSeconds: null, text: "Sleep stage 1" },
      ],
      diagnostics: [],
    });
    expect(() => recording.items()).toThrow("no signal in it can be read: it holds annotations only");
  });

  test("markers come before the samples that hold their onset, in the file's order", async () => {
    const lists = time(
      (r) => r,
      (r) => `+${r + 0.35}\x14early ${r}\x14\0+${Math.max(r - 1, 0)}\x14late ${r}\x14\0`,
    );
    const { items } = await read(edfPlus(lists));
    const kinds = items.map((item) => (item.kind === "marker" ? item.text : item.kind));
    expect(kinds).toEqual(["info", "early 0", "late 0", "early 1", "late 1", "early 2", "late 2", "samples"]);
  });
});
