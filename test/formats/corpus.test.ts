import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { fileSource } from "../../src/formats/file-source.node.ts";
import { openRecording } from "../../src/formats/open.ts";
import { describeWith, sharedData } from "../shared-data.ts";
import { readIndex } from "./edf/corpus-index.ts";

// A file added to the corpus is a test added: each belongs to one of the loops that hold it to its oracle.

const loops: Readonly<Record<string, RegExp>> = {
  "edf/corpus.test.ts": /^(edf|bdf)\//,
  "edf/malformed.test.ts": /^malformed\/.*\.(edf|bdf)$/i,
  "brainvision/corpus.test.ts": /^(brainvision|malformed)\/.*\.[av]hdr$/,
  "gdf/corpus.test.ts": /^(gdf|malformed)\/.*\.gdf$/i,
  "xdf/corpus.test.ts": /^(xdf|malformed)\/.*\.xdf$/i,
};

const formats: Readonly<Record<string, RegExp>> = {
  edf: /^EDF/,
  bdf: /^BDF/,
  brainvision: /^BrainVision$/,
  gdf: /^GDF \d/,
  xdf: /^XDF$/,
};

describeWith(sharedData("recordings/formats/INDEX.tsv"), "the corpus of recordings", (index) => {
  const folder = join(index, "..");
  const rows = (index === "" ? [] : readIndex(index)).filter(({ path }) => !path!.startsWith("eeglab/"));
  const primary = rows.filter(({ role }) => role === "primary").map(({ path }) => path!);

  test("each recording is held to its oracle by one loop", () => {
    for (const path of primary) {
      const holders = Object.keys(loops).filter((name) => loops[name]!.test(path));
      expect([path, holders.length]).toEqual([path, 1]);
    }
  });

  test("each file of the folders is in the index", () => {
    const known = new Set(rows.map(({ path }) => path!));
    for (const kind of [...Object.keys(formats), "malformed"])
      for (const entry of readdirSync(join(folder, kind), { recursive: true, withFileTypes: true }))
        if (entry.isFile()) {
          const path = join(entry.parentPath, entry.name).slice(folder.length + 1);
          expect([path, known.has(path)]).toEqual([path, true]);
        }
  });

  test("each recording is recognised by its content, whatever it is called", async () => {
    for (const path of primary) {
      const format = formats[path.split("/")[0]!];
      if (!format) continue;
      const source = await fileSource(join(folder, path));
      const recording = await openRecording({ ...source, name: "recording.bin" }).catch(async (error) => {
        // the files of a BrainVision recording are found by its header's name
        if (!path.startsWith("brainvision/")) throw error;
        return openRecording(await fileSource(join(folder, path)));
      });
      expect((await recording.summary()).format).toMatch(format);
      await recording.close();
    }
  });
});
