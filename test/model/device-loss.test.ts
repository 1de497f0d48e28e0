import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Decision } from "../../src/eeg/decision.ts";
import { createRandom } from "../../src/eeg/random.ts";
import { createEngine } from "../../src/model/engines.ts";
import { loadEncoder } from "../../src/model/load.node.ts";
import { brainwire, runNode, type Ran } from "../cli/run-cli.ts";
import { describeWith, eegmmidb, sharedData } from "../shared-data.ts";
import { softwareVulkan } from "./software-vulkan.ts";

/** What is lost, and at its how manieth hop or window. */
interface Loss {
  readonly what: "thread" | "device" | "buffer";
  readonly at: number;
}

const losing = ({ what, at }: Loss): Record<string, string> => ({
  ...softwareVulkan(),
  NODE_OPTIONS: `--import ${resolve("test/model/onnx/losing.js")}`,
  LOSE: what,
  LOSE_AT: String(at),
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainwire-loss-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** 6 hops of two streams, the second from the third hop on. */
async function hops(): Promise<{ steps: object[]; expected: number[][] }> {
  const model = await loadEncoder("eyes");
  const { components, bands } = model.manifest.architecture.sizes;
  const random = createRandom(5);
  const oracle = createEngine(model);
  const slots = [oracle.open()];
  const steps: object[] = [{ open: 0 }];
  const expected: number[][] = [];
  for (let patch = 0; patch < 6; patch++) {
    if (patch === 2) {
      slots.push(oracle.open());
      steps.push({ open: 1 });
    }
    const some = slots.map((slot, stream) => ({
      slot,
      stream,
      patch,
      token: Float32Array.from({ length: components * bands }, () => random.normal()),
    }));
    expected.push([...(oracle.step(some) as Float32Array)]);
    steps.push({ hops: some.map((hop) => ({ ...hop, token: [...hop.token] })) });
  }
  return { steps, expected };
}

const crashed = "the thread crashed";
const destroyed = "WebGPU device lost (destroyed): device was destroyed";
const unmade = "WebGPU: [Buffer (unlabeled)] used in submit while destroyed.";

test.each([
  { engine: "onnx", device: "cpu", loss: { what: "thread", at: 5 }, why: crashed, next: "wasm on cpu" },
  { engine: "tfjs", device: "cpu", loss: { what: "thread", at: 1 }, why: crashed, next: "wasm on cpu" },
  { engine: "tfjs", device: "webgpu", loss: { what: "device", at: 4 }, why: destroyed, next: "tfjs on cpu" },
  { engine: "tfjs", device: "webgpu", loss: { what: "buffer", at: 1 }, why: unmade, next: "tfjs on cpu" },
] as const)(
  "$engine on $device loses its $loss.what: the next one goes on with every hop, and says so once",
  async ({ engine, device, loss, why, next }) => {
    const { steps, expected } = await hops();
    const path = join(folder, "steps.json");
    await writeFile(path, JSON.stringify(steps));
    const args = ["models/eyes", path, engine, device, "1"];
    const { code, stdout, stderr } = await runNode("test/model/onnx/run-hops.js", args, losing(loss));
    if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`);
    const ran = JSON.parse(stdout) as { unavailable?: string; logits: number[][]; warnings: string[] };
    if (ran.unavailable) return void process.stderr.write(`skipped: ${ran.unavailable}\n`);
    expect(ran.warnings).toHaveLength(1);
    expect(ran.warnings[0]!.startsWith(`engine ${engine} on `)).toBe(true);
    expect(ran.warnings[0]).toContain(` failed (${why}`);
    expect(ran.warnings[0]!.endsWith(`); ${next} goes on, no label is lost`)).toBe(true);
    expect(ran.logits.map((each) => each.length)).toEqual(expected.map((each) => each.length));
    const apart = ran.logits.flatMap((each, i) => each.map((v, c) => Math.abs(v - expected[i]![c]!)));
    expect(Math.max(...apart)).toBeLessThan(1e-3);
  },
);

function decided({ code, stdout, stderr }: Ran): readonly Decision[] {
  if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`);
  const lines = stdout.trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Decision);
}

/** Decodes a recording on `oracle`, and on `device` of ONNX Runtime whose thread is ended. */
async function compare(
  recording: string,
  options: readonly string[],
  { oracle, device, at }: { readonly oracle: string; readonly device: string; readonly at: number },
): Promise<void> {
  const main = "dist/cli/main.js";
  const args = ["decode", recording, "--format", "jsonl", "--no-timing", ...options];
  const env = losing({ what: "thread", at });
  const ran = await runNode(main, [...args, "--engine", "onnx", "--device", device], env);
  if (/cannot use|knows no device|not installed/.test(ran.stderr))
    return void process.stderr.write(`skipped: ${ran.stderr}`);
  const list = decided(ran);
  expect(ran.stderr).toMatch(/^warning: engine onnx on .* failed .* cpu goes on, no label is lost$/m);
  const whole = decided(await runNode(main, [...args, "--engine", oracle]));
  const what = ({ sample, label, reasons }: Decision): unknown => [sample, label, reasons];
  expect(list.map(what)).toEqual(whole.map(what));
  const apart = list.flatMap(({ probability }, i) =>
    probability === null ? [] : [Math.abs(probability - whole[i]!.probability!)],
  );
  expect(apart.length).toBeGreaterThan(1);
  expect(Math.max(...apart)).toBeLessThan(1e-3);
}

test("decode: the labels are the same, and a warning tells", () =>
  compare("recordings/demo.edf", ["--model", "eyes"], { oracle: "wasm", device: "cpu", at: 900 }));

describeWith(sharedData("checkpoints/ctnet/model-2a-s01.onnx"), "a decoder from elsewhere", (graph) => {
  describeWith(eegmmidb("S001R04"), "decodes 64 channels", (recording) => {
    test("the processor takes over with the window at hand", async () => {
      const added = join(folder, "ctnet");
      const electrodes = "Fz,FC3,FC1,FCz,FC2,FC4,C5,C3,C1,Cz,C2,C4,C6,CP3,CP1,CPz,CP2,CP4,P1,Pz,P2,POz";
      const input = ["--sfreq", "250", "--unit", "uV", "--channels", electrodes, "--scale", "window"];
      const output = ["--labels", "left,right,feet,tongue", "--name", "ctnet", "--task", "imagery"];
      const { code, stderr } = await brainwire("models", "add", graph, "--out", added, ...input, ...output);
      if (code !== 0) throw new Error(stderr);
      const options = ["--model", added, "--hop-seconds", "30"];
      await compare(recording, options, { oracle: "onnx", device: "webgpu", at: 2 });
    });
  });
});
