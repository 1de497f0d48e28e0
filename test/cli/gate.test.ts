import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Decision } from "../../src/eeg/decision.ts";
import { describeWith, eegmmidb } from "../shared-data.ts";
import { openHello } from "../server/harness.ts";
import { brainwire } from "./run-cli.ts";
import { killServing, serve } from "./serving.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainwire-gate-"));
});
afterEach(killServing);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function decided(...args: readonly string[]): Promise<Decision[]> {
  const { code, stdout, stderr } = await brainwire("decode", ...args, "--format", "jsonl", "--no-timing");
  if (code !== 0) throw new Error(stderr);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Decision);
}

/** Gated decisions are the plain ones, some of them withheld. */
async function compare(recording: string, gate: string): Promise<{ open: number; idle: number }> {
  const plain = await decided(recording, "--model", "fists");
  const gated = await decided(recording, "--model", "fists", "--gate", gate);
  expect(gated).toHaveLength(plain.length);
  let open = 0;
  let idle = 0;
  gated.forEach((decision, i) => {
    const { label, reasons } = decision;
    if (label !== null || plain[i]!.label === null) expect(decision).toEqual(plain[i]);
    else expect(reasons.length).toBeGreaterThan(0);
    if (label !== null) open++;
    if (reasons.includes("idle")) idle++;
  });
  return { open, idle };
}

/** The numbers of a row of `evaluate`'s table. */
function row(table: string, name: string): number {
  const line = table.split("\n").find((one) => one.startsWith(name));
  return Number.parseFloat(line?.slice(28) ?? "no such row");
}

/** A gate for the form of it: the weights of `fists` under other labels. */
async function madeGate(): Promise<string> {
  const gate = join(folder, "gate");
  await cp("models/fists", gate, { recursive: true });
  const path = join(gate, "model.json");
  const manifest = (await readFile(path, "utf8")).replace('"left-fist"', '"rest"');
  await writeFile(path, manifest.replace('"right-fist"', '"move"'));
  return gate;
}

describe("two models over one recording", () => {
  const demo = "recordings/demo.edf";
  test("the gate withholds labels, and gives its reason", async () => {
    const { open, idle } = await compare(demo, await madeGate());
    expect(open).toBeGreaterThan(100);
    expect(idle).toBeGreaterThan(100);
  });

  test("a gate that is none, or not there, is refused in one sentence", async () => {
    const none = await brainwire("decode", demo, "--model", "fists", "--gate", "eyes");
    expect(none.stderr).toBe(
      "error: gate: model eyes cannot tell whether anything is done: none of its labels is rest or idle, it has eyes-open, eyes-closed\n",
    );
    const absent = await brainwire("decode", demo, "--model", "fists", "--gate", "no-such");
    expect(absent.stderr).toMatch(/^error: model 'no-such' is not known/);
    expect(absent.code).toBe(1);
  });
});

/** The decisions of a recording that is served at full speed, as they come over a socket. */
async function served(...args: readonly string[]): Promise<{ list: Decision[]; pipeline: unknown }> {
  const { url } = await serve(...args, "--speed", "max");
  const raw = await openHello(url);
  raw.send({ kind: "subscribe", what: ["decisions"] });
  const { info } = await raw.take("info");
  const list: Decision[] = [];
  for (;;) {
    const message = await raw.next();
    if (message.kind === "state" && message.status === "ended") break;
    if (message.kind !== "decision") continue;
    const { timing: _, ...decision } = message.decision;
    list.push(decision);
  }
  return { list, pipeline: info.model?.pipeline };
}

