import { expect, test } from "@jest/globals";
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fileSource } from "../../src/formats/file-source.node.ts";
import { formatEdf } from "../../src/formats/edf/writer.ts";
import { examineFile } from "../../src/formats/examine.node.ts";
import { openFile } from "../../src/formats/open.node.ts";
import { openRecording } from "../../src/formats/open.ts";
import { synthetic } from "../../src/source/synthetic.ts";

const here = (name: string): string => fileURLToPath(new URL(`../../recordings/${name}`, import.meta.url));
const described = JSON.parse(readFileSync(here("demo.json"), "utf8"));

test("demo.json gives demo.edf, byte for byte", async () => {
  const made = await formatEdf(synthetic(described.simulation), described.file);
  expect(Buffer.compare(made, readFileSync(here("demo.edf")))).toBe(0);
});

test("demo.edf is a simulated EDF+C recording under 3 MB with both states annotated", async () => {
  expect(statSync(here("demo.edf")).size).toBeLessThan(3e6);
  const recording = await openRecording(await fileSource(here("demo.edf")));
  const summary = await recording.summary();
  await recording.close();
  expect(summary).toMatchObject({
    format: "EDF+C",
    durationSeconds: 200,
    diagnostics: [],
    gaps: [],
  });
  expect(summary.channels.map((c) => [c.label, c.sfreq, c.unit])).toEqual(
    described.simulation.electrodes.map((label: string) => [label, 200, "uV"]),
  );
  let onsetSeconds = 0;
  expect(summary.annotations).toEqual(
    described.simulation.schedule.map(({ state, seconds }: { state: string; seconds: number }) => {
      const annotation = { onsetSeconds, durationSeconds: seconds, text: state };
      onsetSeconds += seconds;
      return annotation;
    }),
  );
  expect(readFileSync(here("demo.edf")).toString("latin1", 8, 168)).toContain(
    "brainwire_simulator simulated_EEG",
  );
});

test("demo.edf has nothing that info --strict would find", async () => {
  const recording = await openFile(here("demo.edf"));
  expect(await examineFile(here("demo.edf"), recording)).toEqual([]);
  await recording.close();
});
