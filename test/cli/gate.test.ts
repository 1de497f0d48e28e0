import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Decision } from "../../src/eeg/decision.ts";
import { describeWith, eegmmidb } from "../shared-data.ts";
import { brainwire } from "./run-cli.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainwire-gate-"));
});
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

describe("two models over one recording", () => {
  const demo = "recordings/demo.edf";
  /** A gate for the form of it: the weights of `fists` under other labels. */
  async function madeGate(): Promise<string> {
    const gate = join(folder, "gate");
    await cp("models/fists", gate, { recursive: true });
    const path = join(gate, "model.json");
    const manifest = (await readFile(path, "utf8")).replace('"left-fist"', '"rest"');
    await writeFile(path, manifest.replace('"right-fist"', '"move"'));
    return gate;
  }

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

describeWith(eegmmidb("S001R04"), "a decoder of windows, fists-eegnet, on S001R04", (recording) => {
  test("is evaluated like any other", async () => {
    const texts = ["--texts", "T1=left-fist,T2=right-fist,T0=rest", "--after-event-seconds", "4"];
    const { stdout, code } = await brainwire("evaluate", "fists-eegnet", recording, ...texts);
    expect(code).toBe(0);
    expect(row(stdout, "balanced accuracy")).toBeGreaterThan(0.5);
    expect(row(stdout, "decisions, abstained")).toBe(15);
  });
});
