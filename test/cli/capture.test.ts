import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { openFile } from "../../src/formats/open.node.ts";
import { loadEncoder } from "../../src/model/load.node.ts";
import type { Server } from "../../src/server/server.ts";
import { decodingBy, startTestServer, stopServers, until } from "../server/harness.ts";
import { brainwire, runNode, type Ran } from "./run-cli.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainwire-"));
});
afterEach(stopServers);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A server that plays the demo. */
async function demoServer(speed: number | "max", options: { loop?: boolean } = {}): Promise<Server> {
  const server = await startTestServer({ decoding: decodingBy(await loadEncoder("eyes")) });
  await server.addRecording(await openFile(join(root, "recordings/demo.edf")), { speed, ...options });
  return server;
}

test("a capture is taken, verified, and found out when a decision was changed", async () => {
  const { url } = await demoServer("max");
  const out = join(folder, "taken");
  const taken = await brainwire("capture", url, "--out", out, "--seconds", "30");
  expect(taken).toMatchObject({ code: 0, stderr: "" });
  expect(taken.stdout).toMatch(
    /^.*taken: 0:3\d\.\d, [\d,]+ samples, 0 gaps, \d+ decisions, \d\.\d MB of demo \(30 s were captured\)\n {2}brainwire verify .*taken\n$/,
  );
  const verified = await brainwire("verify", out);
  expect(verified).toMatchObject({ code: 0, stderr: "" });
  expect(verified.stdout).toMatch(
    /decisions {2}(\d+) captured: \1 equal bit for bit\nverdict +the same decisions\n$/,
  );

  const again = await brainwire("capture", url, "--out", out);
  expect(again).toMatchObject({
    code: 1,
    stdout: "",
    stderr: `error: ${out}: exists already; name another\n`,
  });

  const path = join(out, "decisions.jsonl");
  const text = await readFile(path, "utf8");
  await writeFile(
    path,
    text.replace('"label":"eyes-open","probability":0.', '"label":"eyes-open","probability":0.1'),
  );
  const changed = await brainwire("verify", out);
  expect(changed).toMatchObject({ code: 1, stderr: `error: ${out}: does not hold: data differ\n` });
  expect(changed.stdout).toMatch(
    /first +segment 0, sample \d+ \(0:\d\d?\.\d\)\n +captured {2}eyes-open 0\.1\d+\n +computed {2}eyes-open 0\.\d+\nwhy +data: decisions\.jsonl: has \d+ bytes, had \d+\nverdict +DIFFERENT\n$/,
  );
  const json = await brainwire("verify", out, "--json");
  expect(JSON.parse(json.stdout)).toMatchObject({ holds: false, different: 1 });
});

test.each(["edf", "bdf"])(
  "one .%s file, with markers and what was decoded as annotations",
  async (ending) => {
    const { url } = await demoServer("max");
    const out = join(folder, `one.${ending}`);
    const { code, stdout, stderr } = await brainwire("capture", url, "--out", out);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(
      /one\.\wdf: 3:20\.0, 40,000 samples, 0 gaps, 1,995 decisions, \d\.\d MB \(the stream ended\)\n$/,
    );
    const recording = await openFile(out);
    const { annotations, durationSeconds, gaps } = await recording.summary();
    await recording.close();
    expect([durationSeconds, gaps]).toEqual([200, []]);
    const texts = annotations.map(({ text }) => text);
    expect(new Set(texts)).toEqual(
      new Set([
        "eyes-open",
        "eyes-closed",
        "decoded/eyes-open",
        "decoded/eyes-closed",
        "decoded/none/settling",
      ]),
    );
    const decoded = annotations.filter(({ text }) => text.startsWith("decoded/"));
    const seconds = decoded.reduce((sum, { durationSeconds: lasted }) => sum + (lasted ?? 0), 0);
    expect(seconds).toBeCloseTo(199.5, 0); // from the first decision on
    const twice = await brainwire("capture", url, "--out", out);
    expect(twice.stderr).toBe(`error: ${out}: exists already; name another\n`);
  },
);

/** Runs a command line in a shell. */
function shell(command: string): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", command], { cwd: root });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (text: Buffer) => (stdout += String(text)));
    child.stderr.on("data", (text: Buffer) => (stderr += String(text)));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

const onPosix = process.platform === "win32" ? test.skip : test;

onPosix("a disk that takes no more is one sentence, and what it took verifies", async () => {
  const { url } = await demoServer("max");
  const out = join(folder, "full");
  const full = await shell(
    `ulimit -f 2000; exec '${process.execPath}' dist/cli/main.js capture ${url} --out '${out}'`,
  );
  expect(full).toMatchObject({
    code: 1,
    stdout: "",
    stderr: `error: ${join(out, "samples.bin")}: the file may not grow further\n`,
  });
  const verified = await brainwire("verify", out);
  expect(verified.code).toBe(0);
  expect(verified.stdout).toMatch(/cut off: it has no end/);
  expect(verified.stdout).toMatch(/verdict +the same decisions, up to the last whole record\n$/);
});

onPosix("Ctrl-C ends it cleanly", async () => {
  const { url } = await demoServer(2);
  const out = join(folder, "interrupted");
  const child = spawn(process.execPath, ["dist/cli/main.js", "capture", url, "--out", out], { cwd: root });
  let stdout = "";
  child.stdout.on("data", (text: Buffer) => (stdout += String(text)));
  const closed = new Promise<number | null>((resolve) => child.on("close", resolve));
  await until(() => existsSync(join(out, "segment-0.bdf")));
  child.kill("SIGINT");
  expect(await closed).toBe(0);
  expect(stdout).toMatch(/ of demo \(interrupted\)\n/);
  expect(await brainwire("verify", out)).toMatchObject({ code: 0, stderr: "" });
});

test("what cannot be captured or verified is one sentence", async () => {
  const server = await demoServer(1);
  const failure = async (...args: string[]): Promise<string> => {
    const { code, stderr, stdout } = await brainwire(...args);
    expect([code, stdout]).toEqual([1, ""]);
    return stderr;
  };
  const out = join(folder, "none");
  expect(await failure("capture", server.url, "--stream", "other", "--out", out)).toBe(
    `error: ${server.url}/: serves no stream 'other'; it has demo\n`,
  );
  expect(await failure("capture", server.url, "--out", join(folder, "no", "such"))).toBe(
    `error: ${join(folder, "no", "such")}: its folder does not exist\n`,
  );
  await server.close();
  expect(await failure("capture", server.url, "--out", out)).toMatch(/nobody answers .* check the address/);
  expect(await failure("verify", out)).toMatch(/capture\.json: no such file; is it a capture\?\n$/);
  expect(existsSync(out)).toBe(false);
});

onPosix(
  "captures that are killed at random moments leave what verifies, and files that open",
  async () => {
    const { code, stdout, stderr } = await runNode("scripts/kill-captures.mjs", [
      "--times",
      "5",
      "--seed",
      "7",
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({
      kills: { folders: 5 },
      folders: { verified: 5, different: 0 },
      failures: [],
    });
  },
  180_000,
);
