import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import type { Marker } from "../../../src/eeg/item.ts";
import { openEdf } from "../../../src/formats/edf/reader.ts";
import { describeWith, sharedData } from "../../shared-data.ts";
import { annotations, build, signal, type BuiltSignal } from "./build.ts";
import { memorySource } from "./memory-source.ts";

const inRange = 1 << 20;

function statusFile(values: (sample: number) => number, more: readonly BuiltSignal[] = []): Uint8Array {
  return build({
    bdf: true,
    reserved: "24BIT",
    nRecords: 4,
    signals: [
      signal("Cz", 64, (_, i) => i),
      { ...signal("Status", 64, (r, i) => values(64 * r + i)), unit: "Boolean" },
      ...more,
    ],
  });
}

/** Onset and text of each marker, by the items and by the summary, which must agree. */
async function textsOf(bytes: Uint8Array): Promise<(readonly [onset: number, text: string])[]> {
  const recording = await openEdf(memorySource(bytes));
  const { num, den } = recording.streams[0]!.sfreq;
  const markers: Marker[] = [];
  for await (const item of recording.items()) if (item.kind === "marker") markers.push(item);
  const summary = await recording.summary();
  expect(summary.annotations.map(({ onsetSeconds, text }) => [onsetSeconds, text])).toEqual(
    markers.map(({ onset, text }) => [(onset * den) / num, text]),
  );
  return markers.map(({ onset, text }) => [onset, text]);
}

test("BioSemi, trigger signals: a marker where the bits 0-15 change to another number than 0", async () => {
  const codes = new Map([
    [10, 4],
    [11, 0],
    [63, 7], // up to the end of a record and on
    [64, 7],
    [65, 9],
    [66, 0],
    [200, 0xffff],
  ]);
  let held = 0;
  const values = Array.from({ length: 256 }, (_, i) => inRange | (held = codes.get(i) ?? held));
  expect(await textsOf(statusFile((i) => values[i]!))).toEqual([
    [10, "trigger 4"],
    [63, "trigger 7"],
    [65, "trigger 9"],
    [200, "trigger 65535"],
  ]);
});

test("inputs that rest at a number other than 0 trigger nothing when they come back to it", async () => {
  const pulses = [20, 21, 22, 100];
  expect(await textsOf(statusFile((i) => inRange | 0xff00 | (pulses.includes(i) ? 5 : 0)))).toEqual([
    [20, "trigger 65285"],
    [100, "trigger 65285"],
  ]);
});

test("bits 16, 20 and 22: epochs, CMS out of range and a low battery are said, the speed mode is not", async () => {
  const bytes = statusFile(
    (i) =>
      (i >= 50 && i < 70 ? 0 : inRange) |
      (i === 0 || i === 128 ? 1 << 16 : 0) |
      (i < 30 ? 0b111 << 17 : 1 << 21) |
      (i >= 240 ? (1 << 22) | (1 << 23) : 0),
  );
  expect(await textsOf(bytes)).toEqual([
    [50, "CMS out of range"],
    [70, "CMS in range"],
    [128, "new epoch"],
    [240, "battery low"],
  ]);
  const recording = await openEdf(memorySource(bytes));
  await recording.summary();
  expect(recording.diagnostics).toEqual([
    {
      code: "BDF_CMS_OUT_OF_RANGE",
      message:
        "by its Status signal the amplifier's CMS electrode lost contact at 0.781 s; what was recorded until it is in range again is no EEG",
      place: { record: 0 },
    },
    {
      code: "BDF_BATTERY_LOW",
      message: "by its Status signal the amplifier's battery was low from 3.75 s on",
      place: { record: 3 },
    },
  ]);
});

test("a Status signal at another rate than the EEG lies on the EEG's grid", async () => {
  const bytes = build({
    bdf: true,
    nRecords: 2,
    signals: [
      signal("Cz", 40, () => 0),
      signal("Pz", 40, () => 0),
      signal("Status", 10, (r, i) => (10 * r + i === 13 ? 1 : 0)),
    ],
  });
  expect(await textsOf(bytes)).toEqual([[52, "trigger 1"]]);
});

test("where there are annotations, they say what the triggers were", async () => {
  const bytes = build({
    bdf: true,
    reserved: "BDF+C",
    nRecords: 1,
    signals: [
      signal("Status", 64, (_, i) => (i === 5 ? 3 : 0)),
      annotations(30, () => "+0\x14\x14\0+0.5\x14go\x14\0", "BDF Annotations"),
    ],
  });
  expect(await textsOf(bytes)).toEqual([[32, "go"]]);
});

test("records too large for memory tell their triggers too", async () => {
  const n = 800_000;
  const bytes = build({
    bdf: true,
    nRecords: 2,
    duration: "50",
    signals: [
      signal("Cz", n, () => 1),
      signal("Pz", n, () => 2),
      signal("Status", n, (r, i) => (r === 1 && i === 77 ? 12 : 0)),
    ],
  });
  expect(await textsOf(bytes)).toEqual([[n + 77, "trigger 12"]]);
});

describeWith(
  sharedData("recordings/formats/bdf/test_bdf_stim_channel.bdf"),
  "a BDF with triggers",
  (path) => {
    test("has a marker for each pulse", async () => {
      const bytes = new Uint8Array(readFileSync(path));
      // 4 signals with as many samples a record, Status the last: decoded here from the bytes alone
      const n = Number(Buffer.from(bytes.subarray(256 + 4 * 216, 256 + 4 * 216 + 8)).toString("latin1"));
      const due: [number, string][] = [];
      let last = 0;
      for (let record = 0, i = 0; 256 * 5 + (record + 1) * 12 * n <= bytes.length; record++)
        for (let k = 0; k < n; k++, i++) {
          const at = 256 * 5 + record * 12 * n + 9 * n + 3 * k;
          const code = bytes[at]! | (bytes[at + 1]! << 8);
          if (code !== last && code !== 0) due.push([i, `trigger ${code}`]);
          last = code;
        }
      expect(due.length).toBe(9);
      expect(await textsOf(bytes)).toEqual(due);
    });
  },
);
