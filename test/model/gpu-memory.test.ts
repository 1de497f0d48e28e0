import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createGraph } from "../../src/model/graph/graph.ts";
import { onnxBytes } from "../../src/model/graph/onnx.ts";
import { operations } from "../../src/model/graph/operations.ts";
import { brainwire, runNode } from "../cli/run-cli.ts";
import { softwareVulkan } from "./software-vulkan.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainwire-gpu-memory-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A decoder with 1.05 GiB between its input and its output: SwiftShader makes no buffer above 1 GiB. */
function wideDecoder(): Uint8Array {
  const wide = 4400;
  const graph = createGraph();
  const op = operations(graph);
  const column = op.reshape(graph.input("samples", [1, 8, 8000]), [64_000, 1]);
  const weights = Float32Array.from({ length: wide }, (_, i) => Math.sin(i) / 1000);
  const product = op.matmul(column, graph.constant(weights, [1, wide]));
  const halves = op.reshape(op.reduceMean(product, [1]), [2, 32_000]);
  graph.output("logits", op.reshape(op.reduceMean(halves, [1]), [1, 2]));
  return onnxBytes(graph);
}

test("a model that does not fit into a GPU: the processor takes over with the window at hand, and it is said", async () => {
  if (freemem() < 4 * 2 ** 30)
    return void process.stderr.write("skipped: less than 4 GiB of memory are free\n");
  const driver = softwareVulkan();
  if (!driver["VK_ICD_FILENAMES"]?.includes("swiftshader"))
    return void process.stderr.write("skipped: no SwiftShader, whose limit is known\n");
  const graph = join(folder, "wide.onnx");
  await writeFile(graph, wideDecoder());
  const model = join(folder, "wide");
  const input = [
    "--sfreq",
    "1000",
    "--unit",
    "uV",
    "--channels",
    "Fp1,Fp2,C3,C4,P3,P4,O1,O2",
    "--scale",
    "none",
  ];
  const names = ["--labels", "a,b", "--name", "wide", "--task", "none"];
  const added = await brainwire("models", "add", graph, "--out", model, ...input, ...names);
  expect(added).toMatchObject({ code: 0 });
  const args = [
    "decode",
    "recordings/demo.edf",
    "--model",
    model,
    "--hop-seconds",
    "150",
    "--format",
    "jsonl",
  ];
  const on = ["--engine", "onnx", "--device", "webgpu"];
  const ran = await runNode("dist/cli/main.js", [...args, ...on], driver);
  if (/cannot use|knows no device|not installed/.test(ran.stderr))
    return void process.stderr.write(`skipped: ${ran.stderr}`);
  expect(ran.code).toBe(0);
  expect(ran.stderr).toMatch(
    /^warning: engine onnx on .* failed \(a buffer that the model needs is more than the device can make\); cpu goes on, no label is lost$/m,
  );
  expect(
    ran.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
  ).toMatchObject([{ time: expect.closeTo(150, 0), label: expect.stringMatching(/^[ab]$/), reasons: [] }]);
});
