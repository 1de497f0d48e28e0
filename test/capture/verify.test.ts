import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { configurationHash, readManifest, type CaptureManifest } from "../../src/capture/manifest.ts";
import { verifyCapture, type Verdict } from "../../src/capture/verify.ts";
import { formatCalibration, type Calibration } from "../../src/decode/calibration.ts";
import { calibrationHash } from "../../src/decode/pipeline.ts";
import { createEngine } from "../../src/model/engines.ts";
import { randomModel } from "../model/random-model.ts";
import { captureOf, cleanUp, frames, model, served } from "./made-capture.ts";

afterAll(cleanUp);

const edit = async (folder: string, name: string, change: (text: string) => string): Promise<void> =>
  writeFile(join(folder, name), change(await readFile(join(folder, name), "utf8")));

async function editManifest(folder: string, change: (manifest: CaptureManifest) => unknown): Promise<void> {
  await edit(folder, "capture.json", (text) => JSON.stringify(change(JSON.parse(text) as CaptureManifest)));
}

const causes = ({ causes: found }: Verdict): string[] =>
  found.map(({ kind, message }) => `${kind}: ${message}`);

describe("a capture that ended", () => {
  test("gives the same decisions, bit for bit, over segments and gaps", async () => {
    const folder = await captureOf(served([frames(6), frames(5, 8)]));
    const verdict = await verifyCapture(folder, { model });
    expect(verdict).toMatchObject({
      holds: true,
      cutOff: false,
      segments: 2,
      close: 0,
      missing: 0,
      first: null,
    });
    expect(verdict.decisions).toBe(verdict.equal);
    expect(verdict.equal).toBeGreaterThan(90);
    expect(verdict.files).toMatchObject({ faults: [], notes: [], bytesBehind: 0, lackingSeconds: 0 });
    expect(verdict.files.steps).toBeLessThanOrEqual(0.51);
    expect(verdict.files.signalSamples).toBe(11 * 160 - 96);
    const { files, counts, ended } = await readManifest(folder);
    expect(Object.keys(files!).sort()).toEqual([
      "decisions.jsonl",
      "log.jsonl",
      "samples.bin",
      "segment-0.bdf",
      "segment-1.bdf",
    ]);
    expect(counts).toMatchObject({
      segments: 2,
      samples: 1664,
      gaps: 2,
      markers: 2,
      decisions: verdict.decisions,
    });
    expect(ended!.why).toBe("the stream ended");
  });

  test("and with the stages that make labels fit to act on", async () => {
    const pipeline = { smoothSeconds: 0.4, dwellSeconds: 0.2, refractorySeconds: 0.5 };
    const folder = await captureOf(served([frames(6)], pipeline));
    expect(await verifyCapture(folder, { model })).toMatchObject({ holds: true, close: 0, incomparable: 0 });
  });

  test("on another engine the same to within 1e-5", async () => {
    const folder = await captureOf(served([frames(6)]));
    const verdict = await verifyCapture(folder, { model, engine: createEngine(model, { engine: "plain" }) });
    expect(verdict.holds).toBe(true);
    expect(verdict.largest).toBeLessThan(1e-5);
    expect(verdict.equal + verdict.close).toBe(verdict.decisions);
  });

  test("a stream that nobody decodes: its files are checked", async () => {
    const events = served([frames(2)]);
    const raw = (async function* () {
      for await (const event of events)
        if (event.kind === "segment") yield { ...event, decoder: null };
        else if (event.kind !== "decision") yield event;
    })();
    expect(await verifyCapture(await captureOf(raw), { model: null })).toMatchObject({
      holds: true,
      decisions: 0,
    });
  });
});

