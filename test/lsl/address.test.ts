import { expect, test } from "@jest/globals";
import { parseLslHeader, type LslHeader } from "../../src/eeg/lsl-header.ts";
import { parseLslAddress } from "../../src/lsl/address.ts";
import { describeStream } from "../../src/lsl/described-stream.ts";

test("addresses name streams by what they say of themselves", () => {
  expect(parseLslAddress("lsl:type=EEG")).toEqual({ type: "EEG" });
  expect(parseLslAddress("LSL:name=Amp, one,source_id=a=b,unit=uV,markers=Task")).toEqual({
    name: "Amp, one",
    sourceId: "a=b",
    unit: "uV",
    markers: "Task",
  });
});

test.each(["lsl:", "lsl:EEG", "lsl:colour=red", "lsl:name=", "lsl:unit=uV"])("%s is refused", (text) => {
  expect(() => parseLslAddress(text)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
});

function header(desc: string, format = "float32"): LslHeader {
  const parsed = parseLslHeader(
    `<info><name>Amp</name><type>EEG</type><channel_count>2</channel_count><nominal_srate>500</nominal_srate>` +
      `<channel_format>${format}</channel_format><source_id>7</source_id><hostname>lab</hostname>${desc}</info>`,
  );
  if ("fault" in parsed) throw new Error(parsed.fault);
  return parsed;
}

const channel = (label: string, unit: string, more = ""): string =>
  `<channel><label>${label}</label><unit>${unit}</unit>${more}</channel>`;

test("units, types, positions, reference and manufacturer are taken as XDF's meta-data have them", () => {
  const place = "<location><X>0</X><Y>-60</Y><Z>80</Z></location><type>EEG</type>";
  const described = header(
    `<desc><channels>${channel("Cz", "volts")}${channel("E12", "microvolts", place)}</channels>` +
      `<reference><label>M1</label></reference><acquisition><manufacturer>ANT</manufacturer></acquisition></desc>`,
  );
  expect(described.manufacturer).toBe("ANT");
  const { info, gains, diagnostics } = describeStream(described);
  expect(gains).toEqual([1e6, 1]);
  expect(info.channels.map(({ label, unit, type, reference }) => [label, unit, type, reference])).toEqual([
    ["Cz", "µV", "eeg", "M1"],
    ["E12", "µV", "eeg", "M1"],
  ]);
  expect(info.channels[1]!.position).toEqual([0, -0.6, 0.8]);
  expect(diagnostics).toEqual([]);
});

test("channels without a unit are none of volts unless the user says so", () => {
  const silent = header(`<desc><channels>${channel("Cz", "")}${channel("Pz", "counts")}</channels></desc>`);
  const { info, diagnostics } = describeStream(silent);
  expect(info.channels.map(({ unit }) => unit)).toEqual(["", "counts"]);
  expect(diagnostics.map(({ code }) => code)).toContain("UNIT_UNKNOWN");
  const told = describeStream(silent, "mV");
  expect(told.info.channels.map(({ unit }) => unit)).toEqual(["µV", "counts"]);
  expect(told.gains).toEqual([1000, 1]);
});

test("a stream that says nothing of its channels has numbered ones, and says so", () => {
  const { info, diagnostics } = describeStream(header(""));
  expect(info.channels.map(({ label }) => label)).toEqual(["EEG 1", "EEG 2"]);
  expect(diagnostics.map(({ code }) => code)).toContain("CHANNEL_LABEL");
});
