import { describe, expect, test } from "@jest/globals";
import { openEdf } from "../../../src/formats/edf/reader.ts";
import { parseStartTime } from "../../../src/formats/edf/start-time.ts";
import { build, signal, type Built } from "./build.ts";
import { collectStream } from "./collect.ts";
import { memorySource } from "./memory-source.ts";
import { count, edfPlus, one, read, refusal, time } from "./standard-files.ts";

// One test for each clause: EDF (Kemp et al., Electroenceph. clin. Neurophysiol. 82, 1992), and what files do in the wild.

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
