import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import type { Decision } from "../../src/eeg/decision.ts";
import { createGraph, type GraphBuilder, type Tensor } from "../../src/model/graph/graph.ts";
import { onnxBytes } from "../../src/model/graph/onnx.ts";
import { operations, type Operations } from "../../src/model/graph/operations.ts";
import { brainwire, type Ran } from "./run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "brainwire-add-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a graph that takes windows of C3 and C4 as `shape` and gives the power of each. */
function onnxFile(
  name: string,
  shape: readonly number[],
  finish: (op: Operations, powers: Tensor, graph: GraphBuilder) => Tensor = (_, powers) => powers,
): string {
  const graph = createGraph();
  const op = operations(graph);
  const window = op.reshape(graph.input("eeg", shape), [1, 2, 128]);
  const powers = op.reshape(op.reduceMean(op.mul(window, window), [2]), [1, 2]);
  graph.output("powers", finish(op, powers, graph));
  const path = join(folder, `${name}.onnx`);
  writeFileSync(path, onnxBytes(graph));
  return path;
}

const usual = ["--sfreq", "128", "--channels", "C3,C4", "--unit", "uV", "--scale", "none"];

function add(path: string, out: string, ...options: readonly string[]): Promise<Ran> {
  return brainwire("models", "add", path, "--out", join(folder, out), ...usual, ...options);
}

test("a model is added, described and decodes", async () => {
  const added = await add(
    onnxFile("power", [1, 1, 2, 128]),
    "power",
    "--labels",
    "left,right",
    "--hop-seconds",
    "1",
  );
  expect(added.stderr).toContain(
    "2 channels x 128 samples, 1.00 s at 128 Hz, logits of 2 labels; 0 parameters, 4 operators",
  );
  expect(added.code).toBe(0);
  expect(readdirSync(join(folder, "power")).sort()).toEqual(["README.md", "model.json", "model.onnx"]);
  const { architecture, input } = JSON.parse(readFileSync(join(folder, "power", "model.json"), "utf8")) as {
    architecture: unknown;
    input: unknown;
  };
  expect(architecture).toEqual({
    kind: "onnx-window",
    input: { name: "eeg", axes: ["batch", 1, "channels", "samples"] },
    output: { name: "powers" },
  });
  expect(input).toMatchObject({ unit: "µV", window: { samples: 128, hopSamples: 128 } });

  expect((await brainwire("models", join(folder, "power"))).stdout).toContain("channels   C3 C4\n");
  const decoded = await brainwire(
    "decode",
    "recordings/demo.edf",
    "--model",
    join(folder, "power"),
    "--format",
    "jsonl",
  );
  expect(decoded.stderr).toContain("engine       onnx on cpu");
  const decisions = decoded.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Decision);
  expect(decisions.length).toBeGreaterThan(20);
  expect(decisions.filter(({ label }) => label !== null).length).toBeGreaterThan(20);

  const texts = ["--texts", "eyes-open=left,eyes-closed=right"];
  const evaluated = await brainwire("evaluate", join(folder, "power"), "recordings/demo.edf", ...texts);
  expect(evaluated.stdout).toMatch(/^balanced accuracy +0\.\d{3}$/m);
  expect(evaluated.code).toBe(0);
});

test("the axes are found out, and whether it gives probabilities", async () => {
  const softmax = onnxFile("softmax", [1, 128, 2], (op, powers) =>
    op.softmax(op.div(powers, op.scalar(1e3))),
  );
  expect((await add(softmax, "softmax", "--labels", "left,right")).stderr).toContain(
    "probabilities of 2 labels",
  );
  const manifest = readFileSync(join(folder, "softmax", "model.json"), "utf8");
  expect((JSON.parse(manifest) as { architecture: { input: unknown } }).architecture.input).toEqual({
    name: "eeg",
    axes: ["batch", "samples", "channels"],
  });
  const patches = onnxFile("patches", [1, 2, 4, 32]);
  await add(patches, "patches", "--labels", "left,right", "--scale", "running:0.01");
  const { architecture, input } = JSON.parse(readFileSync(join(folder, "patches", "model.json"), "utf8")) as {
    architecture: { input: { axes: unknown } };
    input: { normalisation: unknown };
  };
  expect(architecture.input.axes).toEqual(["batch", "channels", 4, 32]);
  expect(input.normalisation).toEqual({ way: "running", weight: 0.01, floor: 1e-4, warmUpSeconds: 0.78125 });
});

