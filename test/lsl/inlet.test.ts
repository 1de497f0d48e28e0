import { expect, test } from "@jest/globals";
import type { Item } from "../../src/eeg/item.ts";
import { sfreq } from "../../src/eeg/sfreq.ts";
import type { StreamInfo } from "../../src/eeg/stream-info.ts";
import { openLslInlet } from "../../src/lsl/inlet.node.ts";
import { openLslOutlet } from "../../src/lsl/outlet.node.ts";
import { describeWithLiblsl } from "./liblsl.ts";

const unique = (name: string): string => `${name} ${process.pid}`;

function made(name: string, nChannels = 3): StreamInfo {
  return {
    name,
    type: "EEG",
    sourceId: `serial of ${name}`,
    segment: 0,
    channels: ["O1", "O2", "Oz", "EOG"].slice(0, nChannels).map((label) => ({
      label,
      unit: "µV",
      type: label === "EOG" ? "eog" : "eeg",
      position: null,
      reference: "M1",
    })),
    sfreq: sfreq(250),
    t0: null,
    filters: [],
    delaySamples: 0,
    settleSamples: 0,
  };
}

describeWithLiblsl("inlet", () => {
  test("what an outlet pushes comes out bit for bit, in order", async () => {
    const info = made(unique("bits"));
    const outlet = await openLslOutlet(info);
    const inlet = await openLslInlet({ name: info.name });
    expect(
      inlet.info.channels.map(({ label, unit, type, reference }) => [label, unit, type, reference]),
    ).toEqual([
      ["O1", "µV", "eeg", "M1"],
      ["O2", "µV", "eeg", "M1"],
      ["Oz", "µV", "eeg", "M1"],
    ]);
    const total = 2000;
    const data = Float32Array.from({ length: 3 * total }, (_, i) => Math.sin(i) * 50);
    const items: Item[] = [];
    let received = 0;
    const begun = outlet.now();
    const reading = (async () => {
      for await (const item of inlet) {
        items.push(item);
        if (item.kind === "samples") received += item.nSamples;
        if (received >= total) break;
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (let start = 0; start < total; start += 100) {
      const chunk = new Float32Array(300);
      for (let c = 0; c < 3; c++)
        chunk.set(data.subarray(c * total + start, c * total + start + 100), c * 100);
      outlet.push({ kind: "samples", start, nSamples: 100, data: chunk }, (sample) => begun + sample / 250);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await reading;
    expect(items[0]).toEqual({ kind: "info", stream: inlet.info });
    const out = new Float32Array(3 * total);
    let next = 0;
    for (const item of items.slice(1)) {
      if (item.kind !== "samples") throw new Error(item.kind);
      expect(item.start).toBe(next);
      for (let c = 0; c < 3; c++)
        out.set(item.data.subarray(c * item.nSamples, (c + 1) * item.nSamples), c * total + next);
      next += item.nSamples;
    }
    expect(out).toEqual(data);
    expect(inlet.timeOf(0, 1000)! - begun - 4).toBeCloseTo(0, 3);
    await outlet.close();
  });
});
