import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { sfreq } from "../../src/eeg/sfreq.ts";
import { writeEdfFile } from "../../src/formats/edf/write-file.node.ts";
import { loadEncoder } from "../../src/model/load.node.ts";
import type { EyesState } from "../../src/source/resting-eeg.ts";
import { synthetic } from "../../src/source/synthetic.ts";
import { evaluateFiles } from "../../src/train/evaluate.node.ts";
import { trainModel } from "../../src/train/train-model.node.ts";
import { syntheticConfig } from "./synthetic-data.ts";

const electrodes = ["Fp1", "Fp2", "C3", "C4", "P3", "P4", "O1", "O2"];

/** From simulated recordings in files over training to a model that decodes other files. */
describe("a model trained on files", () => {
  let folder: string;
  let out: string;
  const config = {
    ...syntheticConfig({ steps: 80 }),
    labels: ["eyes-open", "eyes-closed"],
    data: {
      description: "simulated",
      recordings: ["S0*.edf"],
      subject: "(S\\d+)",
      classes: { from: "file-name", patterns: { "eyes-open": "R01", "eyes-closed": "R02" } },
      judge: { everySeconds: 4 },
    },
    input: {
      ...syntheticConfig().input,
      channels: { region: ["P3", "P4", "O1", "O2"], atLeast: 2 },
    },
  };

  async function record(name: string, seed: number, state: EyesState): Promise<string> {
    const path = join(folder, name);
    const schedule = [{ state, seconds: 16 }];
    await writeEdfFile(path, synthetic({ seed, sfreq: sfreq(160), electrodes, schedule }));
    return path;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "brainwire-"));
    out = join(folder, "model");
    for (let s = 1; s <= 5; s++) {
      await record(`S0${s}R01.edf`, s, "eyes-open");
      await record(`S0${s}R02.edf`, s, "eyes-closed");
    }
    await writeFile(join(folder, "train.json"), JSON.stringify(config));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("has a folder that loads, with its figures beside the baseline's", async () => {
    const steps: number[] = [];
    const { split, metrics } = await trainModel({
      config: join(folder, "train.json"),
      out,
      threads: 1,
      onStep: ({ step }) => steps.push(step),
    });
    expect(steps).toHaveLength(80);
    expect([split.train.length, split.choose.length]).toEqual([4, 1]);
    expect(metrics.n).toBe(8);
    expect((await readdir(out)).toSorted()).toEqual(["baseline.json", "model.json", "weights.safetensors"]);
    expect((await readdir(folder)).filter((name) => name.endsWith(".checkpoint"))).toEqual([]);
    const { manifest } = await loadEncoder(out);
    expect(manifest.labels).toEqual(config.labels);
    expect(manifest.training.subjects).toMatch(/^4 train \(.*\), 1 choose \(S0\d\)$/);
    expect(Object.keys(manifest.metrics.baselines)).toEqual(["band power, shrinkage LDA"]);
  });

  test("decodes the recordings of somebody else, by file name or by a table of events", async () => {
    const model = await loadEncoder(out);
    const files = [
      await record("S91R01.edf", 91, "eyes-open"),
      await record("S91R02.edf", 91, "eyes-closed"),
    ];
    const patterns = config.data.classes.patterns;
    const byName = await evaluateFiles({ model, folder: out, files, truth: { from: "file-name", patterns } });
    expect(byName.model.subjects.map(({ subject, n }) => [subject, n])).toEqual([["S91", 8]]);
    expect(byName.model.balancedAccuracy).toBeGreaterThan(0.7);
    expect(byName.baseline!.n).toBe(8);

    const table = join(folder, "events.tsv");
    await writeFile(table, "onset\tduration\ttrial_type\n0\t9\teyes-closed\n12\t4\teyes-open\n");
    const byTable = await evaluateFiles({ model, files: [files[1]!], truth: { from: "table", path: table } });
    expect(byTable.model.n).toBe(4); // at 4, 8, 12 and 16 s
    expect(byTable.baseline).toBeNull();
  });

  test("is refused where no class is known", async () => {
    const model = await loadEncoder(out);
    const truth = {
      from: "annotations",
      texts: { "eyes-open": ["X"], "eyes-closed": ["Y"] },
      offsetSeconds: 0,
    } as const;
    const texts = {
      "eyes-open": [...truth.texts["eyes-open"]],
      "eyes-closed": [...truth.texts["eyes-closed"]],
    };
    await expect(
      evaluateFiles({ model, files: [join(folder, "S01R01.edf")], truth: { ...truth, texts } }),
    ).rejects.toThrow(
      /^no decision of .*S01R01\.edf falls where a class is known: annotations mean eyes-open or eyes-closed nowhere \(/,
    );
  });

  test("is not written to a folder that cannot be", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(
      trainModel({ config: join(folder, "train.json"), out: join(folder, "file", "model"), threads: 1 }),
    ).rejects.toThrow(/model: cannot be written \(ENOTDIR\)/);
  });

  test("needs a configuration whose fields are right", async () => {
    const path = join(folder, "bad.json");
    const text = await readFile(join(folder, "train.json"), "utf8");
    await writeFile(path, text.replace('"steps":80', '"steps":0'));
    await expect(trainModel({ config: path, out })).rejects.toThrow(`${path}, recipe.steps: `);
  });
});