test("what is missing is named where nobody is there to ask", async () => {
  const { code, stderr } = await brainwire("models", "add", onnxFile("bare", [1, 2, 128]));
  expect(code).toBe(1);
  expect(stderr).toBe(
    "error: give --labels (labels of its outputs, in their order), --sfreq (sampling frequency in Hz), --channels (its channels, in their order), --scale (how its numbers are scaled)\n",
  );
});

test("a file that does not fit is refused, and nothing is left behind", async () => {
  const power = onnxFile("fits", [1, 2, 128]);
  const refusals: [Promise<Ran>, string][] = [
    [
      add(power, "refused", "--labels", "a,b,c"),
      "error: model fits: output 'powers' holds 2 numbers, there are 3 labels",
    ],
    [
      add(power, "refused", "--labels", "a,b", "--channels", "C3,C4,Cz"),
      `error: ${power}: input 'eeg' is [1, 2, 128]; no axis is for 3 channels`,
    ],
    [
      add(power, "refused", "--labels", "a,b", "--samples", "100"),
      `error: ${power}: input 'eeg' is [1, 2, 128]: a window of 100 samples does not fit`,
    ],
    [
      add(
        onnxFile("two", [1, 2, 128], (op, x, graph) => (graph.output("more", x), op.neg(x))),
        "refused",
        "--labels",
        "a,b",
      ),
      `error: ${join(folder, "two.onnx")}: gives 'more', 'powers'; say which of them holds the classes`,
    ],
    [
      add(
        onnxFile("nan", [1, 2, 128], (op, x) => op.log(op.neg(x))),
        "refused",
        "--labels",
        "a,b",
      ),
      "error: model nan: gives NaN, NaN for a window of noise, which are no numbers",
    ],
    [
      add(join(folder, "none.onnx"), "refused", "--labels", "a,b"),
      `error: ${join(folder, "none.onnx")} cannot be read: ENOENT`,
    ],
  ];
  for (const [ran, message] of refusals) {
    const { code, stderr } = await ran;
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  }
  expect(existsSync(join(folder, "refused"))).toBe(false);
  expect(existsSync(join(folder, "refused.part"))).toBe(false);
  expect((await add(power, "twice", "--labels", "a,b")).code).toBe(0);
  expect((await add(power, "twice", "--labels", "a,b")).stderr).toContain("twice is there already");
});

test("a graph that needs more memory than there is: one sentence", async () => {
  const huge = onnxFile("huge", [1, 2, 128], (op, powers, graph) => {
    const shape = graph.constant(BigInt64Array.of(1n, 2n, 2n ** 40n), [3]);
    const wide = graph.node("Expand", [op.reshape(powers, [1, 2, 1]), shape], { shapes: [[1, 2, 2 ** 40]] });
    return op.reshape(op.reduceMean(wide[0]!, [2]), [1, 2]);
  });
  const { code, stderr } = await add(huge, "huge", "--labels", "a,b");
  expect(stderr).toBe(
    "error: model huge: ONNX Runtime cannot run its graph: out of memory, for 8388608 MiB more\n",
  );
  expect(code).toBe(1);
});

test("an operator that the runtime does not know is named", async () => {
  const graph = createGraph();
  const [twisted] = graph.node("Twist", [graph.input("eeg", [1, 2, 128])], { shapes: [[1, 2]] });
  graph.output("y", twisted!);
  const path = join(folder, "twist.onnx");
  writeFileSync(path, onnxBytes(graph));
  const { code, stderr } = await add(path, "twist", "--labels", "a,b");
  expect(stderr).toMatch(
    /^error: model twist: ONNX Runtime knows no operator Twist \(opset \d+\) of its graph; export it/,
  );
  expect(code).toBe(1);
});
