import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { brainwire } from "./run-cli.ts";

const demo = "recordings/demo.edf";
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainwire-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("from a person's recording over her calibration to her decisions, refused for another model", async () => {
  const me = join(folder, "me.json");
  const calibrated = await brainwire(
    "calibrate",
    "eyes-calibrated",
    demo,
    "--state",
    "eyes-open",
    "--out",
    me,
  );
  expect(calibrated.stderr).toMatch(/calibrated on \d+ patches of \d+ annotations of eyes-open\n$/);
  expect(calibrated.code).toBe(0);
  const evaluated = await brainwire("evaluate", "eyes-calibrated", demo, "--calibration", me);
  expect(evaluated.stdout).toMatch(/^ +plain +calibrated/);
  expect(evaluated.stdout).toMatch(/Calibration helped \d and hurt \d of 1 subjects\.\n$/);
  expect(evaluated.stderr).toBe(
    "warning: 1 of 1 recordings are among those that calibrations were made of (demo.edf): the calibrated figures are too good\n",
  );
  const absent = await brainwire("evaluate", "eyes-calibrated", demo, "--calibration", folder);
  expect(absent.stderr).toMatch(/^error: --calibration: the folder .* has no demo\.edf\.json; it must hold/);
  const refused = await brainwire("decode", demo, "--model", "eyes", "--calibration", me);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/^error: the calibration is of model eyes-calibrated/);
});

test("channels aligned to a person by her recording, as the model's manifest asks for", async () => {
  const me = join(folder, "fists.json");
  const { stderr, code } = await brainwire(
    "calibrate",
    "fists",
    demo,
    "--state",
    "imagined-fists",
    "--seconds",
    "60",
    "--out",
    me,
  );
  expect(stderr).toMatch(/fists\.json: fists calibrated on \d\d\.\d s of the whole recording\n$/);
  expect(code).toBe(0);
  const plain = await brainwire("decode", demo, "--model", "fists", "--no-timing", "--format", "jsonl");
  const fitted = await brainwire(
    "decode",
    demo,
    "--model",
    "fists",
    "--no-timing",
    "--format",
    "jsonl",
    "--calibration",
    me,
  );
  expect(fitted.code).toBe(0);
  expect(fitted.stdout.split("\n")).toHaveLength(plain.stdout.split("\n").length);
  expect(fitted.stdout).not.toBe(plain.stdout);
  const labels = ["--texts", "eyes-open=left-fist,eyes-closed=right-fist", "--calibration", me];
  const evaluated = await brainwire("evaluate", "fists", demo, ...labels);
  expect(evaluated.stdout).toMatch(/Calibration helped \d and hurt \d of 1 subjects\.\n$/);
  const refused = await brainwire("decode", demo, "--model", "eyes", "--calibration", me);
  expect(refused.stderr).toMatch(/^error: the calibration is of model fists/);
});

test("a person's own head by labelled recordings, with the sentence that says what is missing", async () => {
  const me = join(folder, "head.json");
  const fitted = await brainwire("calibrate", "eyes", demo, "--head", "--out", me);
  expect(fitted.stderr).toMatch(/head\.json: eyes calibrated on \d+ labelled patches\n$/);
  const evaluated = await brainwire("evaluate", "eyes", demo, "--calibration", me);
  expect(evaluated.stdout).toMatch(/Calibration helped 1 and hurt 0 of 1 subjects\.\n$/);
  const plain = await brainwire("decode", demo, "--model", "eyes", "--format", "tsv", "--no-timing");
  const own = await brainwire(
    "decode",
    demo,
    "--model",
    "eyes",
    "--calibration",
    me,
    "--format",
    "tsv",
    "--no-timing",
  );
  expect(own.code).toBe(0);
  expect(own.stdout).not.toBe(plain.stdout);
  const neither = await brainwire("calibrate", "eyes", demo, "--out", me);
  expect(neither.stderr).toBe("error: give either --state, or --head and recordings with labels\n");
  const one = await brainwire("calibrate", "eyes", demo, "--head", "--labels", "demo=eyes-open", "--out", me);
  expect(one.stderr).toBe(
    "error: demo.edf: 0 patches of eyes-closed are too few to fit a head to, at least 50 of each label are needed\n",
  );
});

test("--prove prints how far decisions differ", async () => {
  const { stdout, code } = await brainwire("decode", demo, "--model", "eyes", "--prove");
  expect(stdout).toMatch(/largest difference, cut at random \(3 times\) +0\n.* +\d\.\de-\d\n$/);
  expect(code).toBe(0);
});
