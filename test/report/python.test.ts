import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { brainwire } from "../cli/run-cli.ts";

/** Debian's packages belong to the system's own Python. */
const python = ["/usr/bin/python3", "python3"].find(
  (name) => spawnSync(name, ["-c", "import mne, pandas"]).status === 0,
);

(python ? test : test.skip)(
  "what docs/analysis.md shows is what the script prints (skipped without mne and pandas)",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "brainwire-"));
    const [labels, prefix, copy] = ["labels.tsv", "sub-01_task-rest", "decoded.edf"].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    const args = ["decode", "recordings/demo.edf", "--model", "eyes", "--quiet"];
    await brainwire(...args, "--format", "tsv", "--no-timing", "--out", labels, "--annotate", copy);
    await brainwire(...args, "--format", "bids", "--out", prefix);
    const script = "examples/python/mne_and_pandas.py";
    const { status, stdout, stderr } = spawnSync(python!, [script, labels, `${prefix}_events.tsv`, copy], {
      encoding: "utf8",
    });
    expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
    const shown = /it prints\n\n```\n(.*?)```/s.exec(readFileSync("docs/analysis.md", "utf8"))![1]!;
    const words = (text: string): string[] => text.split(/\s+/).filter(Boolean); // pandas' columns differ in width
    expect(words(stdout)).toEqual(words(shown));
  },
  60_000,
);
