import { fileURLToPath } from "node:url";
import { afterEach, expect, jest, test } from "@jest/globals";
import { decode } from "../../src/decode/decode.ts";
import type { Decision } from "../../src/eeg/decision.ts";
import { hertz } from "../../src/eeg/sfreq.ts";
import type { Item, Samples } from "../../src/eeg/item.ts";
import type { StreamInfo } from "../../src/eeg/stream-info.ts";
import { loadLiblsl } from "../../src/lsl/library.node.ts";
import { createMarkerInlet } from "../../src/lsl/marker-inlet.node.ts";
import { openLslOutlet } from "../../src/lsl/outlet.node.ts";
import { loadEncoder } from "../../src/model/load.node.ts";
import { replay } from "../../src/source/replay.node.ts";
import { describeWithLiblsl } from "../lsl/liblsl.ts";
import { sleep, unique } from "../lsl/made-stream.ts";
import { openHello } from "../server/harness.ts";
import { killServing, serve } from "./serving.ts";

jest.setTimeout(60_000);
afterEach(killServing);

const demo = fileURLToPath(new URL("../../recordings/demo.edf", import.meta.url));
const seconds = 20;

async function demoStart(): Promise<{ info: StreamInfo; items: Item[]; pieces: Samples[] }> {
  const items: Item[] = [];
  for await (const item of replay(demo, { chunkSeconds: 0.1 })) {
    if (item.kind !== "marker") items.push(item);
    if (item.kind === "samples" && item.start + item.nSamples >= seconds * 200) break;
  }
  const [first] = items;
  if (first?.kind !== "info") throw new TypeError("no info");
  return { info: first.stream, items, pieces: items.filter((item) => item.kind === "samples") };
}

describeWithLiblsl("brainwire serve lsl:...", () => {
  test("a stream comes in by LSL; its labels go out on the WebSocket and as LSL markers, those of `decode`", async () => {
    const { info, items, pieces } = await demoStart();
    const model = await loadEncoder("eyes");
    const expected: Decision[] = [];
    for await (const each of decode(items, model, { hopSeconds: 0.2, quality: "abstain", clock: "none" }))
      expected.push(each);
    const atLeast = expected.length - 1; // the last one may be decided by the end, which LSL does not tell

    const name = unique("amplifier");
    const outlet = await openLslOutlet({ ...info, name, type: "EEG", sourceId: name });
    const served = await serve(`lsl:type=EEG,name=${name}`, "--model", "eyes", "--hop-seconds", "0.2");
    expect(served.output()).toContain(`to LSL: ${name} decisions, ${name} probabilities`);
    const raw = await openHello(served.url);
    raw.send({ kind: "subscribe", stream: name, what: ["decisions"] });
    await raw.take("state");
    const markers = await createMarkerInlet(await loadLiblsl(), `${name} decisions`);
    markers.pull();
    await sleep(300);

    const begun = outlet.now();
    for (const piece of pieces) {
      outlet.push(piece, (sample) => begun + sample / hertz(info.sfreq));
      await sleep(5);
    }
    const received: Decision[] = [];
    while (received.length < atLeast) {
      const { timing: _, ...decision } = (await raw.take("decision")).decision as Decision;
      received.push(decision);
    }
    expect(received).toEqual(expected.slice(0, atLeast));
    const heard: { readonly time: number; readonly text: string }[] = [];
    for (let waited = 0; heard.length < atLeast && waited < 500; waited++) {
      markers.pull();
      for (const { onset, text } of markers.until(Infinity, (time) => time))
        heard.push({ time: onset, text });
      await sleep(20);
    }
    expect(heard.length).toBeGreaterThanOrEqual(atLeast);
    expect(heard.map(({ text }) => text)).toEqual(
      expected.slice(0, heard.length).map(({ label, reasons }) => label ?? `abstained:${reasons.join(",")}`),
    );
    for (const [i, { time }] of heard.entries())
      expect(Math.abs(time - begun - expected[i]!.time)).toBeLessThan(0.01); // probes of the clock, on a busy machine

    await markers.close();
    served.stop();
    expect(await served.ended).toBe(0);
    await outlet.close();
  });
});
