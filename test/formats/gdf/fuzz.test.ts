import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { openGdf } from "../../../src/formats/gdf/reader.ts";
import { describeWith, sharedData } from "../../shared-data.ts";
import { memorySource } from "../edf/memory-source.ts";
import { damaged, edits, readAll } from "../fuzz.ts";

const seeds = [
  "made_gdf211.gdf",
  "made_gdf220_uint8.gdf",
  "libgdf_Header3Tag1.gdf",
  "libgdf_NEQSuint32Ch678.GDF",
];

describeWith(sharedData("recordings/formats/gdf"), "damaged GDF files", (folder) => {
  const files = (folder === "" ? [] : seeds).map((name) => new Uint8Array(readFileSync(join(folder, name))));

  test("are read or refused with an EegError", async () => {
    const outcomes = { read: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), edits, async (bytes, changes) => {
        outcomes[await readAll(() => openGdf(memorySource(damaged(bytes, changes))))]++;
      }),
      { seed: 20240305, numRuns: Number(process.env["FUZZ_RUNS"] ?? 500) },
    );
    expect(outcomes.read).toBeGreaterThan(0);
    expect(outcomes.refused).toBeGreaterThan(0);
  });
});
