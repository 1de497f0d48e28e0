import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { findFiles } from "../../src/train/recording-files.node.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainwire-"));
  await mkdir(join(folder, "sub-01", "eeg"), { recursive: true });
  for (const name of ["S01R01.edf", "S01R02.edf", "S11R01.edf", "S01R01.txt", "sub-01/eeg/a+b_eeg.edf"])
    await writeFile(join(folder, name), "");
});
afterAll(() => rm(folder, { recursive: true }));

const named = async (...patterns: string[]) =>
  (await findFiles(patterns, folder)).map((path) => path.slice(folder.length + 1).replaceAll("\\", "/"));

test("files are found by patterns, in order, each once", async () => {
  expect(await named("S*R01.edf")).toEqual(["S01R01.edf", "S11R01.edf"]);
  expect(await named("S0?R0[12].edf", "S01R0*.edf")).toEqual(["S01R01.edf", "S01R02.edf"]);
  expect(await named("**/*.edf")).toHaveLength(4);
  expect(await named("sub-*/eeg/*_eeg.edf")).toEqual(["sub-01/eeg/a+b_eeg.edf"]);
  expect(await named("sub-01/eeg/a+b_eeg.edf")).toEqual(["sub-01/eeg/a+b_eeg.edf"]);
});

test("a pattern that finds nothing is an error that says where was looked", async () => {
  await expect(findFiles(["*.bdf"], folder)).rejects.toThrow(
    `data.recordings: '*.bdf' finds no file in ${folder}`,
  );
  await expect(findFiles(["none/*.edf"], folder)).rejects.toThrow("cannot be read");
});
