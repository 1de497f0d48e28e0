import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createRandom } from "../src/eeg/random.ts";
import { parseSafetensors } from "../src/model/safetensors.ts";
import { createOnnxSession } from "../src/model/onnx/runtime.node.ts";
import { brainwire, runNode } from "./cli/run-cli.ts";

const channels = ["C3", "Cz", "C4", "Pz"];
const seconds = 2;

/** Rows of the channels in each encoder's embedding of electrodes. */
const all = [
  { encoder: "labram", hz: 200, rows: [40, 42, 44, 64], axes: [1, 4, 2, 200] },
  { encoder: "cbramod", hz: 200, rows: [0, 0, 0, 0], axes: [1, 4, 2, 200] },
  { encoder: "eegpt", hz: 256, rows: [27, 29, 31, 47], axes: [1, 4, 8, 64] },
];

/** A Python that has torch, or null. */
async function pythonWithTorch(): Promise<string | null> {
  for (const path of ["python3", "/usr/bin/python3"])
    try {
      await promisify(execFile)(path, ["-c", "import torch"]);
      return path;
    } catch {
      // this one has none
    }
  return null;
}

describe.each(all)("an encoder of the shape of $encoder, two layers of it", ({ encoder, hz, rows, axes }) => {
  const folder = mkdtempSync(join(tmpdir(), `brainwire-${encoder}-`));
  const at = (file: string): string => join(folder, file);
  afterAll(() => rmSync(folder, { recursive: true }));

  beforeAll(async () => {
    const options = ["--channels", channels.join(), "--seconds", String(seconds), "--layers", "2"];
    const { code, stderr } = await runNode("scripts/encoders/make.mjs", [
      encoder,
      at("model.onnx"),
      ...options,
      "--save-weights",
      at("weights.safetensors"),
    ]);
    if (code !== 0) throw new Error(stderr);
  });

  const input = (): Float32Array => {
    const random = createRandom(3);
    return Float32Array.from({ length: channels.length * seconds * hz }, () => random.normal());
  };
  async function logitsOf(file: string): Promise<Float32Array> {
    const session = await createOnnxSession(readFileSync(at(file)), { provider: "cpu", threads: 1 });
    const { logits } = await session.run({ eeg: { data: input(), shape: axes } }, ["logits"]);
    await session.release();
    return logits!.data;
  }

  test("gives what PyTorch gives with the same weights", async () => {
    const python = await pythonWithTorch();
    if (!python) return void process.stderr.write("skipped: no python3 with torch\n");
    writeFileSync(at("input.bin"), input());
    const files = { weights: at("weights.safetensors"), input: at("input.bin") };
    writeFileSync(at("task.json"), JSON.stringify({ encoder, rows, seconds, batch: 1, layers: 2, ...files }));
    const script = fileURLToPath(new URL("../scripts/encoders/reference.py", import.meta.url));
    const { stdout } = await promisify(execFile)(python, [script, at("task.json")]);
    const { logits } = JSON.parse(stdout) as { logits: number[] };
    const own = await logitsOf("model.onnx");
    expect(own).toHaveLength(logits.length);
    logits.forEach((value, i) => expect(Math.abs(value - own[i]!)).toBeLessThan(1e-5));
  }, 30_000);

  test("takes a user's weights by their names", async () => {
    const given = ["--weights", at("weights.safetensors"), "--seed", "9"];
    const options = ["--channels", channels.join(), "--seconds", String(seconds), "--layers", "2", ...given];
    await runNode("scripts/encoders/make.mjs", [encoder, at("again.onnx"), ...options]);
    expect(await logitsOf("again.onnx")).toEqual(await logitsOf("model.onnx"));
    expect(parseSafetensors(readFileSync(at("weights.safetensors")), "w").size).toBeGreaterThan(30);
  });

  test("is added and decodes a recording", async () => {
    const options = [
      "--labels",
      "a,b,c,d",
      "--sfreq",
      String(hz),
      "--channels",
      channels.join(),
      "--unit",
      "uV",
    ];
    const out = ["--scale", "fixed:0/100", "--hop-seconds", "5", "--out", at("model")];
    const added = await brainwire("models", "add", at("model.onnx"), ...options, ...out);
    expect(added.stderr).toContain(
      `4 channels x ${seconds * hz} samples, 2.00 s at ${hz} Hz, logits of 4 labels`,
    );
    const { stdout } = await brainwire(
      "decode",
      "recordings/demo.edf",
      "--model",
      at("model"),
      "--format",
      "tsv",
    );
    expect(stdout.split("\n").length).toBeGreaterThan(20);
    expect(stdout).not.toContain("NaN");
  });
});
