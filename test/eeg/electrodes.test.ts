import { describe, expect, test } from "@jest/globals";
import { electrodeTable } from "../../src/eeg/electrode-table.ts";
import {
  channelType,
  derivation,
  electrode,
  electrodeOrder,
  electrodesOf,
  normaliseLabel,
  referenceOf,
} from "../../src/eeg/electrodes.ts";
import type { Position } from "../../src/eeg/stream-info.ts";

const at = (name: string): Position => electrodeTable.get(name)!;
const angle = (a: Position, b: Position): number => {
  const distance = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
  return (2 * Math.asin(distance / 2) * 180) / Math.PI;
};
const near = (position: Position): Position => position.map((v) => expect.closeTo(v, 12)) as never;

/** Labels of PhysioNet's EEGMMIDB, as its files have them. */
const eegmmidb = (
  "Fc5. Fc3. Fc1. Fcz. Fc2. Fc4. Fc6. C5.. C3.. C1.. Cz.. C2.. C4.. C6.. Cp5. Cp3. Cp1. Cpz. Cp2. Cp4. Cp6. " +
  "Fp1. Fpz. Fp2. Af7. Af3. Afz. Af4. Af8. F7.. F5.. F3.. F1.. Fz.. F2.. F4.. F6.. F8.. Ft7. Ft8. T7.. T8.. T9.. " +
  "T10. Tp7. Tp8. P7.. P5.. P3.. P1.. Pz.. P2.. P4.. P6.. P8.. Po7. Po3. Poz. Po4. Po8. O1.. Oz.. O2.. Iz.."
).split(" ");

