import { describe, expect, test } from "@jest/globals";
import type { EegError } from "../../../src/eeg/errors.ts";
import { openEdf } from "../../../src/formats/edf/reader.ts";
import type { RecordingSummary } from "../../../src/formats/recording.ts";
import { annotations, build, signal, type Built, type BuiltSignal } from "./build.ts";
import { collectStream, type Collected } from "./collect.ts";
import { memorySource } from "./memory-source.ts";
import { parseStartTime } from "../../../src/formats/edf/start-time.ts";

// One test for each clause: EDF (Kemp et al., Electroenceph. clin. Neurophysiol. 82, 1992), EDF+ (Kemp & Olivan,
// Clin. Neurophysiol. 114, 2003, by the sections of its specification), BDF (BioSemi), and what files do in the wild.

interface Read extends Collected {
  readonly summary: RecordingSummary;
  readonly codes: readonly string[];
}

async function read(file: Built, stream?: number): Promise<Read> {
  const recording = await openEdf(memorySource(build(file)));
  const collected = await collectStream(recording, stream ?? recording.defaultStream);
  const summary = await recording.summary();
  return { ...collected, summary, codes: recording.diagnostics.map((diagnostic) => diagnostic.code) };
}

async function refusal(file: Built | Uint8Array): Promise<EegError> {
  return openEdf(memorySource(file instanceof Uint8Array ? file : build(file))).then(
    () => {
      throw new Error("was not refused");
    },
    (error: unknown) => error as EegError,
  );
}

const count = (record: number, sample: number): number => 100 * record + sample;
const time =
  (onset: (record: number) => number, more: (record: number) => string = () => "") =>
  (record: number): string =>
    `+${onset(record)}\x14\x14\0${more(record)}`;
const edfPlus = (lists: (record: number) => string | Uint8Array, rest: Partial<Built> = {}): Built => ({
  reserved: "EDF+C",
  nRecords: 3,
  signals: [signal("Cz", 10, count), annotations(60, lists)],
  ...rest,
});
const one = (rest: Partial<BuiltSignal>, file: Partial<Built> = {}): Built => ({
  nRecords: 1,
  signals: [{ ...signal("Cz", 4, (_, i) => [0, 1, -1, 10][i]!), ...rest }],
  ...file,
});

describe("EDF 1992, header", () => {
  test("each field of all signals stands before the next field", async () => {
    const { summary } = await read({
      nRecords: 2,
      signals: [
        {
          ...signal("Fp1", 4, count),
          transducer: "AgAgCl",
          unit: "mV",
          prefilter: "HP:0.1Hz",
          physicalMax: "7",
        },
        {
          ...signal("Cz", 4, count),
          transducer: "tin",
          unit: "uV",
          prefilter: "LP:70Hz",
          physicalMin: "-9.5",
        },
      ],
    });
    expect(summary.channels).toEqual([
      {
        label: "Fp1",
        sfreq: 4,
        unit: "mV",
        nSamples: 8,
        physicalMin: -32768,
        physicalMax: 7,
        digitalMin: -32768,
        digitalMax: 32767,
        prefilter: "HP:0.1Hz",
        transducer: "AgAgCl",
      },
      {
        label: "Cz",
        sfreq: 4,
        unit: "uV",
        nSamples: 8,
        physicalMin: -9.5,
        physicalMax: 32767,
        digitalMin: -32768,
        digitalMax: 32767,
        prefilter: "LP:70Hz",
        transducer: "tin",
      },
    ]);
  });

  test.each([
    ["02.08.85", "1985-08-02"],
    ["31.12.99", "1999-12-31"],
    ["29.02.00", "2000-02-29"],
    ["01.01.84", "2084-01-01"],
  ])("years 85 to 99 are 1985 to 1999, 00 to 84 are 2000 to 2084: %s", async (date, day) => {
    const { summary, codes } = await read(one({}, { date }));
    expect(summary.startTime).toBe(`${day}T22:15:00`);
    expect(codes).toEqual([]);
  });

  test("EDF+ 2.1.3.3: a start that nobody knows is none", async () => {
    expect(parseStartTime("01.01.85", "00.00.00", "Startdate X X X X")).toEqual({ time: null, fault: null });
    expect(parseStartTime("01.01.85", "00.00.00", "Startdate 01-JAN-1985 X X X").time).not.toBeNull();
    expect(parseStartTime("01.01.85", "00.00.01", "Startdate X X X X").time).not.toBeNull();
  });

  test.each([
    ["30.02.20", "22.15.00"],
    ["01.13.20", "22.15.00"],
    ["00.01.20", "22.15.00"],
    ["01.01.20", "24.00.00"],
    ["01.01.20", "22.60.00"],
    ["", ""],
  ])("an impossible start is none: '%s' '%s'", async (date, clock) => {
    const { summary, infos, codes } = await read(one({}, { date, time: clock }));
    expect(summary.startTime).toBeNull();
    expect(infos[0]!.t0).toBeNull();
    expect(codes).toEqual(["EDF_START_TIME"]);
  });

  test("the header's length is 256 · (signals + 1), whatever its field says", async () => {
    const { channels, codes } = await read(one({}, { headerLength: "1024" }));
    expect([...channels[0]!]).toEqual([0, 1, -1, 10]);
    expect(codes).toEqual(["EDF_HEADER_LENGTH"]);
  });

  test("the number of records is -1 during recording", async () => {
    const { summary, codes } = await read({ ...edfPlus(time((r) => r)), nRecordsText: "-1" });
    expect(summary.nRecords).toBe(3);
    expect(codes).toEqual([]);
  });

  test("a duration need not be a whole number of seconds", async () => {
    const { infos, summary } = await read(one({ samplesPerRecord: 4 }, { duration: "0.3" }));
    expect(infos[0]!.sfreq).toEqual({ num: 40, den: 3 });
    expect(summary).toMatchObject({ recordDurationSeconds: 0.3, durationSeconds: 0.3 });
  });

  test("a duration cut to eight characters leaves a whole rate whole", async () => {
    const file = (duration: string): Built => one({ samplesPerRecord: 250, data: count }, { duration });
    const cut = await read(file("0.976562")); // 250 / 256 is 0.9765625
    expect(cut.infos[0]!.sfreq).toEqual({ num: 256, den: 1 });
    expect(cut.codes).toEqual(["EDF_RECORD_DURATION"]);
    const meant = await read(file("0.97656"));
    expect(meant.infos[0]!.sfreq).toEqual({ num: 3125000, den: 12207 });
  });

  test("each signal has its own number of samples in a record", async () => {
    const file = {
      nRecords: 2,
      signals: [signal("Cz", 4, count), signal("SaO2", 1, count), signal("Pz", 4, count)],
    };
    const recording = await openEdf(memorySource(build(file)));
    expect(recording.streams.map((s) => s.channels.map((c) => c.label))).toEqual([["Cz", "Pz"], ["SaO2"]]);
    expect(recording.streams.map((s) => s.name)).toEqual(["memory.edf 4 Hz", "memory.edf 1 Hz"]);
    expect(recording.defaultStream).toBe(0);
    const slow = await collectStream(recording, 1);
    expect([...slow.channels[0]!]).toEqual([0, 100]);
    expect(() => recording.items({ stream: 2 })).toThrow(new RangeError("stream: expected 0 to 1, got 2"));
  });
});