describe("a served stream behind a gate", () => {
  const acting = ["--gate", "rest-or-move", "--dwell", "0.3", "--refractory", "2", "--smooth", "0.5"];
  const labelled = ["recordings/demo.edf", "--model", "fists", ...acting];

  test("has the decisions of `decode` with the same options, bit for bit", async () => {
    const expected = await decided(...labelled);
    const { list, pipeline } = await served(...labelled);
    expect(list).toEqual(expected);
    for (const reason of ["idle", "dwell", "refractory"] as const)
      expect(list.filter(({ reasons }) => reasons.includes(reason)).length).toBeGreaterThan(0);
    expect(list.filter(({ label }) => label !== null).length).toBeGreaterThan(100);
    expect(pipeline).toMatchObject({
      smoothSeconds: 0.5,
      gate: { name: "rest-or-move", weights: expect.stringMatching(/^[0-9a-f]{64}$/), threshold: 0.5 },
    });
  });

  test("is captured, and its capture verifies with the gate", async () => {
    const { url } = await serve(...labelled, "--speed", "max");
    const out = join(folder, "gated");
    const taken = await brainwire("capture", url, "--out", out, "--seconds", "60");
    expect(taken).toMatchObject({ code: 0, stderr: "" });
    const verified = await brainwire("verify", out);
    expect(verified).toMatchObject({ code: 0, stderr: "" });
    expect(verified.stdout).toMatch(/(\d+) captured: \1 equal bit for bit\nverdict +the same decisions\n$/);
    const other = await brainwire("verify", out, "--gate", await madeGate());
    expect(other.stderr).toBe(`error: ${out}: does not hold: weights differ\n`);
    expect(other.stdout).toMatch(
      /why +weights: captured behind the gate rest-or-move .*; verified behind fists /,
    );
  });

  test.each([
    [
      "a model without rest",
      ["--model", "fists", "--gate", "eyes"],
      /^error: gate: model eyes cannot tell .*\n$/,
    ],
    ["no such model", ["--model", "fists", "--gate", "no-such"], /^error: model 'no-such' is not known.*\n$/],
    [
      "a threshold without its gate",
      ["--model", "fists", "--gate-threshold", "0.4"],
      /^error: .* with --gate\n$/,
    ],
    [
      "nothing that gives labels",
      ["--gate", "rest-or-move"],
      /^error: .* name what gives them with --model\n$/,
    ],
    ["a time of none", ["--model", "fists", "--dwell", "0"], /^error: option '--dwell <s>' .* above 0\.\n/],
  ])("%s: one sentence, and nothing is served", async (_, args, sentence) => {
    const ran = await brainwire("serve", "recordings/demo.edf", "--port", "0", ...args);
    expect(ran.code).toBeGreaterThan(0);
    expect(ran.stdout).toBe("");
    expect(ran.stderr).toMatch(sentence);
  });
});

const run = existsSync("models/rest-or-move/model.json") ? eegmmidb("S001R04") : null;
describeWith(run, "fists behind models/rest-or-move, on S001R04", (recording) => {
  test("decodes: labels where something is imagined, idle elsewhere", async () => {
    const { open, idle } = await compare(recording, "rest-or-move");
    expect(open).toBeGreaterThan(50);
    expect(idle).toBeGreaterThan(50);
  });

  test("is evaluated: false activations, labels while at rest, time to the first right label", async () => {
    const texts = ["--texts", "T1=left-fist,T2=right-fist,T0=rest", "--after-event-seconds", "4"];
    const plain = await brainwire("evaluate", "fists", recording, ...texts);
    const gated = await brainwire("evaluate", "fists", recording, ...texts, "--gate", "rest-or-move");
    for (const { stdout } of [plain, gated]) {
      expect(row(stdout, "balanced accuracy")).toBeGreaterThanOrEqual(0);
      expect(row(stdout, "decisions, abstained")).toBe(15);
      expect(row(stdout, "false activations a minute")).toBeGreaterThan(0);
      expect(row(stdout, "first right label after")).toBeGreaterThan(0);
      expect(row(stdout, "changes, never followed")).toBe(15);
    }
    const atRest = "labels while at rest";
    expect(row(gated.stdout, atRest)).toBeLessThan(row(plain.stdout, atRest));
  });
});
