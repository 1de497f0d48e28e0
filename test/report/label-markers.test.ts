import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { Decision } from "../../src/eeg/decision.ts";
import { openFile } from "../../src/formats/open.node.ts";
import type { Recording } from "../../src/formats/recording.ts";
import { createLabelMarkers } from "../../src/report/label-markers.ts";
import { brainwire } from "../cli/run-cli.ts";

test("neighbouring decisions of one label are one marker, until the next say something else", () => {
  const markers = createLabelMarkers();
  const labels = [null, "a", "a", "b", null, "b", "b"];
  labels.forEach((label, i) => markers.push({ sample: 100 + 20 * i, label } as Decision));
  markers.push({ sample: 50, label: "a" } as Decision); // a segment begins
  markers.push({ sample: 70, label: "a" } as Decision);
  expect(
    markers.result().map((segment) => segment.map(({ text, onset, duration }) => [text, onset, duration])),
  ).toEqual([
    [
      ["decoded/a", 120, 40],
      ["decoded/b", 160, 20],
      ["decoded/b", 200, 40],
    ],
    [["decoded/a", 50, 40]],
  ]);
});

async function samplesOf(recording: Recording): Promise<Float32Array[]> {
  const out: Float32Array[] = [];
  for await (const item of recording.items()) if (item.kind === "samples") out.push(item.data);
  return out;
}

test("decode --annotate writes a copy with the same samples, its own annotations, and the labels", async () => {
  const copy = join(await mkdtemp(join(tmpdir(), "brainwire-")), "copy.edf");
  const args = ["decode", "recordings/demo.edf", "--model", "eyes", "--annotate"];
  const { code, stderr } = await brainwire(...args, copy);
  expect(code).toBe(0);
  expect(stderr).toContain("copy.edf: EDF+C, 8 annotations added");
  const [before, after] = [await openFile("recordings/demo.edf"), await openFile(copy)];
  const { annotations } = await after.summary();
  expect(annotations.filter(({ text }) => !text.startsWith("decoded/"))).toEqual(
    (await before.summary()).annotations,
  );
  const decoded = annotations.filter(({ text }) => text.startsWith("decoded/"));
  expect(decoded).toHaveLength(8);
  expect(decoded[0]).toMatchObject({ text: "decoded/eyes-open", onsetSeconds: 3.06 });
  expect(await samplesOf(after)).toEqual(await samplesOf(before));
  await Promise.all([before.close(), after.close()]);
  const wrong = await brainwire(...args, "copy.txt");
  expect(wrong.stderr).toContain("expected a name that ends in .edf or .bdf");
}, 60_000);
