import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { EegError, type Diagnostic } from "../../src/eeg/errors.ts";
import { examineFile } from "../../src/formats/examine.node.ts";
import { openFile } from "../../src/formats/open.node.ts";
import { brainwire } from "../cli/run-cli.ts";
import { annotations, build, signal, type Built } from "./edf/build.ts";
import { makeGdf } from "./gdf/made-gdf.ts";

// Each fault that recordings are known for has a code, a sentence and a place, and `info --strict` fails on it.

/** Numbers of which no byte is rare. */
function noise(record: number, sample: number): number {
  const state = Math.imul((record * 4096 + sample + 1) * 2654435761, 0x2c1b3ce5);
  return (state ^ (state >>> 15)) >> 16;
}

/** EDF+ of two channels with nothing wrong. */
function file(more: Partial<Built> = {}, onset = (record: number): string => `+${record}`): Uint8Array {
  return build({
    reserved: "EDF+C",
    patient: "X X X X",
    recording: "Startdate 05-MAR-2024 X X X",
    date: "05.03.24",
    time: "10.15.00",
    nRecords: 12,
    signals: [
      signal("Cz", 256, noise),
      signal("Pz", 256, (r, i) => noise(r + 100, i)),
      annotations(30, (r) => `${onset(r)}\x14\x14\0`),
    ],
    ...more,
  });
}

const header = 256 * 4;
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const rest = (bytes: Uint8Array, change: (data: string) => string): Uint8Array =>
  bytesOf(latin1(bytes.subarray(0, header)) + change(latin1(bytes.subarray(header))));
const edited = (at: number, text: string): Uint8Array => {
  const bytes = file();
  bytes.set(bytesOf(text), at);
  return bytes;
};
const ordinary = (): Built["signals"] => [
  signal("Cz", 256, noise),
  signal("Pz", 256, (r, i) => noise(r + 9, i)),
];

/** A fault, the code it has, and whether the file is refused for it: then the sentence names the place. */
const faults: Readonly<Record<string, { code: string; bytes: Uint8Array; refused?: true }>> = {
  "text-mode transfer, CR LF for LF": {
    code: "EDF_HEADER",
    refused: true,
    bytes: rest(file(), (data) => data.replaceAll("\n", "\r\n")),
  },
  "text-mode transfer, LF for CR": {
    code: "EDF_TRANSFER",
    bytes: rest(file(), (data) => data.replaceAll("\r", "\n")),
  },
  "re-encoded as UTF-8": {
    code: "EDF_HEADER",
    refused: true,
    bytes: rest(file(), (data) => Buffer.from(data, "utf8").toString("latin1")),
  },
  "7-bit stripping": {
    code: "EDF_TRANSFER",
    bytes: rest(file(), (data) =>
      data.replace(/[\x80-\xff]/g, (c) => String.fromCharCode(c.charCodeAt(0) & 127)),
    ),
  },
  truncation: { code: "EDF_TRUNCATED", bytes: file().subarray(0, header + 5000) },
  "trailing bytes": { code: "EDF_TRAILING_BYTES", bytes: Buffer.concat([file(), Buffer.alloc(7, 1)]) },
  "overlapping records": {
    code: "EDF_OVERLAP",
    bytes: file({ reserved: "EDF+D" }, (r) => `+${r < 5 ? r : r - 0.25}`),
  },
  "backward records": {
    code: "EDF_TIME_BACKWARD",
    bytes: file({ reserved: "EDF+D" }, (r) => `+${r < 5 ? r : r - 3}`),
  },
  "TALs that are inconsistent": { code: "EDF_TAL", bytes: file({}, (r) => (r === 4 ? "4s" : `+${r}`)) },
  "a gap in a file marked continuous": { code: "EDF_GAP", bytes: file({}, (r) => `+${r < 5 ? r : r + 9}`) },
  "out-of-range samples": {
    code: "SAMPLE_OUT_OF_RANGE",
    bytes: build({
      nRecords: 3,
      signals: [
        { ...ordinary()[0]!, physicalMin: "-100", physicalMax: "100", digitalMin: "-100", digitalMax: "100" },
      ],
    }),
  },
  "a flat channel": {
    code: "CHANNEL_FLAT",
    bytes: build({ nRecords: 3, signals: [ordinary()[0]!, signal("Oz", 256, () => 77)] }),
  },
  "trailing zero padding": {
    code: "TRAILING_PADDING",
    bytes: build({
      nRecords: 3,
      signals: ordinary().map((one) => ({
        ...one,
        data: (r: number, i: number) => (r === 2 && i > 100 ? 0 : (one.data as typeof noise)(r, i)),
      })),
    }),
  },
  "an impossible date": { code: "EDF_START_TIME", bytes: edited(168, "31.02.24") },
  "an impossible birthdate": { code: "EDF_DATE", bytes: edited(8, "X F 31-FEB-1980 X ") },
  "a unit that cannot be, of an electrode": {
    code: "UNIT_UNKNOWN",
    bytes: build({ nRecords: 2, signals: [{ ...ordinary()[0]!, unit: "%" }] }),
  },
  "a unit that cannot be, of an EOG": {
    code: "UNIT_UNKNOWN",
    bytes: build({ nRecords: 2, signals: [ordinary()[0]!, { ...signal("EOG left", 256, noise), unit: "" }] }),
  },
  "personal data in an EDF+ header": {
    code: "EDF_PERSONAL_DATA",
    bytes: edited(8, "X F 05-MAR-1980 Someone "),
  },
  "personal data in a GDF header": { code: "GDF_PERSONAL_DATA", bytes: withName() },
};

