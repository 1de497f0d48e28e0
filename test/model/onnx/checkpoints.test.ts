import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { sha256 } from "../../../src/model/load.ts";
import type { WindowManifest } from "../../../src/model/window-manifest.ts";
import type { WindowModel } from "../../../src/model/window-model.ts";
import { built } from "../../built.ts";
import { describeWith, eegmmidb, sharedData } from "../../shared-data.ts";

/** The 22 electrodes of BCI Competition IV 2a, in the order of its documentation. */
const order = "Fz FC3 FC1 FCz FC2 FC4 C5 C3 C1 Cz C2 C4 C6 CP3 CP1 CPz CP2 CP4 P1 Pz P2 POz".split(" ");

interface Golden {
  readonly models: Readonly<
    Record<
      string,
      { channels: number; samples: number; expected: Readonly<Record<string, { logits: number[] }>> }
    >
  >;
}

/** The inputs that golden.json gives by formula. */
const formulas: Readonly<Record<string, (c: number, t: number) => number>> = {
  A: (c, t) => Math.sin(0.01 * (c + 1) * t + c),
  B: (c, t) =>
    1.5 * Math.sin((2 * Math.PI * (8 + 0.5 * c) * t) / 250) +
    0.5 * Math.cos((2 * Math.PI * (18 + 0.25 * c) * t) / 250 + 0.3 * c),
  Z: () => 0,
  V: (c, t) => 10 * Math.sin(0.01 * (c + 1) * t + c),
};

function inputOf(name: string, channels: number, samples: number): Float32Array {
  let state = 12345;
  const noise = (): number => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  return Float32Array.from({ length: channels * samples }, (_, i) =>
    name === "R" ? noise() : formulas[name]!(Math.floor(i / samples), i % samples),
  );
}

function manifestOf(graph: { sha256: string; channels: number; samples: number }): WindowManifest {
  const of2a = graph.channels === 22;
  return {
    format: "brainwire-model/1",
    name: "from-elsewhere",
    version: "1.0.0",
    task: "imagined movement",
    labels: of2a ? ["left-hand", "right-hand", "feet", "tongue"] : ["left-hand", "right-hand"],
    input: {
      sfreq: 250,
      unit: "µV",
      filters: [],
      reference: "none",
      channels: { order: of2a ? order : ["C3", "Cz", "C4"], interpolateAtMost: 0 },
      window: { samples: graph.samples, hopSamples: 25 },
      normalisation: { way: "window", over: "all" },
    },
    architecture: {
      kind: "onnx-window",
      input: { name: "eeg", axes: ["batch", 1, "channels", "samples"] },
      output: { name: "logits" },
    },
    output: { kind: "logits", temperature: 1, abstainBelow: 0 },
    calibration: "none",
    weights: { file: "model.onnx", sha256: graph.sha256 },
    training: { data: "BCI Competition IV", subjects: "1", seed: 0, config: "none", commit: "none" },
    metrics: { split: "none", n: 0, values: {}, baselines: {} },
  };
}

describeWith(sharedData("checkpoints"), "decoders trained elsewhere", (folder) => {
  let place: string;
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), "brainwire-window-"));
  });
  afterAll(() => rm(place, { recursive: true }));

  async function load(file: string, shape: { channels: number; samples: number }): Promise<WindowModel> {
    const { isWindowModel, loadModel } = await built();
    const graph = readFileSync(join(folder, file));
    await writeFile(join(place, "model.onnx"), graph);
    const manifest = manifestOf({ ...shape, sha256: await sha256(graph) });
    await writeFile(join(place, "model.json"), JSON.stringify(manifest));
    const model = await loadModel(place);
    if (!isWindowModel(model)) throw new TypeError("expected a window model");
    return model;
  }

  test.each(["ctnet", "atcnet"])(
    "%s: logits of every model on every golden input are right to 1e-5 of the largest",
    async (kind) => {
      const golden = JSON.parse(readFileSync(join(folder, kind, "golden.json"), "utf8")) as Golden;
      for (const [file, { channels, samples, expected }] of Object.entries(golden.models)) {
        const model = await load(join(kind, file), { channels, samples });
        const engine = await model.createEngine(model);
        for (const [input, { logits }] of Object.entries(expected)) {
          const got = await engine.run(inputOf(input, channels, samples));
          const scale = Math.max(1, ...logits.map(Math.abs));
          logits.forEach((value, i) => expect(Math.abs(got[i]! - value) / scale).toBeLessThanOrEqual(1e-5));
        }
        await engine.release();
      }
    },
    60_000,
  );

  describeWith(eegmmidb("S001R04"), "on 64 channels at 160 Hz", (recording) => {
    test("decode windows of their 22 channels at 250 Hz, as if the recording had been prepared whole", async () => {
      const { decode, pickStage, replay, resampleStage, sfreq, through } = await built();
      const model = await load("ctnet/model-2a-s01.onnx", { channels: 22, samples: 1000 });
      const engine = await model.createEngine(model);
      const decisions = [];
      for await (const decision of decode(replay(recording, { chunkSeconds: 0.37 }), model, {
        engine,
        hopSeconds: 5,
        clock: "none",
      }))
        decisions.push(decision);

      // The whole recording at once: picked, resampled, cut at the same ends.
      const resampled = new Float32Array(22 * 32000).fill(NaN);
      let end = 0;
      const picked = through(replay(recording), pickStage(order));
      for await (const item of through(picked, resampleStage({ sfreq: sfreq(250) })))
        if (item.kind === "samples") {
          end = item.start + item.nSamples;
          for (let c = 0; c < 22; c++)
            resampled.set(
              item.data.subarray(c * item.nSamples, (c + 1) * item.nSamples),
              c * 32000 + item.start,
            );
        }
      expect(end).toBeGreaterThan(31_000);
      for (const [i, { sample, abstained, probabilities }] of decisions.entries()) {
        const to = 1250 * (i + 1);
        expect(sample).toBe(Math.floor((to - 1) * (160 / 250) + 10) + 1); // ten samples of look-ahead
        expect(abstained).toBe(false);
        const window = Float32Array.from({ length: 22000 }, (_, k) => {
          const c = Math.floor(k / 1000);
          return resampled[c * 32000 + to - 1000 + (k % 1000)]!;
        });
        const mean = window.reduce((sum, v) => sum + v, 0) / window.length;
        const deviation = Math.sqrt(window.reduce((sum, v) => sum + (v - mean) ** 2, 0) / window.length);
        const logits = await engine.run(window.map((v) => (v - mean) / deviation));
        const total = logits.reduce((sum, v) => sum + Math.exp(v), 0);
        model.manifest.labels.forEach((label, c) =>
          expect(Math.abs(probabilities![label]! - Math.exp(logits[c]!) / total)).toBeLessThan(1e-4),
        );
      }
      expect(decisions).toHaveLength(24);
      await engine.release();
    });
  });
});
