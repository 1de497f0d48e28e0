import { spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { brainwire, runNode } from "./run-cli.ts";

const decode = ["--model", "eyes", "--format", "jsonl", "--no-timing"];

async function emptyFile(name: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), "brainwire-")), name);
  await writeFile(path, ""); // the recorder opens it before it writes
  return path;
}

interface Follower {
  readonly output: () => string;
  readonly end: () => Promise<{ code: unknown; stdout: string; stderr: string }>;
}

/** Starts following a file; `end` presses Ctrl-C. */
function follow(path: string): Follower {
  const args = ["dist/cli/main.js", "decode", path, ...decode, "--follow", "--idle-seconds", "50"];
  const child = spawn(process.execPath, args);
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const closed = new Promise((resolve) => void child.on("close", resolve));
  return {
    output: () => stdout,
    async end() {
      child.kill("SIGINT");
      return { code: await closed, stdout, stderr };
    },
  };
}

test("decode --follow: what another program is still writing gives what the finished file gives", async () => {
  const each = ["EDF+D", "BDF+C"].map(async (format) => {
    const path = await emptyFile(`now.${format.slice(0, 3).toLowerCase()}`);
    const follower = follow(path);
    const written = await runNode("test/cli/write-slowly.js", [path, format, "60"]);
    expect(written).toMatchObject({ code: 0, stderr: "" });
    while (follower.output() === "") await setTimeout(50); // it may be slow to start
    const followed = await follower.end();
    expect(followed.code).toBe(0);
    const whole = await brainwire("decode", path, ...decode);
    expect(whole.stdout.split("\n").length).toBeGreaterThan(200);
    expect(followed.stdout).toBe(whole.stdout);
  });
  await Promise.all(each);
});

test("decode --follow: decisions come while the file grows; Ctrl-C ends them with a summary", async () => {
  const path = await emptyFile("now.bdf");
  const writer = spawn(process.execPath, ["test/cli/write-slowly.js", path, "BDF+C", "1000"]);
  const follower = follow(path);
  while (follower.output().split("\n").length < 40) await setTimeout(50);
  expect(writer.exitCode).toBeNull(); // which takes half a minute
  const { code, stdout, stderr } = await follower.end();
  writer.kill();
  expect(code).toBe(0);
  expect(stderr).toMatch(/^labels +\d+ in 0:\d\d\.\d/m);
  for (const line of stdout.trim().split("\n")) JSON.parse(line);
});

test("decode --follow: a file that never begins, and one of another format, are refused", async () => {
  const path = await emptyFile("never.edf");
  const none = await brainwire("decode", path, "--model", "eyes", "--follow", "--idle-seconds", "0.2");
  expect(none.code).not.toBe(0);
  expect(none.stderr).toMatch(/the file is empty/);
  const bv = join(path, "..", "x.vhdr");
  await writeFile(
    bv,
    "Brain Vision Data Exchange Header File Version 1.0\n[Common Infos]\nDataFile=x.eeg\nDataFormat=BINARY\nNumberOfChannels=1\nSamplingInterval=4000\n[Binary Infos]\nBinaryFormat=INT_16\n[Channel Infos]\nCh1=Cz,,0.1,µV\n",
  );
  await writeFile(join(path, "..", "x.eeg"), new Uint8Array(1000));
  const other = await brainwire("decode", bv, "--model", "eyes", "--follow", "--idle-seconds", "0.2");
  expect(other.code).not.toBe(0);
  expect(other.stderr).toMatch(/only EDF and BDF files can be followed while they grow, this is BrainVision/);
});
