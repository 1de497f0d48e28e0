import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { replay, through } from "../../src/index.node.ts";
import { bandpassStage } from "../../src/signal/filters.ts";
import { brainwire } from "./run-cli.ts";

const demo = "recordings/demo.edf";

async function signal(...args: readonly string[]): Promise<{ shape: number[]; values: Float32Array }> {
  const folder = await mkdtemp(join(tmpdir(), "brainwire-"));
  const out = join(folder, "x.npy");
  const { code, stderr } = await brainwire("signal", demo, "--out", out, ...args);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(await readdir(folder)).toEqual(["x.npy"]);
  const bytes = await readFile(out);
  const length = bytes.readUInt16LE(8);
  const header = bytes.toString("latin1", 10, 10 + length);
  const shape = /'shape': \((.*?)\)/.exec(header)![1]!.split(",").map(Number);
  return { shape, values: new Float32Array(new Uint8Array(bytes.subarray(10 + length)).buffer) };
}

test("the signal is what the stages give, channel after channel", async () => {
  const { shape, values } = await signal("--band", "1-40", "--order", "2");
  const row: number[] = [];
  for await (const item of through(replay(demo), bandpassStage({ lowHz: 1, highHz: 40, order: 2 })))
    if (item.kind === "samples") row.push(...item.data.subarray(0, item.nSamples));
  expect(shape).toEqual([32, 40_000]);
  expect(values.subarray(0, 40_000)).toEqual(Float32Array.from(row));
});

test("pieces of any length, and picking, change no bit", async () => {
  const whole = await signal("--reference", "average", "--resample", "160", "--notch", "50");
  const cut = await signal(
    "--reference",
    "average",
    "--resample",
    "160",
    "--notch",
    "50",
    "--chunk-seconds",
    "0.03",
    "--channels",
    "oz,O1",
  );
  const { stdout } = await brainwire("info", demo, "--json");
  const labels = (JSON.parse(stdout) as { channels: { label: string }[] }).channels.map(({ label }) => label);
  const n = whole.shape[1]!;
  ["Oz", "O1"].forEach((label, i) => {
    const c = labels.indexOf(label);
    expect(cut.values.subarray(i * n, (i + 1) * n)).toEqual(whole.values.subarray(c * n, (c + 1) * n));
  });
});

test.each([
  [["--channels", "O1,Q9"], /no channel Q9; it has Fp1/],
  [["--band", "1-200"], /200 Hz does not lie below half the sampling frequency/],
])("%j is refused in one sentence, and no file is left", async (args, message) => {
  const folder = await mkdtemp(join(tmpdir(), "brainwire-"));
  const { code, stderr } = await brainwire("signal", demo, "--out", join(folder, "x.npy"), ...args);
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(await readdir(folder)).toEqual([]);
});
