import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { openBrainVision } from "../../../src/formats/brainvision/reader.ts";
import { describeWith, sharedData } from "../../shared-data.ts";
import { damaged, edits, readAll } from "../fuzz.ts";
import { folderOf } from "../named-sources.ts";

const seeds = ["bv_int_16_mul", "bv_int_16_vec", "bv_ascii_mul", "bv_ascii_vec_comma", "bv_comma_names"];

describeWith(sharedData("recordings/formats/brainvision/made"), "damaged BrainVision files", (folder) => {
  const extensions = ["vhdr", "vmrk", "eeg"];
  const files = (folder === "" ? [] : seeds).map((name) =>
    extensions.map((extension) => new Uint8Array(readFileSync(join(folder, `${name}.${extension}`)))),
  );

  test("are read or refused with an EegError", async () => {
    const outcomes = { read: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files.keys()),
        fc.constantFrom(0, 0, 0, 1, 2),
        edits,
        async (seed, which, changes) => {
          const parts = files[seed]!.map((bytes, i) => (i === which ? damaged(bytes, changes) : bytes));
          const made = folderOf(
            Object.fromEntries(parts.map((bytes, i) => [`${seeds[seed]}.${extensions[i]}`, bytes])),
          );
          outcomes[await readAll(() => openBrainVision(made.source(`${seeds[seed]}.vhdr`)))]++;
        },
      ),
      { seed: 20240305, numRuns: Number(process.env["FUZZ_RUNS"] ?? 500) },
    );
    expect(outcomes.read).toBeGreaterThan(0);
    expect(outcomes.refused).toBeGreaterThan(0);
  });
});