describe("the 10-05 system on the unit sphere", () => {
  test("has 345 electrodes, and mastoids, earlobes and the nose", () => {
    expect(electrodeTable.size).toBe(345 + 5);
    const names = [...electrodeTable.keys()].map((name) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
  });

  test("no two electrodes share a place", () => {
    const positions = [...electrodeTable];
    for (const [i, [name, a]] of positions.entries())
      for (const [other, b] of positions.slice(i + 1))
        if (angle(a, b) < 2) throw new Error(`${name} and ${other} are ${angle(a, b)}° apart`);
  });

  test("every electrode is on the sphere", () => {
    for (const [x, y, z] of electrodeTable.values()) expect(Math.hypot(x, y, z)).toBeCloseTo(1, 14);
  });

  test("landmarks", () => {
    const tilt = Math.PI / 8;
    expect(at("Cz")).toEqual([0, 0, 1]);
    expect(at("Fpz")).toEqual([0, 1, 0]);
    expect(at("Oz")).toEqual([0, -1, 0]);
    expect(at("T7")).toEqual([-1, 0, 0]);
    expect(at("T8")).toEqual([1, 0, 0]);
    expect(at("Fz")).toEqual(near([0, Math.SQRT1_2, Math.SQRT1_2]));
    expect(at("C3")).toEqual(near([-Math.SQRT1_2, 0, Math.SQRT1_2]));
    expect(at("C4")).toEqual(near([Math.SQRT1_2, 0, Math.SQRT1_2]));
    expect(at("Nz")).toEqual(near([0, Math.cos(tilt), -Math.sin(tilt)]));
    expect(at("Iz")).toEqual(near([0, -Math.cos(tilt), -Math.sin(tilt)]));
    expect(at("T9")).toEqual(near([-Math.cos(tilt), 0, -Math.sin(tilt)]));
  });

  test("left mirrors right, odd numbers left, even right", () => {
    for (const [name, [x, y, z]] of electrodeTable) {
      const number = Number(/\d+/.exec(name)?.[0] ?? 0);
      if (number === 0) expect(x).toBe(0);
      else if (number % 2 === 1) {
        expect(x).toBeLessThan(0);
        expect(at(name.replace(/\d+/, String(number + 1)))).toEqual([-x, y, z]);
      } else expect(x).toBeGreaterThan(0);
    }
  });

  test("the posterior half mirrors the anterior one", () => {
    const pairs: [string, string][] = [
      ["Fp1", "O1"],
      ["AF7", "PO7"],
      ["AF3", "PO3"],
      ["F7", "P7"],
      ["F3", "P3"],
      ["FC5", "CP5"],
      ["FT9", "TP9"],
      ["FFC1h", "CPP1h"],
      ["AFp9h", "POO9h"],
      ["N1h", "I1h"],
    ];
    for (const [front, back] of pairs) {
      const [x, y, z] = at(front);
      expect(at(back)).toEqual(near([x, -y, z]));
    }
  });

  test("steps of 10 % are 22.5° over the head, 18° around it", () => {
    const steps = (names: string): number[] => {
      const places = names.split(" ");
      return places.slice(1).map((name, i) => angle(at(places[i]!), at(name)));
    };
    for (const step of steps("Nz Fpz AFz Fz FCz Cz CPz Pz POz Oz Iz")) expect(step).toBeCloseTo(22.5, 10);
    for (const step of steps("T9 T7 C5 C3 C1 Cz C2 C4 C6 T8 T10")) expect(step).toBeCloseTo(22.5, 10);
    for (const step of steps("Fpz Fp1 AF7 F7 FT7 T7 TP7 P7 PO7 O1 Oz O2 PO8 P8 TP8 T8 FT8 F8 AF8 Fp2 Fpz"))
      expect(step).toBeCloseTo(18, 10);
  });

  test("a row's electrodes lie in one plane at equal steps", () => {
    const row = "F7 F7h F5 F5h F3 F3h F1 F1h Fz F2h F2 F4h F4 F6h F6 F8h F8".split(" ").map(at);
    const [a, , , , , , , , m, , , , , , , , c] = row as [Position, ...Position[]];
    const minus = (p: Position, q: Position): Position => [p[0] - q[0], p[1] - q[1], p[2] - q[2]];
    const [u, v] = [minus(m!, a), minus(c!, a)];
    const normal = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    const step = angle(row[0]!, row[1]!);
    for (const [i, place] of row.entries()) {
      const d = minus(place, a);
      expect(d[0] * normal[0]! + d[1] * normal[1]! + d[2] * normal[2]!).toBeCloseTo(0, 12);
      if (i > 0) expect(angle(row[i - 1]!, place)).toBeCloseTo(step, 10);
    }
  });
});

describe("labels", () => {
  test("all of EEGMMIDB's are found", () => {
    const names = eegmmidb.map((label) => electrode(label)?.name);
    expect(names.slice(0, 8)).toEqual(["FC5", "FC3", "FC1", "FCz", "FC2", "FC4", "FC6", "C5"]);
    expect(new Set(names).size).toBe(64);
    expect(names).not.toContain(undefined);
  });

  test.each([
    ["EEG Fp1-REF", "Fp1", "REF"],
    ["EEG FP1-LE", "Fp1", "LE"],
    ["EEG C3-A2", "C3", "A2"],
    ["EEG C3-M1", "C3", "M1"],
    ["EEG C3 - A1", "C3", "A1"],
    ["C4-A1+A2", "C4", "A1+A2"],
    ["Pz-AVG", "Pz", "AVG"],
    ["EEG T5-Ref", "P7", "Ref"],
    ["POL T4", "T8", null],
    ["oz", "Oz", null],
    ["  FPZ ", "Fpz", null],
    ["Cz-0", "Cz", null],
    ["EEG A1-A1A2", "A1", "A1A2"],
    ["aff5H", "AFF5h", null],
    ["nasion", "Nz", null],
  ])("'%s' is electrode %s against %s", (label, name, reference) => {
    expect(electrode(label)?.name).toBe(name);
    expect(normaliseLabel(label)).toBe(name);
    expect(referenceOf(label)).toBe(reference);
    expect(derivation(label)).toBeNull();
    expect(channelType(label)).toBe("eeg");
  });

  test.each([
    ["Fp1-F7", "Fp1", "F7"],
    ["EEG Fpz-Cz", "Fpz", "Cz"],
    ["F8-T4", "F8", "T8"],
    ["T8-P8-1", "T8", "P8"],
    ["FP1 – F7", "Fp1", "F7"],
    ["A1-A2", "A1", "A2"],
  ])("'%s' is a derivation and has no position", (label, anode, cathode) => {
    expect(derivation(label)).toEqual({ anode, cathode });
    expect(electrode(label)).toBeNull();
    expect(electrodeOrder(label)).toBe(Number.MAX_SAFE_INTEGER);
    expect(normaliseLabel(label)).toBe(`${anode}-${cathode}`);
    expect(referenceOf(label)).toBe(cathode);
    expect(channelType(label)).toBe("eeg");
  });

  test.each([
    ["EOG horizontal", "eog"],
    ["EOG VEOG_I", "eog"],
    ["HEOG", "eog"],
    ["E1-M2", "eog"],
    ["LOC-A2", "eog"],
    ["EMG submental", "emg"],
    ["Chin1-Chin2", "emg"],
    ["ECG ECG1", "ecg"],
    ["EKG", "ecg"],
    ["EEG EKG1-REF", "ecg"],
    ["Status", "trig"],
    ["stAtUs", "trig"],
    ["tRigGer", "trig"],
    ["STI 014", "trig"],
    ["DIG DTRIG", "trig"],
    ["Event marker", "trig"],
    ["Resp oro-nasal", "misc"],
    ["Temp rectal", "misc"],
    ["SpO2", "misc"],
    ["acc1", "misc"],
    ["squarewave", "misc"],
    ["pulse", "misc"],
    ["", "misc"],
    ["EEG Channel-1", "eeg"],
    ["B12", "eeg"],
    ["E101", "eeg"],
  ])("'%s' is of type %s and no electrode", (label, type) => {
    expect(channelType(label)).toBe(type);
    expect(electrode(label)).toBeNull();
    expect(derivation(label)).toBeNull();
    expect(referenceOf(label)).toBeNull();
  });

  test("sockets and contacts numbered by letters are no electrodes", () => {
    const banks = ["A", "B", "C", "D"].flatMap((bank) =>
      Array.from({ length: 32 }, (_, i) => `${bank}${i + 1}`),
    );
    expect(electrodesOf(banks).every((found) => found === null)).toBe(true);
    const contacts = electrodesOf([
      "POL A1",
      "POL A2",
      "POL O9",
      "POL O10",
      "POL C11",
      "POL C12",
      "C3",
      "Cz",
    ]);
    expect(contacts.map((found) => found?.name)).toEqual([...new Array(7).fill(undefined), "Cz"]);
    const leads = electrodesOf([
      "C3",
      "A1",
      "V1",
      "V2",
      "V3",
      "V4",
      "V5",
      "V6",
      "X1",
      "E1-M2",
      "E2-M2",
      "F9",
    ]);
    expect(leads.map((found) => found?.name).filter(Boolean)).toEqual(["C3", "A1", "F9"]);
    expect(electrodesOf(eegmmidb).every((found) => found !== null)).toBe(true);
  });

  test("the table's order is fixed, front to back and left to right", () => {
    const order = [
      "Nz",
      "Fp1",
      "Fpz",
      "F7",
      "F3",
      "Fz",
      "F4",
      "F8",
      "T3",
      "C3",
      "Cz",
      "T8",
      "O1",
      "O2",
      "Iz",
      "M2",
    ];
    const places = order.map(electrodeOrder);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(electrodeOrder("EEG T3-REF")).toBe(electrodeOrder("T7"));
    expect(electrodeOrder("nothing")).toBe(Number.MAX_SAFE_INTEGER);
  });
});