describe("what differs is named", () => {
  test("weights: another hash in capture.json", async () => {
    const folder = await captureOf(served([frames(3)]));
    await editManifest(folder, ({ decoder, ...rest }) => {
      const changed = { ...decoder!, weights: `f${decoder!.weights.slice(1)}` };
      return { ...rest, decoder: changed, configuration: configurationHash(changed) };
    });
    const verdict = await verifyCapture(folder, { model });
    expect(verdict).toMatchObject({ holds: false, different: 0, first: null });
    expect(causes(verdict)).toEqual([
      "weights: captured with random 0.0.0, weights f00000000000…; verified with random 0.0.0, weights 000000000000…",
    ]);
  });

  test("weights: another model of the name", async () => {
    const folder = await captureOf(served([frames(3)]));
    const { sizes } = model.manifest.architecture;
    const other = { ...randomModel({ sizes, seed: 2, minContextSeconds: 0.5 }), weightsHash: "1".repeat(64) };
    const verdict = await verifyCapture(folder, { model: other });
    expect(verdict.first).toMatchObject({ segment: 0, captured: { label: expect.any(String) } });
    expect(verdict.first!.captured!.probability).not.toBe(verdict.first!.computed!.probability);
    expect(verdict.different).toBeGreaterThan(0);
    expect(causes(verdict)[0]).toMatch(/^weights: captured with random/);
  });

  test.each([
    ["hop", { hopSeconds: 0.2 }],
    ["smoothing", { pipeline: { smoothSeconds: 1 } }],
  ] as const)("configuration: another %s", async (_, change) => {
    const folder = await captureOf(served([frames(4)]));
    await editManifest(folder, ({ decoder, ...rest }) => ({
      ...rest,
      decoder: {
        ...decoder,
        ...change,
        pipeline: { ...decoder!.pipeline, ...("pipeline" in change ? change.pipeline : {}) },
      },
    }));
    const verdict = await verifyCapture(folder, { model });
    expect(verdict.first).not.toBeNull();
    expect(causes(verdict)).toEqual([
      "configuration: capture.json: `decoder` was changed since it was written (its hash is another)",
    ]);
  });

  test("configuration: with a calibration, without it, with another", async () => {
    const calibration = (n: number): Calibration => ({
      format: "brainwire-calibration/1",
      model: { name: "random", version: "1.0.0", weights: model.weightsHash },
      state: "eyes-open",
      recording: { name: "rest", patches: 10 },
      centre: Array.from({ length: 12 }, (_, i) => i / n),
    });
    expect(formatCalibration(calibration(3))).not.toBe(formatCalibration(calibration(4)));
    const hash = await calibrationHash(calibration(3));
    const folder = await captureOf(served([frames(3)], { calibration: hash }));
    await expect(verifyCapture(folder, { model })).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message: expect.stringContaining("give its file with --calibration"),
    });
    const calibrated = {
      ...model,
      manifest: { ...model.manifest, calibration: { way: "centre-tokens", state: "eyes-open" } as const },
    };
    const verdict = await verifyCapture(folder, { model: calibrated, calibration: calibration(4) });
    expect(causes(verdict)[0]).toMatch(
      /^configuration: captured with the calibration .*…, verified with .*…$/,
    );
  });

  test("engine: one that is further off than 1e-5", async () => {
    const folder = await captureOf(served([frames(3)]));
    const engine = createEngine(model, { engine: "plain" });
    const off = {
      ...engine,
      step: (...given: Parameters<typeof engine.step>) =>
        (engine.step(...given) as Float32Array).map((value, i) => value + 0.01 * i),
    };
    const verdict = await verifyCapture(folder, { model, engine: off });
    expect(verdict.first!.computed!.probability).not.toBe(verdict.first!.captured!.probability);
    expect(causes(verdict)).toEqual([
      "engine: captured on wasm (cpu), verified on plain (cpu): more than 0.00001 apart",
    ]);
  });

  test("versions, and when nothing explains it", async () => {
    const folder = await captureOf(
      (async function* () {
        for await (const event of served([frames(3)]))
          yield event.kind === "decision" && event.sample > 200 && event.label !== null
            ? { ...event, probability: event.probability! / 2 }
            : event;
      })(),
    );
    const plain = await verifyCapture(folder, { model });
    expect(plain.first!.sample).toBeGreaterThan(200);
    expect(causes(plain)).toEqual([
      "unknown: weights, configuration, engine, versions and files are the same: please report it",
    ]);
    const newer = await verifyCapture(folder, { model, versions: { brainwire: "2" } });
    expect(causes(newer)).toEqual(["versions: brainwire: captured with 1, verified with 2"]);
  });

  test("data: a sample", async () => {
    const folder = await captureOf(served([frames(3)]));
    const path = join(folder, "samples.bin");
    const bytes = await readFile(path);
    const frameBytes = 32 + 4 * 13 * 8;
    bytes[20 * frameBytes + 100]! ^= 0x40;
    await writeFile(path, bytes);
    const verdict = await verifyCapture(folder, { model });
    expect(verdict.holds).toBe(false);
    expect(causes(verdict)).toContain(
      `data: samples.bin: the frame at byte ${20 * frameBytes} is damaged (its checksum is another)`,
    );
    expect(verdict.different).toBe(0); // what lies behind is not compared, rather than called other
    expect(verdict.incomparable).toBeGreaterThan(0);
    expect(verdict.equal).toBeGreaterThan(0);
  });

  test("data: a decision, and it is the first that differs", async () => {
    const folder = await captureOf(served([frames(3)]));
    await edit(folder, "decisions.jsonl", (text) => {
      const lines = text.split("\n");
      const line = JSON.parse(lines[20]!) as { label: string; probability: number };
      lines[20] = JSON.stringify({ ...line, label: "other" });
      return lines.join("\n");
    });
    const verdict = await verifyCapture(folder, { model });
    expect(verdict).toMatchObject({ different: 1, first: { captured: { label: "other" } } });
    expect(causes(verdict)[0]).toMatch(/^data: decisions\.jsonl: (was changed|has \d+ bytes)/);
  });

  test("data: a decision that was taken out, a line that is none, a file that is gone", async () => {
    const folder = await captureOf(served([frames(3)]));
    await edit(folder, "decisions.jsonl", (text) => text.split("\n").toSpliced(15, 1).join("\n"));
    expect(await verifyCapture(folder, { model })).toMatchObject({ different: 0, missing: 1, holds: false });
    await edit(folder, "decisions.jsonl", (text) => text.replace('"kind"', "kind"));
    expect(causes(await verifyCapture(folder, { model }))).toContain(
      "data: decisions.jsonl: line 1 is no JSON",
    );
    await rm(join(folder, "segment-0.bdf"));
    expect(causes(await verifyCapture(folder, { model }))).toContain("data: segment-0.bdf: is gone");
  });

  test("data: the signal for people is held against the samples", async () => {
    const folder = await captureOf(served([frames(3)]), { end: "live" });
    const path = join(folder, "segment-0.bdf");
    const bytes = await readFile(path);
    bytes[256 * 15 + 3 * 50 + 1]! ^= 0x10;
    await writeFile(path, bytes);
    const verdict = await verifyCapture(folder, { model });
    expect(causes(verdict)).toEqual([
      expect.stringMatching(/^data: segment-0\.bdf: Fp1, sample 50: holds .*, .* came$/),
    ]);
  });

  test("a folder that is no capture, and one whose capture.json is none", async () => {
    const folder = await captureOf(served([frames(1)]));
    await expect(verifyCapture(join(folder, "no"), { model })).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
    });
    await editManifest(folder, (manifest) => ({ ...manifest, format: "brainwire-capture/9" }));
    await expect(verifyCapture(folder, { model })).rejects.toMatchObject({
      code: "CAPTURE_INVALID",
      message: expect.stringContaining("capture.json, format:"),
    });
    await truncate(join(folder, "capture.json"), 100);
    await expect(verifyCapture(folder, { model })).rejects.toMatchObject({
      code: "CAPTURE_INVALID",
      message: expect.stringContaining("not JSON"),
    });
  });
});
