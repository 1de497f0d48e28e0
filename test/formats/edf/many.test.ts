import { expect, test } from "@jest/globals";
import { openEdf } from "../../../src/formats/edf/reader.ts";
import { annotations, build, signal } from "./build.ts";
import { collectStream } from "./collect.ts";
import { memorySource } from "./memory-source.ts";

test("eight rates in one file, 1 Hz to 20 kHz: a stream for each, all with their own numbers", async () => {
  const rates = [256, 1, 20_000, 8, 100, 1000, 256, 50, 512];
  const value = (s: number, i: number): number => ((i * 7 + s * 1000) % 60_000) - 30_000;
  const bytes = build({
    nRecords: 3,
    signals: rates.map((rate, s) => signal(`S${s}`, rate, (r, i) => value(s, r * rate + i))),
  });
  const recording = await openEdf(memorySource(bytes));
  expect(recording.streams.map(({ sfreq }) => sfreq.num / sfreq.den)).toEqual([
    256, 1, 20_000, 8, 100, 1000, 50, 512,
  ]);
  for (const [stream, info] of recording.streams.entries()) {
    const { data, nSamples } = await recording.readStretch({ stream, start: 0, nSamples: 100_000 });
    expect(nSamples).toBe(3 * info.sfreq.num);
    for (const [c, { label }] of info.channels.entries()) {
      const s = Number(label.slice(1));
      for (const i of [0, 1, nSamples >> 1, nSamples - 1]) expect(data[c * nSamples + i]).toBe(value(s, i));
    }
    const { items } = await collectStream(recording, stream);
    expect(items.at(-1)).toMatchObject({ kind: "samples" });
  }
});

test("three hundred annotation signals among the others: every text, in order of the file", async () => {
  const n = 300;
  const bytes = build({
    reserved: "EDF+C",
    nRecords: 2,
    signals: [
      annotations(8, (r) => `+${r}\x14\x14\0`),
      signal("Cz", 100, (_, i) => i),
      ...Array.from({ length: n }, (_, k) => annotations(8, (r) => `+${r}.${k}\x14t${k}\x14\0`)),
      signal("Pz", 100, (_, i) => -i),
    ],
  });
  const recording = await openEdf(memorySource(bytes));
  const { annotations: texts, channels, gaps } = await recording.summary();
  expect(channels.map(({ label }) => label)).toEqual(["Cz", "Pz"]);
  expect(gaps).toEqual([]);
  expect(texts.length).toBe(2 * n);
  expect(new Set(texts.map(({ text }) => text)).size).toBe(n);
  const { data } = await recording.readStretch({ start: 100, nSamples: 100 });
  expect([data[0], data[99], data[100], data[199]]).toEqual([0, 99, 0, -99].map((v) => v + 0));
});
