import { afterAll, afterEach, expect, test } from "@jest/globals";
import { createCapture } from "../../src/capture/create-capture.ts";
import { verifyCapture } from "../../src/capture/verify.ts";
import { openLslSource } from "../../src/cli/lsl-source.ts";
import { openLslOutlet } from "../../src/lsl/outlet.node.ts";
import { createEngine } from "../../src/model/engines.ts";
import { describeWithLiblsl } from "../lsl/liblsl.ts";
import { stopAll, unique } from "../lsl/made-stream.ts";
import { labels, noise, streamInfo } from "../tokens/signals.ts";
import { cleanUp, model, roomFor } from "./made-capture.ts";

afterEach(stopAll);
afterAll(cleanUp);

describeWithLiblsl("a stream of LSL", () => {
  const gate = { ...model, manifest: { ...model.manifest, name: "gate", labels: ["rest", "move"] } };
  test.each([
    ["on its own", {}, {}],
    ["behind a gate", { gate, gateThreshold: 0.4 }, { gate: { name: "gate", threshold: 0.4 } }],
  ])("is decoded %s while it is captured, and gives the same decisions again", async (_, behind, told) => {
    const name = unique("captured");
    const info = { ...streamInfo(), name, sourceId: name, type: "EEG" };
    const outlet = await openLslOutlet(info);
    const engine = createEngine(model, { engine: "wasm" });
    const source = await openLslSource(`lsl:name=${name}`, { model, engine, smoothSeconds: 0.5, ...behind });
    const folder = await roomFor("lsl");
    const capture = await createCapture(folder, { source: source.origin, versions: {} });
    const begun = outlet.now();
    let start = 0;
    const sending = setInterval(() => {
      const samples = { ...noise(labels.length, 16, start + 1), start };
      outlet.push(samples, (sample) => begun + sample / 160);
      start += 16;
    }, 20);
    try {
      for await (const event of source.events()) {
        await capture.push(event);
        if (capture.progress.decisions >= 60) break;
      }
    } finally {
      clearInterval(sending);
      source.close();
      await outlet.close();
    }
    await capture.end("enough");
    const verdict = await verifyCapture(folder, { model, ...behind });
    expect(verdict).toMatchObject({ holds: true, close: 0, incomparable: 0, missing: 0 });
    expect(verdict.equal).toBe(verdict.decisions);
    expect(verdict.manifest.decoder!.pipeline).toMatchObject({ smoothSeconds: 0.5, ...told });
    expect(verdict.manifest.source).toMatchObject({ stream: name });
    await engine.release();
  });
});
