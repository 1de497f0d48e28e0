import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createRandom } from "../../src/eeg/random.ts";
import { createEngine } from "../../src/model/engines.ts";
import { formatWeights } from "../../src/model/load.ts";
import { runNode } from "../cli/run-cli.ts";
import { tokenNumbers } from "../../src/tokens/token.ts";
import { evokedSizes, randomModel, usualSizes } from "./random-model.ts";
import { softwareVulkan } from "./software-vulkan.ts";

/** One contract for every engine on every device that the machine has: what the plain loops say, they say. */
interface Pair {
  readonly engine: string;
  readonly device: string;
  readonly tolerance: number;
  readonly env?: Record<string, string>;
  /** How many of the steps are run, where one takes a second. */
  readonly first?: number;
}
const pairs: readonly Pair[] = [
  { engine: "plain", device: "cpu", tolerance: 0 },
  { engine: "wasm", device: "cpu", tolerance: 1e-4 },
  { engine: "onnx", device: "cpu", tolerance: 1e-4 },
  { engine: "onnx", device: "webgpu", tolerance: 1e-3, env: softwareVulkan() },
  { engine: "onnx", device: "cuda", tolerance: 1e-3 },
  { engine: "onnx", device: "coreml", tolerance: 1e-3 },
  { engine: "onnx", device: "directml", tolerance: 1e-3 },
  { engine: "tfjs", device: "cpu", tolerance: 1e-4 },
  { engine: "tfjs", device: "webgpu", tolerance: 1e-3, env: softwareVulkan(), first: 8 },
  { engine: "tfjs", device: "cuda", tolerance: 1e-3 },
];

/** What a process of its own is asked to run, and what it says. */
interface Task {
  readonly engine: string;
  readonly device: string;
  readonly batch?: number;
  readonly steps?: string;
  readonly env?: Record<string, string>;
}

interface Ran {
  readonly unavailable?: string;
  readonly engine: string;
  readonly device: string;
  readonly logits: number[][];
}

interface Step {
  readonly open?: number;
  readonly close?: number;
  readonly hops?: readonly { stream: number; patch: number; token: readonly number[] }[];
}

/** Streams that join and leave between hops, with masked patches and a gap longer than all context. */
function steps(features: number): readonly Step[] {
  const random = createRandom(7);
  const token = () => Array.from({ length: features }, () => Math.fround(random.normal()));
  const out: Step[] = [{ open: 0 }];
  for (let patch = 0; patch < 34; patch++) {
    if (patch === 3) out.push({ open: 1 });
    if (patch === 9) out.push({ open: 2 });
    if (patch === 20) out.push({ close: 1 }, { open: 3 });
    const live = [
      0,
      ...(patch >= 3 && patch < 20 ? [1] : []),
      ...(patch >= 9 ? [2] : []),
      ...(patch >= 20 ? [3] : []),
    ];
    const seen = live.filter((stream) => (patch * 7 + stream * 3) % 11 !== 0);
    const later = patch >= 27 ? 200 : 0;
    if (seen.length > 0)
      out.push({ hops: seen.map((stream) => ({ stream, patch: patch + later, token: token() })) });
  }
  return out;
}

