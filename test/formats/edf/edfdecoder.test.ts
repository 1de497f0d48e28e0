import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "@jest/globals";
import { openEdf } from "../../../src/formats/edf/reader.ts";
import { describeWith, eegmmidb } from "../../shared-data.ts";
import { collectStream } from "./collect.ts";
import { memorySource } from "./memory-source.ts";

/** What of edfdecoder is used here; it has no types of its own. */
interface Decoder {
  setInput(bytes: ArrayBuffer): void;
  decode(): void;
  getOutput(): {
    getNumberOfRecords(): number;
    getSignalLabel(signal: number): string;
    getPhysicalSignalConcatRecords(signal: number, first: number, count: number): Float32Array;
  };
}

const { EdfDecoder } = createRequire(import.meta.url)("edfdecoder") as { EdfDecoder: new () => Decoder };

describeWith(eegmmidb("S001R04"), "a real recording, against edfdecoder", (path) => {
  test("the same samples in all 64 channels, and the annotations that it does not read", async () => {
    const bytes = new Uint8Array(readFileSync(path));
    const decoder = new EdfDecoder();
    decoder.setInput(bytes.slice().buffer);
    decoder.decode();
    const output = decoder.getOutput();
    const recording = await openEdf(memorySource(bytes));
    const { channels, markers, infos } = await collectStream(recording, 0);
    expect(infos[0]!.channels.length).toBe(64);
    infos[0]!.channels.forEach((channel, c) => {
      expect(channel).toMatchObject({ label: output.getSignalLabel(c).trim(), unit: "µV", type: "eeg" });
      expect(channel.position).not.toBeNull();
      const theirs = output.getPhysicalSignalConcatRecords(c, 0, output.getNumberOfRecords());
      expect(channels[c]!.length).toBe(theirs.length);
      expect(theirs.findIndex((value, i) => Math.abs(value - channels[c]![i]!) > 1e-4)).toBe(-1);
    });
    expect(markers.length).toBe(30);
    expect(markers.slice(0, 2)).toEqual([
      { kind: "marker", onset: 0, duration: 672, text: "T0" },
      { kind: "marker", onset: 672, duration: 656, text: "T2" },
    ]);
    expect(infos[0]!.filters).toEqual([]);
    expect(recording.diagnostics).toEqual([]);
  });
});
