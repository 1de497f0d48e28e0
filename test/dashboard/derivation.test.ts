import { describe, expect, test } from "@jest/globals";
import { averagedChannels, averageOf, rowsOf } from "../../src/dashboard/derivation.ts";
import { regionAt, regionOf } from "../../src/dashboard/region.ts";
import { channelType, electrode } from "../../src/eeg/electrodes.ts";
import type { Channel } from "../../src/eeg/stream-info.ts";

function channel(label: string, reference: string | null = null): Channel {
  const position = electrode(label)?.position ?? null;
  return { label, unit: "µV", type: channelType(label), position, reference };
}

// prettier-ignore
const tenTwenty = ["Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz", "C4", "T8", "P7", "P3", "Pz", "P4", "P8", "O1", "O2"];

describe("rows", () => {
  test("as recorded, every channel is a row under its own name", () => {
    const rows = rowsOf([channel("Fc5."), channel("EEG T3-REF"), channel("ECG")], "recorded");
    expect(rows.map(({ label, region, less }) => [label, region, less])).toEqual([
      ["Fc5", "central", null],
      ["T3-REF", "temporal", null],
      ["ECG", null, null],
    ]);
  });

  test("the average is taken off EEG channels only, and not off differences", () => {
    const channels = [...tenTwenty, "Fp1-F7", "ECG"].map((label) => channel(label));
    expect(averagedChannels(channels)).toHaveLength(19);
    expect(rowsOf(channels, "average").map(({ less }) => less)).toEqual([
      ...tenTwenty.map(() => "average"),
      null,
      null,
    ]);
  });

  test("longitudinal pairs of the 10-20 system are the double banana", () => {
    const rows = rowsOf(
      [...tenTwenty, "ECG"].map((label) => channel(label)),
      "longitudinal",
    );
    const banana =
      "Fp1-F7 F7-T7 T7-P7 P7-O1 Fp1-F3 F3-C3 C3-P3 P3-O1 Fz-Cz Cz-Pz " +
      "Fp2-F4 F4-C4 C4-P4 P4-O2 Fp2-F8 F8-T8 T8-P8 P8-O2 ECG";
    expect(rows.map(({ label }) => label).join(" ")).toBe(banana);
    expect(rows[0]).toMatchObject({ channel: 0, less: 2 });
  });

  test("names of the older system make the same pairs", () => {
    const rows = rowsOf(
      ["F7", "T3", "T5", "O1"].map((label) => channel(label)),
      "longitudinal",
    );
    expect(rows.map(({ label }) => label)).toEqual(["F7-T7", "T7-P7", "P7-O1"]);
  });

  test("no pair is made of channels with different references", () => {
    const rows = rowsOf([channel("F3", "A1"), channel("C3", "A1"), channel("P3", "A2")], "longitudinal");
    expect(rows.map(({ label }) => label)).toEqual(["F3-C3"]);
  });

  test("a stream that allows no derivation is shown as recorded", () => {
    const channels = ["E1", "E2"].map((label) => channel(label));
    expect(rowsOf(channels, "longitudinal").map(({ less }) => less)).toEqual([null, null]);
    expect(rowsOf([channel("Cz")], "average")[0]!.less).toBeNull();
  });
});

test("the average leaves out what is missing", () => {
  const data = [Float32Array.of(1, NaN, NaN), Float32Array.of(3, 4, NaN)];
  const out = new Float32Array(3);
  averageOf((c, from, into) => into.set(data[c]!.subarray(from)), [0, 1], 0)(out);
  expect([...out]).toEqual([2, 4, NaN]);
});

test.each([
  ["Fp1", "frontal"],
  ["AFz", "frontal"],
  ["F8", "frontal"],
  ["FC3", "central"],
  ["CPz", "central"],
  ["FT7", "temporal"],
  ["TP10", "temporal"],
  ["P8", "parietal"],
  ["PO4", "occipital"],
  ["Oz", "occipital"],
  ["Iz", "occipital"],
] as const)("%s is %s", (label, region) => {
  expect(regionOf(channel(label))).toBe(region);
});

test("a channel without a known name is grouped by its place, and by nothing without one", () => {
  expect(regionOf({ label: "E12", position: electrode("O1")!.position })).toBe("occipital");
  expect(regionOf({ label: "E12", position: null })).toBeNull();
  for (const label of ["Fz", "Cz", "T7", "Pz", "Oz"])
    expect(regionAt(electrode(label)!.position)).toBe(regionOf(channel(label)));
});