describe("EDF 1992, samples", () => {
  test("two bytes each, least significant first, two's complement", async () => {
    const { channels } = await read(one({ data: (_, i) => [0x1234, -0x1234, 32767, -32768][i]! }));
    expect([...channels[0]!]).toEqual([0x1234, -0x1234, 32767, -32768]);
  });

  test("physical minimum and maximum go with digital minimum and maximum", async () => {
    const range = { physicalMin: "-100", physicalMax: "300", digitalMin: "-10", digitalMax: "10" };
    expect([...(await read(one(range))).channels[0]!]).toEqual([100, 120, 80, 300]);
  });

  test("a physical minimum above the maximum turns the signal over", async () => {
    const range = { physicalMin: "100", physicalMax: "-100", digitalMin: "-10", digitalMax: "10" };
    expect([...(await read(one(range))).channels[0]!]).toEqual([0, -10, 10, -100]);
  });

  test.each([
    ["uV", "µV", 1],
    ["\xb5V", "µV", 1],
    ["mV", "µV", 1000],
    ["V", "µV", 1e6],
    ["nV", "µV", 0.001],
  ])("voltages come in µV: %s", async (unit, shown, factor) => {
    const { channels, infos, summary } = await read(one({ unit }));
    expect(infos[0]!.channels[0]!.unit).toBe(shown);
    expect(summary.channels[0]!.unit).toBe(unit);
    [0, 1, -1, 10].forEach((value, i) => expect(channels[0]![i]).toBeCloseTo(value * factor, 9));
  });

  test.each(["degC", "%", "BPM", "G"])("what is no voltage keeps its unit: %s", async (unit) => {
    const { channels, infos, codes } = await read(one({ unit, label: "Temp rectal" }));
    expect(infos[0]!.channels[0]).toMatchObject({ unit, type: "misc", position: null });
    expect([...channels[0]!]).toEqual([0, 1, -1, 10]);
    expect(codes).toEqual([]);
  });

  test("an electrode without a unit of voltage is never taken as volts", async () => {
    const { channels, infos, codes } = await read(one({ unit: "" }));
    expect(infos[0]!.channels[0]).toMatchObject({ label: "Cz", unit: "", type: "eeg" });
    expect([...channels[0]!]).toEqual([0, 1, -1, 10]);
    expect(codes).toEqual(["UNIT_UNKNOWN"]);
  });

  test("a digital minimum not below the maximum refuses the channel, not the file", async () => {
    const file = {
      nRecords: 1,
      signals: [{ ...signal("Fz", 4, count), digitalMax: "-32768" }, signal("Cz", 4, count)],
    };
    const { infos, summary, codes } = await read(file);
    expect(infos[0]!.channels.map((c) => c.label)).toEqual(["Cz"]);
    expect(summary.channels.map((c) => c.label)).toEqual(["Cz"]);
    expect(codes).toEqual(["EDF_SIGNAL_REFUSED"]);
  });

  test("a physical range beyond all signals refuses the channel", async () => {
    const file = {
      nRecords: 1,
      signals: [{ ...signal("Fz", 4, count), physicalMax: "1e300" }, signal("Cz", 4, count)],
    };
    const { infos, codes } = await read(file);
    expect(infos[0]!.channels.map((c) => c.label)).toEqual(["Cz"]);
    expect(codes).toEqual(["EDF_SIGNAL_REFUSED"]);
  });

  test("without any signal that can be read there are no items, but there is a summary", async () => {
    const recording = await openEdf(memorySource(build(one({ physicalMin: "none" }))));
    expect(() => recording.items()).toThrow("memory.edf: no signal in it can be read");
    expect((await recording.summary()).channels).toEqual([]);
  });

  test("labels that several signals have are numbered", async () => {
    const labels = ["Cz", "Fz", "Cz", "", "Cz-0", "Cz"];
    const file = { nRecords: 1, signals: labels.map((label) => signal(label, 1, count)) };
    const { infos } = await read(file);
    expect(infos[0]!.channels.map((c) => c.label)).toEqual([
      "Cz-1",
      "Fz",
      "Cz-2",
      "channel 4",
      "Cz-0",
      "Cz-3",
    ]);
    expect(infos[0]!.channels.map((c) => c.position !== null)).toEqual([true, true, true, false, true, true]);
  });
});