for (const [name, sizes] of [
  ["the shipped models'", usualSizes],
  ["odd", evokedSizes],
] as const)
  describe(`with ${name} sizes`, () => {
    const model = randomModel({ sizes });
    const given = steps(tokenNumbers(sizes));
    const wanted: number[][] = [];
    let folder: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "brainwire-engines-"));
      const weights = await formatWeights(model.weights, sizes);
      const manifest = {
        ...model.manifest,
        weights: { file: "weights.safetensors", sha256: weights.sha256 },
      };
      await writeFile(join(folder, "model.json"), JSON.stringify(manifest));
      await writeFile(join(folder, "weights.safetensors"), weights.bytes);
      await writeFile(join(folder, "steps.json"), JSON.stringify(given));
      const oracle = createEngine(model, { engine: "plain" });
      const slots = new Map<number, number>();
      for (const { open, close, hops } of given)
        if (open !== undefined) slots.set(open, oracle.open());
        else if (close !== undefined) oracle.close(slots.get(close)!);
        else {
          const own = hops!.map(({ stream, patch, token }) => ({
            slot: slots.get(stream)!,
            patch,
            token: Float32Array.from(token),
          }));
          wanted.push([...(oracle.step(own) as Float32Array)]);
        }
    });
    afterAll(() => rm(folder, { recursive: true }));

    async function run({ steps = "steps.json", env = {}, ...task }: Task): Promise<Ran> {
      const { engine, device, batch = 1 } = task;
      const args = [folder, join(folder, steps), engine, device, String(batch)];
      const { code, stdout, stderr } = await runNode("test/model/onnx/run-hops.js", args, env);
      if (code !== 0) throw new Error(stderr);
      return JSON.parse(stdout) as Ran;
    }

    test.each(pairs)(
      "$engine on $device gives what the plain loops give, to $tolerance",
      async ({ engine, device, tolerance, env = {}, first }) => {
        const few = given.slice(0, first);
        await writeFile(join(folder, "some.json"), JSON.stringify(few));
        const ran = await run({ engine, device, env, steps: "some.json" });
        if (ran.unavailable) return void process.stderr.write(`skipped: ${ran.unavailable}\n`);
        expect(ran.engine).toBe(engine);
        const due = wanted.slice(0, few.filter(({ hops }) => hops).length);
        expect(ran.logits.map((each) => each.length)).toEqual(due.map((each) => each.length));
        const worst = ran.logits.flatMap((each, i) => each.map((v, c) => Math.abs(v - wanted[i]![c]!)));
        expect(Math.max(...worst)).toBeLessThanOrEqual(tolerance);
      },
      120_000,
    );

    test("onnx: who else is in the batch changes none of a stream's bits", async () => {
      const all = await run({ engine: "onnx", device: "cpu", batch: 2 }); // four streams in two blocks
      const only = given
        .filter((step) => step.hops || step.open === 0)
        .map((step) => (step.hops ? { hops: step.hops.filter(({ stream }) => stream === 0) } : step));
      await writeFile(
        join(folder, "alone.json"),
        JSON.stringify(only.filter((step) => step.hops?.length !== 0)),
      );
      const alone = await run({ engine: "onnx", device: "cpu", batch: 2, steps: "alone.json" });
      const steps = given.filter((step) => step.hops);
      const first = all.logits.flatMap((each, i) => {
        const at = steps[i]!.hops!.findIndex(({ stream }) => stream === 0);
        return at < 0 ? [] : [each.slice(at * sizes.classes, (at + 1) * sizes.classes)];
      });
      expect(alone.logits).toEqual(first);
    });

    test("onnx and tfjs: where the runtime is not installed, the sentence says what to install", async () => {
      const env = { NODE_OPTIONS: `--import ${resolve("test/model/onnx/without-runtime.js")}` };
      expect((await run({ engine: "onnx", device: "auto", env })).unavailable).toMatch(
        /onnxruntime-node, which is not installed: npm install onnxruntime-node@/,
      );
      expect((await run({ engine: "tfjs", device: "cpu", env })).unavailable).toMatch(
        /^engine tfjs on cpu needs the package @tensorflow\/tfjs-core, which is not installed .*: npm install @tensorflow\/tfjs-core@/,
      );
      expect((await run({ engine: "tfjs", device: "auto", env })).unavailable).toMatch(/npm install/);
      expect((await run({ engine: "wasm", device: "cpu", env })).logits).toHaveLength(wanted.length);
    });
  });

test("train: where ONNX Runtime is not installed, that is said before recordings are read", async () => {
  const env = { NODE_OPTIONS: `--import ${resolve("test/model/onnx/without-runtime.js")}` };
  const out = join(tmpdir(), "never-trained");
  const { code, stdout, stderr } = await runNode(
    "dist/cli/main.js",
    ["train", "models/eyes/train.json", "--out", out],
    env,
  );
  expect(stderr).toMatch(/^error: training, .* onnxruntime-node, which is not installed: npm install .*\n$/);
  expect([code, stdout]).toEqual([1, ""]);
});