function withName(): Uint8Array {
  const bytes = makeGdf({
    signals: [{ type: 3, samplesPerRecord: 100, physical: [-100, 100], digital: [-32768, 32767] }],
    data: new Uint8Array(Int16Array.from({ length: 100 }, (_, i) => noise(0, i)).buffer),
  });
  bytes.set(bytesOf("P1234 Someone"), 8);
  return bytes;
}

async function diagnose(path: string): Promise<readonly Diagnostic[] | EegError> {
  const recording = await openFile(path).catch((error: unknown) => {
    if (error instanceof EegError) return error;
    throw error;
  });
  if (recording instanceof EegError) return recording;
  const examined = await examineFile(path, recording);
  await recording.close();
  return [...recording.diagnostics, ...examined];
}

async function written(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), "brainwire-")), name);
  await writeFile(path, bytes);
  return path;
}

describe("diagnosis", () => {
  test("a file without faults has none", async () => {
    expect(await diagnose(await written("fine.edf", file()))).toEqual([]);
  });

  test.each(Object.entries(faults))("%s", async (_, { code, bytes, refused }) => {
    const found = await diagnose(await written("made.edf", bytes));
    if (refused) {
      expect(found).toBeInstanceOf(EegError);
      const { code: given, message } = found as EegError;
      expect(given).toBe(code);
      expect(message).toMatch(/made\.edf: .*\d+ bytes/);
      return;
    }
    const own = (found as readonly Diagnostic[]).filter((one) => one.code === code);
    expect(own.length).toBeGreaterThan(0);
    for (const { message, place } of own) {
      expect(message).toMatch(/^[^\n]{20,}$/);
      expect(Object.keys(place ?? {}).length).toBeGreaterThan(0);
    }
    // what is made to have one fault is not accused of another
    const others = (found as readonly Diagnostic[]).filter((one) => one.code !== code);
    expect(others.filter((one) => !/^(CHANNEL_FLAT|SAMPLE_|UNIT|EDF_PERSONAL)/.test(one.code))).toEqual([]);
  });

  test("info --strict fails on each, and on nothing else", async () => {
    const fine = await brainwire("info", await written("fine.edf", file()), "--strict");
    expect(fine.code).toBe(0);
    const strict = Object.values(faults).map(async ({ code, bytes, refused }) => {
      const ran = await brainwire("info", await written("made.edf", bytes), "--strict");
      const said = refused ? ran.code === 1 : ran.code === 1 && ran.stdout.includes(`${code}: `);
      return said ? null : { code, ran };
    });
    expect((await Promise.all(strict)).filter(Boolean)).toEqual([]);
  });
});
