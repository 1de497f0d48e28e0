import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { brainwire } from "../../cli/run-cli.ts";
import { anonymizedHeader, personalData } from "../../../src/formats/edf/personal.ts";
import { annotations, build, signal } from "./build.ts";

const noise = (record: number, sample: number): number => ((record * 100 + sample) * 7919) % 601;

function made(fields: { patient?: string; recording?: string; reserved?: string }): Uint8Array<ArrayBuffer> {
  return build({
    reserved: "EDF+C",
    ...fields,
    nRecords: 3,
    signals: [
      {
        ...signal("Oz", 100, noise),
        physicalMin: "0",
        physicalMax: "600",
        digitalMin: "0",
        digitalMax: "600",
      },
      annotations(15, (record) => `+${record}\x14\x14\0`),
    ],
  });
}

const kinds = (bytes: Uint8Array): string[] => personalData(bytes).map(({ message }) => message);

test("EDF+ 2.1.3.3: subfields that are not X are named by their kind, never by what they say", () => {
  expect(kinds(made({ patient: "MCH-0234567 F 02-MAY-1951 Haagse_Harry" }))).toEqual([
    "the header holds a patient code, a sex, a birthdate, a name (byte 8); brainwire anonymize clears it",
  ]);
  expect(
    kinds(made({ patient: "X X X X", recording: "Startdate 02-MAR-2002 PSG-1234/2002 NN Telemetry03" })),
  ).toEqual(["the header holds a hospital's code, a technician (byte 88); brainwire anonymize clears it"]);
  expect(kinds(made({ patient: "Jane Doe", reserved: "" }))[0]).toMatch(/text on the patient/);
  expect(kinds(made({ patient: "X X X X", recording: "Startdate X X X X" }))).toEqual([]);
});

test("dates that cannot be", () => {
  const codes = (patient: string, recording: string): string[] =>
    personalData(made({ patient, recording })).flatMap(({ code, message }) =>
      code === "EDF_DATE" ? [message] : [],
    );
  expect(codes("X X 31-FEB-1951 X", "Startdate 02-MAR-2002 X X X")).toEqual([
    "the birthdate is no date (dd-MMM-yyyy) (byte 8)",
  ]);
  expect(codes("X X 02-MAY-2051 X", "Startdate 02-MAR-2002 X X X")).toEqual([
    "the birthdate lies after the recording (byte 8)",
  ]);
  expect(codes("X X X X", "Startdate 30-FEB-2002 X X X")).toEqual([
    "the Startdate is no date (dd-MMM-yyyy) (byte 88)",
  ]);
});

test("clearing leaves nothing personal, and every byte behind the header as it was", () => {
  const bytes = made({ patient: "1 F 02-MAY-1951 Harry", recording: "Startdate 02-MAR-2002 A B C" });
  for (const date of ["clear", "keep"] as const) {
    const header = anonymizedHeader(bytes, date);
    expect(header).toHaveLength(256);
    expect(kinds(header)).toEqual([]);
    expect(header.subarray(176)).toEqual(bytes.subarray(176, 256));
    expect(Buffer.from(header).toString("latin1", 88, 168).trim()).toBe(
      `Startdate ${date === "keep" ? "02-MAR-2002" : "X"} X X X`,
    );
  }
});

test("info --strict fails on what is personal, anonymize makes it pass and keeps the samples", async () => {
  const folder = await mkdtemp(join(tmpdir(), "brainwire-"));
  const [from, to] = [join(folder, "in.edf"), join(folder, "out.edf")];
  const bytes = made({ patient: "1 F 02-MAY-1951 Harry", recording: "Startdate X X X X" });
  await writeFile(from, bytes);
  expect((await brainwire("info", from)).code).toBe(0);
  const before = await brainwire("info", from, "--strict");
  expect(before.code).toBe(1);
  expect(before.stdout).toContain("EDF_PERSONAL_DATA: the header holds a patient code");
  expect(before.stdout + before.stderr).not.toContain("Harry");
  expect(before.stderr).toBe(`error: ${from}: one thing is not as it should be\n`);
  expect((await brainwire("anonymize", from, to)).code).toBe(0);
  expect(await brainwire("info", to, "--strict")).toMatchObject({ code: 0, stderr: "" });
  const cleared = new Uint8Array(await readFile(to));
  expect(cleared.subarray(176)).toEqual(bytes.subarray(176));
}, 30_000);
