import { spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { brainwire, runNode } from "./run-cli.ts";

const decode = ["--model", "eyes", "--format", "jsonl", "--no-timing"];

async function emptyFile(name: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), "brainwire-")), name);
  await writeFile(path, ""); // the recorder opens it before it writes
  return path;
}

test("decode --follow: what another program is still writing gives what the finished file gives", async () => {
  const each = ["EDF+D", "BDF+C"].map(async (format) => {
    const path = await emptyFile(`now.${format.slice(0, 3).toLowerCase()}`);
    const following = brainwire("decode", path, ...decode, "--follow", "--idle-seconds", "4");
    const written = await runNode("test/cli/write-slowly.js", [path, format, "60"]);
    expect(written).toMatchObject({ code: 0, stderr: "" });
    const followed = await following;
    expect(followed.code).toBe(0);
    const whole = await brainwire("decode", path, ...decode);
    expect(whole.stdout.split("\n").length).toBeGreaterThan(200);
    expect(followed.stdout).toBe(whole.stdout);
  });
  await Promise.all(each);
});

test("decode --follow: decisions come while the file grows; Ctrl-C ends them with a summary", async () => {
  const path = await emptyFile("now.bdf");
  const writer = spawn(process.execPath, ["test/cli/write-slowly.js", path, "BDF+C", "300"]);
  const follower = spawn(process.execPath, [
    ...["dist/cli/main.js", "decode", path, ...decode, "--follow", "--idle-seconds", "20"],
  ]);
  let [stdout, stderr] = ["", ""];
  let writing = true;
  let early = 0;
  writer.on("close", () => (writing = false));
  follower.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  follower.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    if (writing) early = stdout.split("\n").length - 1;
    if (early > 100) follower.kill("SIGINT");
  });
  const code = await new Promise((resolve) => void follower.on("close", resolve));
  writer.kill();
  expect({ code, early: early > 100 }).toEqual({ code: 0, early: true });
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
