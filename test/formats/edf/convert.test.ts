import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { EegError } from "../../../src/eeg/errors.ts";
import { equalSfreq } from "../../../src/eeg/sfreq.ts";
import { measureStream, writtenRange } from "../../../src/formats/edf/extent.ts";
import { fitEdf, markersFirst } from "../../../src/formats/edf/fitting.ts";
import { openEdf } from "../../../src/formats/edf/reader.ts";
import { formatEdf } from "../../../src/formats/edf/writer.ts";
import { fileSource } from "../../../src/formats/file-source.node.ts";
import { openRecording } from "../../../src/formats/open.ts";
import type { Recording } from "../../../src/formats/recording.ts";
import { describeWith, sharedData } from "../../shared-data.ts";
import { brainwire } from "../../cli/run-cli.ts";
import { collectStream } from "./collect.ts";
import { readIndex } from "./corpus-index.ts";
import { memorySource } from "./memory-source.ts";
import { segmentsOf } from "./segments-of.ts";

/** Writes a stream, reads it again, and throws where the two differ by more than rounding may. */
async function comparesEqual(recording: Recording, stream: number, bits: 16 | 24): Promise<void> {
  const fitting = await fitEdf(recording, { bits, stream });
  const { items } = await collectStream(recording, stream);
  const bytes = await formatEdf(markersFirst(recording.items({ stream })), fitting.options);
  const written = await openEdf(memorySource(bytes));
  const { items: back } = await collectStream(written, 0);
  const [wanted, got] = [segmentsOf(items), segmentsOf(back)];
  expect(got).toHaveLength(wanted.length);
  const info = recording.streams[stream]!;
  if (!written.diagnostics.some(({ code }) => code === "EDF_RECORD_DURATION"))
    expect(equalSfreq(written.streams[0]!.sfreq, info.sfreq)).toBe(true);
  for (const [s, want] of wanted.entries()) {
    const has = got[s]!;
    expect(has.gaps).toEqual(want.gaps);
    if (want.info.t0 !== null) expect(has.info.t0).toBe(want.info.t0);
    const markers = (segment: typeof has): string[] =>
      segment.markers
        .map(({ text, channel }) => (channel === undefined ? text : `${text}@@${channel}`))
        // oxlint-disable-next-line no-control-regex -- they structure the lists of a file
        .map((text) => text.replace(/[\x00\x14\x15]/g, " "))
        .filter((text) => text !== "");
    expect(markers(has)).toEqual(markers(want));
    for (const [c, values] of want.channels.entries()) {
      const range = fitting.options.range!(info.channels[c]!, c);
      const step = "unit" in range ? 0 : (range[1] - range[0]) / (2 ** bits - 2);
      const largest = Math.max(...(fitting.extent.ranges[c] ?? [0, 0]).map(Math.abs));
      const slack = 0.5 * step * (1 + 1e-9) + 1.5e-7 * largest; // the latter is float32
      expect(has.channels[c]).toHaveLength(values.length);
      values.forEach((value, i) => {
        const read = has.channels[c]![i]!;
        if (!(Number.isNaN(value) ? Number.isNaN(read) : Math.abs(read - value) <= slack))
          throw new Error(
            `'${info.channels[c]!.label}', sample ${i}: ${value} came back as ${read}, step ${step}`,
          );
      });
    }
  }
}

/** Whether its numbers are such as a header can name: floats read from other bytes go to 1e38. */
async function isRecording(recording: Recording, stream: number): Promise<boolean> {
  const { ranges } = await measureStream(recording.items({ stream }));
  return ranges.every((range) => (range ?? []).every((value) => Math.abs(value) < 1e29));
}

describeWith(
  sharedData("recordings/formats"),
  "every recording of the corpus comes back from EDF and BDF",
  (folder) => {
    const files = readIndex(join(folder, "INDEX.tsv")).filter(
      ({ kind, role, bytes }) => kind !== "malformed" && role === "primary" && Number(bytes) < 150_000,
    );
    test.each(files.map(({ path }) => path!))("%s", async (path) => {
      const recording = await openRecording(await fileSource(join(folder, path))).catch((error: unknown) => {
        if (error instanceof EegError) return null;
        throw error;
      });
      if (!recording) return; // EEGLAB, and others that are not read
      try {
        for (const stream of recording.streams.keys())
          for (const bits of [16, 24] as const)
            if (await isRecording(recording, stream)) await comparesEqual(recording, stream, bits);
            else
              await expect(fitEdf(recording, { bits, stream })).rejects.toMatchObject({
                code: "OPTION_INVALID",
              });
      } finally {
        await recording.close();
      }
    });
  },
);

test("the narrowest range that eight characters can say", () => {
  expect(writtenRange(-1.5, 2)).toEqual([-1.5, 2]);
  expect(writtenRange(-123456.78, 0.000001234)).toEqual([-123457, 0.00001]);
  expect(writtenRange(3, 3)).toEqual([2, 4]);
  expect(writtenRange(-12002900, 123456789)).toEqual([-1.21e7, 1.24e8]);
  expect(() => writtenRange(0, 1e300)).toThrow("1e+300 is no number of a recording");
});

test("convert says what it did, and refuses other endings in one sentence", async () => {
  const folder = await mkdtemp(join(tmpdir(), "brainwire-"));
  const out = join(folder, "demo.bdf");
  const { code, stderr } = await brainwire("convert", "recordings/demo.edf", out);
  expect({ code, stderr }).toEqual({ code: 0, stderr: `${out}: BDF+C, 32 channels\n` });
  const other = await brainwire("convert", "recordings/demo.edf", join(folder, "demo.set"));
  expect(other).toMatchObject({
    code: 1,
    stderr: `error: ${join(folder, "demo.set")}: expected a name that ends in .edf or .bdf\n`,
  });
  await writeFile(join(folder, "none.edf"), "");
  expect((await brainwire("convert", join(folder, "none.edf"), join(folder, "x.edf"))).code).toBe(1);
  expect((await readdir(folder)).toSorted()).toEqual(["demo.bdf", "none.edf"]);
}, 30_000);
