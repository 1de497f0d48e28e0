import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { runNode } from "./cli/run-cli.ts";

interface Result {
  readonly workload: string;
  readonly batch: number;
  readonly own: { readonly perSecond: number };
}

test("throughput is measured on the processor, without PyTorch", async () => {
  const folder = await mkdtemp(join(tmpdir(), "brainwire-"));
  const out = join(folder, "throughput.json");
  const args = ["--device", "cpu", "--short", "--batches", "2", "--python", "no-such-python", "--out", out];
  const { code, stdout, stderr } = await runNode("scripts/gpu-throughput.mjs", args);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(stdout).toContain("without PyTorch: no Python with torch was found; --python names one\n");
  const { device, results } = JSON.parse(await readFile(out, "utf8")) as {
    device: string;
    results: Result[];
  };
  expect(device).toBe("cpu");
  expect(results.map(({ workload, batch }) => [workload, batch])).toEqual([
    ["eyes", 2],
    ["labram", 2],
    ["eyes hop", 2],
  ]);
  for (const { own } of results) expect(own.perSecond).toBeGreaterThan(0);
  await rm(folder, { recursive: true });
});

test("a device that is none is refused in one sentence", async () => {
  const { code, stderr } = await runNode("scripts/gpu-throughput.mjs", ["--short", "--device", "no-such"]);
  expect(stderr).toMatch(
    /^error: no-such cannot be used here: engine onnx knows no device 'no-such' here; .*\n$/,
  );
  expect(code).toBe(1);
});
