import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, expect, test } from "@jest/globals";
import { decode } from "../../src/decode/decode.ts";
import type { Decision } from "../../src/eeg/decision.ts";
import { hertz } from "../../src/eeg/sfreq.ts";
import type { Item, Samples } from "../../src/eeg/item.ts";
import type { StreamInfo } from "../../src/eeg/stream-info.ts";
import { openLslInlet } from "../../src/lsl/inlet.node.ts";
import { loadLiblsl } from "../../src/lsl/library.node.ts";
import { createMarkerInlet } from "../../src/lsl/marker-inlet.node.ts";
import { findStream } from "../../src/lsl/discovery.node.ts";
import { openLslOutlet, type LslOutlet } from "../../src/lsl/outlet.node.ts";
import { addLslStream, type ServedLslStream } from "../../src/server/lsl-stream.ts";
import { replay } from "../../src/source/replay.node.ts";
import { randomModel } from "../model/random-model.ts";
import { decodingBy, openHello, startTestServer, stopServers } from "../server/harness.ts";
import { describeWithLiblsl } from "./liblsl.ts";
import { sleep, stopAll, unique } from "./made-stream.ts";

const demo = fileURLToPath(new URL("../../recordings/demo.edf", import.meta.url));
const seconds = 20;
const model = randomModel();

let info: StreamInfo;
let pieces: Samples[];
let expected: Decision[];

function bare(decision: Decision): Decision {
  const { timing: _, ...rest } = decision;
  return rest;
}

beforeAll(async () => {
  const items: Item[] = [];
  pieces = [];
  for await (const item of replay(demo, { chunkSeconds: 0.1 })) {
    if (item.kind === "info") info = item.stream;
    if (item.kind === "samples") pieces.push(item);
    if (item.kind !== "marker") items.push(item);
    if (item.kind === "samples" && item.start + item.nSamples >= seconds * hertz(info.sfreq)) break;
  }
  expected = [];
  for await (const decision of decode(items, model)) expected.push(bare(decision));
});
afterEach(async () => {
  await stopAll();
  await stopServers();
});

/** Sends the recording as a device would, some times as fast. @returns when its first sample was */
async function send(outlet: LslOutlet, speed: number): Promise<number> {
  const begun = outlet.now();
  for (const piece of pieces) {
    outlet.push(piece, (sample) => begun + sample / hertz(info.sfreq));
    await sleep((1000 * 0.1) / speed);
  }
  return begun;
}

describeWithLiblsl("decisions by LSL", () => {
  test("on a recording that came by LSL are those of `decode` on its file, bit for bit", async () => {
    const name = unique("demo");
    const outlet = await openLslOutlet({ ...info, name, type: "EEG", sourceId: name });
    const inlet = await openLslInlet({ name });
    const got: Decision[] = [];
    const reading = (async () => {
      for await (const decision of decode(inlet, model))
        if (got.push(bare(decision)) === expected.length - 1) break;
    })();
    await sleep(300);
    await send(outlet, 20);
    await reading;
    expect(got).toEqual(expected.slice(0, -1));
    await outlet.close();
  });

  test("go out as markers and numbers, stamped with their sample's time, and by WebSocket", async () => {
    const name = unique("served");
    const lsl = await loadLiblsl();
    const outlet = await openLslOutlet({ ...info, name, type: "EEG", sourceId: name });
    const decoding = decodingBy(model);
    const server = await startTestServer({ decoding });
    const served: ServedLslStream = await addLslStream(server, `lsl:type=EEG,name=${name}`, decoding);
    expect(served.outlets).toEqual([`${name} decisions`, `${name} probabilities`]);
    const raw = await openHello(server.url);
    raw.send({ kind: "subscribe", what: ["decisions", "samples"] });
    const markers = await createMarkerInlet(lsl, `${name} decisions`);
    const found = await findStream(lsl, { name: `${name} probabilities` });
    const numbers = lsl.createInlet(found.handle, { bufferSeconds: 60, recover: true });
    lsl.destroyInfo(found.handle);
    const xml = (await lsl.fullXml(numbers, 5))!;
    for (const label of [...model.manifest.labels, "abstained"])
      expect(xml).toContain(`<label>${label}</label>`);
    markers.pull();
    lsl.pullNumbers(numbers, new Float64Array(3), new Float64Array(1));
    await sleep(300);

    const begun = await send(outlet, 20);
    const heard: { time: number; text: string }[] = [];
    const rows: { time: number; values: number[] }[] = [];
    const width = model.manifest.labels.length + 1;
    for (let waited = 0; heard.length < expected.length - 1 && waited < 500; waited++) {
      markers.pull();
      for (const { onset, text } of markers.until(Infinity, (time) => time))
        heard.push({ time: onset, text });
      const values = new Float64Array(width * 1000);
      const stamps = new Float64Array(1000);
      const n = lsl.pullNumbers(numbers, values, stamps)!;
      for (let i = 0; i < n; i++)
        rows.push({ time: stamps[i]!, values: [...values.subarray(i * width, (i + 1) * width)] });
      await sleep(20);
    }
    const known = expected.slice(0, heard.length);
    expect(heard.length).toBeGreaterThanOrEqual(expected.length - 1);
    expect(heard.map(({ text }) => text)).toEqual(
      known.map(({ label, reasons }) => label ?? `abstained:${reasons.join(",")}`),
    );
    for (const [i, { time }] of heard.entries())
      expect(Math.abs(time - begun - known[i]!.time)).toBeLessThan(0.0025); // half a sample: what probes of the clock may be off by on a busy machine
    expect(rows.length).toBe(heard.length);
    for (const [i, { time, values }] of rows.entries()) {
      const { probabilities, abstained } = known[i]!;
      expect(time).toBeCloseTo(heard[i]!.time, 2);
      expect(values.at(-1)).toBe(Number(abstained));
      const told = model.manifest.labels.map((label) => Math.fround(probabilities?.[label] ?? Number.NaN));
      expect(values.slice(0, -1)).toEqual(told);
    }
    const message = await raw.take("decision");
    expect(bare(message.decision as Decision)).toEqual(expected[0]);
    await markers.close();
    await lsl.destroyInlet(numbers);
    await server.close();
    await served.close();
    await outlet.close();
  });
});
