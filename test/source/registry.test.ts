import { expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { cachedPath } from "../../src/source/fetch.node.ts";
import { readRegistry } from "../../src/source/registry.node.ts";
import { findRecording, parseRegistry } from "../../src/source/registry.ts";
import { describeWith, eegmmidb } from "../shared-data.ts";

test("the registry names EEGMMIDB's recordings", async () => {
  const registry = await readRegistry();
  expect(registry.baseUrl).toBe("https://physionet.org/files");
  const [eegmmidb] = registry.datasets;
  expect(eegmmidb?.recordings).toHaveLength(698);
  expect(findRecording(registry, "eegmmidb/S001R01")).toEqual({
    name: "eegmmidb/S001R01",
    path: "eegmmidb/1.0.0/S001/S001R01.edf",
    bytes: 1275936,
    sha256: "4743b736131a7e147c150e8b37711029b6cda5e356c4b3e8261a03cdcaaf8b0c",
    sfreq: 160,
    channels: 64,
    task: "rest, eyes open",
  });
  expect(findRecording(registry, "eegmmidb/S088R04").sfreq).toBe(128);
});

test("an unknown name is answered with those near it", async () => {
  const registry = await readRegistry();
  for (const [asked, near] of [
    ["eegmmidb/S1R01", "eegmmidb/S001R01"],
    ["s001r01", "eegmmidb/S001R01"],
    ["eegmidb/S042R02", "eegmmidb/S042R02"],
  ])
    expect(() => findRecording(registry, asked!)).toThrow(
      expect.objectContaining({ code: "RECORDING_UNKNOWN", message: expect.stringContaining(near!) }),
    );
});

test("a registry of another shape is refused", () => {
  expect(() => parseRegistry('{"format":"brainwire-recordings/2"}')).toThrow();
  expect(() => parseRegistry("{")).toThrow(SyntaxError);
});

describeWith(eegmmidb("S001R01"), "with a recording in the cache", (path) => {
  test("its hash, its length and its place are the registry's", async () => {
    const recording = findRecording(await readRegistry(), "eegmmidb/S001R01");
    const bytes = readFileSync(path);
    expect(bytes).toHaveLength(recording.bytes);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(recording.sha256);
    expect(cachedPath(recording)).toBe(path);
  });
});