describe("EDF, whole and broken files", () => {
  const file = edfPlus(time((r) => r));
  const bytes = build(file);
  const recordBytes = 140;

  test.each([
    [
      -1,
      2,
      "the header declares 3 data records, the file holds 2 whole ones and 139 bytes of the next; the whole ones were read",
    ],
    [-140, 2, "the header declares 3 data records, the file holds 2 whole ones; the whole ones were read"],
    [7, 3, "7 bytes after the last of 3 data records were left out"],
    [recordBytes, 3, "140 bytes after the last of 3 data records were left out"],
  ])("%d bytes too long: what is whole is read and the rest is said", async (more, nRecords, message) => {
    const changed = new Uint8Array(bytes.length + more);
    changed.set(bytes.subarray(0, changed.length));
    const recording = await openEdf(memorySource(changed));
    expect((await recording.summary()).nRecords).toBe(nRecords);
    expect((await collectStream(recording, 0)).channels[0]!.length).toBe(10 * nRecords);
    expect(recording.diagnostics.map((d) => d.message)).toEqual([message]);
  });

  test("a file without one whole record is refused", async () => {
    const error = await refusal(bytes.subarray(0, 768 + recordBytes - 1));
    expect(error).toMatchObject({ name: "EegError", code: "EDF_TRUNCATED" });
    expect(error.message).toBe(
      "memory.edf: the file ends before its first whole data record: 140 bytes expected after the header (signal 2, 'EDF Annotations', has 60 samples in each), got 139; copy it again in binary mode",
    );
  });

  test.each([
    [0, "256 bytes expected, got 0"],
    [255, "256 bytes expected, got 255"],
    [767, "768 bytes expected, got 767"],
  ])("a file that ends within its header at byte %d is refused", async (length, message) => {
    const error = await refusal(bytes.subarray(0, length));
    expect(error).toMatchObject({ code: "EDF_TRUNCATED" });
    expect(error.message).toContain(message);
  });

  test.each<[string, Partial<Built>]>([
    ["version: expected '0', got '2' (byte 0)", { version: "2" }],
    ["number of signals: expected an integer > 0, got 'two' (byte 252)", { nSignalsText: "two" }],
    ["number of signals: expected an integer > 0, got '1.5' (byte 252)", { nSignalsText: "1.5" }],
    ["duration of a data record: expected a number of seconds >= 0, got '-1' (byte 244)", { duration: "-1" }],
    [
      "duration of a data record: expected a number of seconds >= 0, got '1e-99' (byte 244)",
      { duration: "1e-99" },
    ],
    [
      "duration of a data record: expected a number of seconds > 0, for there are signals besides annotations, got '0' (byte 244)",
      { duration: "0" },
    ],
    [
      "signal 1 of 1, samples per record: expected an integer > 0, got '2O0' (byte 472)",
      { signals: [{ ...signal("Cz", 4, count), samplesPerRecordText: "2O0" }] },
    ],
  ])("%s", async (message, rest) => {
    const error = await refusal({ ...one({}), ...rest });
    expect(error).toMatchObject({ name: "EegError", code: "EDF_HEADER" });
    expect(error.message).toBe(`memory.edf: EDF header, ${message}`);
  });

  test("absurd sizes are refused before anything is allocated for them", async () => {
    expect(await refusal({ ...one({}), nSignalsText: "9999" })).toMatchObject({ code: "EDF_TRUNCATED" });
    expect(await refusal(one({ samplesPerRecordText: "99999999" }))).toMatchObject({ code: "EDF_TRUNCATED" });
    const { summary } = await read(one({}, { nRecordsText: "99999999" }));
    expect(summary.nRecords).toBe(1);
  });
});

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
