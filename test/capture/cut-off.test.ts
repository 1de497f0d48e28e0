import { copyFile, mkdir, readdir, readFile, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { verifyCapture } from "../../src/capture/verify.ts";
import { captureOf, cleanUp, frames, model, roomFor, served } from "./made-capture.ts";

afterAll(cleanUp);

async function copyOf(folder: string): Promise<string> {
  const copy = await roomFor("copy");
  await mkdir(copy);
  for (const name of await readdir(folder)) await copyFile(join(folder, name), join(copy, name));
  return copy;
}

const lines = async (path: string): Promise<number> => (await readFile(path, "utf8")).split("\n").length - 1;

test("whatever bytes its files are cut at, a capture verifies up to its last whole records", async () => {
  const folder = await captureOf(served([frames(3), frames(3, 9)]), { end: "live" });
  const frameBytes = 32 + 4 * 13 * 8;
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  await fc.assert(
    fc.asyncProperty(fc.record({ samples: share, decisions: share, log: share }), async (kept) => {
      const copy = await copyOf(folder);
      const size: Record<string, number> = {};
      for (const [name, part] of [
        ["samples.bin", kept.samples],
        ["decisions.jsonl", kept.decisions],
        ["log.jsonl", kept.log],
      ] as const) {
        size[name] = Math.floor((await stat(join(copy, name))).size * part);
        await truncate(join(copy, name), size[name]);
      }
      const verdict = await verifyCapture(copy, { model });
      expect(verdict).toMatchObject({ cutOff: true, different: 0, missing: 0 });
      expect(verdict.decisions).toBe(await lines(join(copy, "decisions.jsonl")));
      expect(verdict.equal + verdict.close + verdict.incomparable).toBe(verdict.decisions);
      // a gap that the log lost is a hole that nobody can explain; nothing else is a fault
      const data = verdict.causes.filter(({ message }) => !/^segment-\d\.bdf/.test(message));
      if (kept.log === 1) expect(data).toEqual([]);
      if (kept.log === 1 && kept.samples * 2 < 1)
        expect(verdict.files.bytesBehind).toBe(size["samples.bin"]! % frameBytes);
    }),
    { numRuns: 25, seed: 11 },
  );
});

test("zeros at the end, which a disk leaves that lost power, are no damage", async () => {
  const folder = await captureOf(served([frames(2)]), { end: "live" });
  for (const name of ["samples.bin", "decisions.jsonl", "log.jsonl"]) {
    const { size } = await stat(join(folder, name));
    await truncate(join(folder, name), size - 30);
    await truncate(join(folder, name), size + 4000);
  }
  const verdict = await verifyCapture(folder, { model });
  expect(verdict.causes).toEqual([]);
  expect(verdict.equal).toBeGreaterThan(5);
});
