import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { openXdf } from "../../../src/formats/xdf/reader.ts";
import { describeWith, sharedData } from "../../shared-data.ts";
import { memorySource } from "../edf/memory-source.ts";
import { damaged, edits, readAll } from "../fuzz.ts";

const seeds = ["minimal.xdf", "empty_streams.xdf", "made_boundary_chunks.xdf", "made_jitter_two_clocks.xdf"];

describeWith(sharedData("recordings/formats/xdf"), "damaged XDF files", (folder) => {
  const files = (folder === "" ? [] : seeds).map((name) => new Uint8Array(readFileSync(join(folder, name))));

  test("are read or refused with an EegError", async () => {
    const outcomes = { read: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), edits, async (bytes, changes) => {
        outcomes[await readAll(() => openXdf(memorySource(damaged(bytes, changes))))]++;
      }),
      { seed: 20240305, numRuns: Number(process.env["FUZZ_RUNS"] ?? 500) },
    );
    expect(outcomes.read).toBeGreaterThan(0);
    expect(outcomes.refused).toBeGreaterThan(0);
  });
});
