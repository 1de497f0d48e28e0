import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { Item } from "../../src/eeg/item.ts";
import type { ByteSource } from "../../src/formats/byte-source.ts";
import { fileSource } from "../../src/formats/file-source.node.ts";
import { openRecording } from "../../src/formats/open.ts";
import { describeWith, sharedData } from "../shared-data.ts";
import { collect } from "./edf/collect.ts";
import { readIndex } from "./edf/corpus-index.ts";

// What every reader keeps to, whatever the format, on every file of the corpus that opens.

/** A source that counts what is under way, and refuses to read once it is closed. */
async function watched(path: string): Promise<ByteSource & { readonly reading: number }> {
  const source = await fileSource(path);
  const state = { reading: 0, closed: false };
  return {
    ...source,
    get reading() {
      return state.reading;
    },
    async read(offset, length, scratch) {
      if (state.closed) throw new Error("read after close");
      state.reading++;
      try {
        return await source.read(offset, length, scratch);
      } finally {
        state.reading--;
      }
    },
    async close() {
      state.closed = true;
      await source.close();
    },
  };
}

/** Items with samples summed up, so that what was read can be compared later. */
function digest(items: readonly Item[]): unknown[] {
  return items.map((item) =>
    item.kind === "samples"
      ? { ...item, data: item.data.reduce((sum, value, i) => sum + (value || 0) * ((i % 7) + 1), 0) }
      : item,
  );
}

/** A marker comes before the samples that hold its onset. */
function expectMarkersInTime(items: readonly Item[]): void {
  let end = 0;
  for (const item of items) {
    if (item.kind === "info") end = 0;
    else if (item.kind !== "marker") end = item.start + item.nSamples;
    else if (item.onset >= 0) expect(item.onset).toBeGreaterThanOrEqual(end);
  }
}

describeWith(sharedData("recordings/formats/INDEX.tsv"), "every reader", (index) => {
  const folder = join(index, "..");
  const paths = (index === "" ? [] : readIndex(index))
    .filter((row) => row["role"] === "primary" && !/^(malformed|eeglab)/.test(row["path"]!))
    .filter((row) => Number(row["bytes"]) < 4e6)
    .map((row) => row["path"]!);

  test.each(paths)("%s: passes are alike, side by side or one after the other", async (path) => {
    const recording = await openRecording(await fileSource(join(folder, path)));
    for (const stream of recording.streams.keys()) {
      const [first, second]: [Item[], Item[]] = [[], []];
      const other = recording.items({ stream });
      for await (const item of recording.items({ stream })) {
        first.push(item);
        const { value, done } = await other.next();
        if (!done) second.push(value);
      }
      expect((await other.next()).done).toBe(true);
      // samples are their item's own: reading on has not changed them
      expect(digest(second)).toEqual(digest(first));
      const third: Item[] = [];
      for await (const item of recording.items({ stream })) third.push(item);
      expect(digest(third)).toEqual(digest(first));
      collect(first);
      expect(first[0]).toEqual({ kind: "info", stream: recording.streams[stream] });
      // EDF keeps annotations in records, perhaps in later ones than they are about
      if (!/^(edf|bdf)/.test(path)) expectMarkersInTime(first);
    }
    await recording.close();
  });

  test.each(paths)("%s: left midway, nothing is read any more", async (path) => {
    const source = await watched(join(folder, path));
    const recording = await openRecording(source);
    for (const stream of recording.streams.keys()) {
      for await (const item of recording.items({ stream })) if (item.kind === "samples") break;
      expect(source.reading).toBe(0);
      const unused = recording.items({ stream });
      await unused.next();
      await unused.return();
      expect(source.reading).toBe(0);
    }
    await recording.close();
  });
});
