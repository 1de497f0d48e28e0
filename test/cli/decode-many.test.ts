import { spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { findInputs, isMany } from "../../src/cli/batch/inputs.ts";
import { brainwire } from "./run-cli.ts";

const demo = fileURLToPath(new URL("../../recordings/demo.edf", import.meta.url));

/** A study of two people, with a file that is none. */
async function study(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "brainwire-"));
  for (const person of ["s1", "s2"]) {
    await mkdir(join(folder, "study", person), { recursive: true });
    await copyFile(demo, join(folder, "study", person, "rest.edf"));
  }
  await writeFile(join(folder, "study", "s2", "notes.edf"), "no recording");
  return folder;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}

test("a study is decoded to a tree like its own; one that fails is named, the rest are done, and kept the next time", async () => {
  const folder = await study();
  const out = join(folder, "results");
  const args = [
    "decode",
    join(folder, "study/**/*.edf"),
    "--model",
    "eyes",
    "--hop-seconds",
    "1",
    "--no-timing",
  ];
  const first = await brainwire(...args, "--out", out, "--jobs", "2");
  expect(first.code).toBe(1);
  expect(first.stderr).toContain("error: 1 of 3 recordings could not be decoded");
  expect(first.stdout).toMatch(/^failed: s2\/notes.edf: .*no format that brainwire reads/m);
  expect(await filesBelow(out)).toEqual([
    ".brainwire/s1/rest.edf.json",
    ".brainwire/s2/rest.edf.json",
    "s1/rest.tsv",
    "s2/rest.tsv",
    "summary.tsv",
  ]);
  const alone = await brainwire("decode", demo, ...args.slice(2), "--format", "tsv", "--quiet");
  expect(await readFile(join(out, "s1/rest.tsv"), "utf8")).toBe(alone.stdout);
  const rows = (await readFile(join(out, "summary.tsv"), "utf8")).trimEnd().split("\n");
  expect(rows.map((row) => row.split("\t").slice(0, 4).join(" "))).toEqual([
    "file status seconds decisions",
    "s1/rest.edf done 200 199",
    "s2/notes.edf failed n/a n/a",
    "s2/rest.edf done 200 199",
  ]);
  await utimes(join(folder, "study/s1/rest.edf"), 1, 1); // another file, for all that can be told at a glance
  const second = await brainwire(...args, "--out", out);
  expect(second.stderr).toContain("1 of 3 are decoded already, and kept");
  expect(await readFile(join(out, "summary.tsv"), "utf8")).toContain("s2/rest.edf\tkept\t200");
  const other = await brainwire(...args.slice(0, 4), "--hop-seconds", "2", "--out", out);
  expect(other.stderr).not.toContain("are decoded already");
}, 120_000);

test("interrupted, it leaves whole files only", async () => {
  const folder = await study();
  const out = join(folder, "results");
  const child = spawn(
    process.execPath,
    ["dist/cli/main.js", "decode", join(folder, "study"), "--model", "eyes", "--out", out, "--jobs", "1"],
    { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, NODE_OPTIONS: "" } },
  );
  let said = "";
  let sent = false;
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (sent || !/^s1\/rest.edf: /m.test(said)) return;
    sent = child.kill("SIGINT");
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(code).toBe(130);
  expect(said).toContain("the same command goes on from here");
  const files = await filesBelow(out);
  expect(files).toContain("s1/rest.tsv");
  expect(files.filter((name) => name.endsWith(".part"))).toEqual([]);
}, 60_000);

test("several recordings need a folder, and do without a pace", async () => {
  const none = await brainwire("decode", "recordings", "--model", "eyes");
  expect(none.stderr).toContain("name their folder with --out");
  const paced = await brainwire("decode", "recordings", "--model", "eyes", "--out", "x", "--speed", "2");
  expect(paced.stderr).toContain("--prove, --speed, --follow and --annotate are for one recording at a time");
});

test("folders, patterns and files name recordings, each once, from what they have in common", async () => {
  const folder = await study();
  const names = async (...sources: string[]): Promise<string[]> =>
    (await findInputs(sources.map((source) => join(folder, source)))).map(({ name }) => name);
  expect(await names("study")).toEqual(["s1/rest.edf", "s2/notes.edf", "s2/rest.edf"]);
  expect(await names("study/*/rest.edf")).toEqual(["s1/rest.edf", "s2/rest.edf"]);
  expect(await names("study/s1/rest.edf", "study/s2/*.edf", "study/s1")).toEqual([
    "s1/rest.edf",
    "s2/notes.edf",
    "s2/rest.edf",
  ]);
  for (const name of ["x.vhdr", "x.eeg", "x.vmrk", "[1].edf"])
    await writeFile(join(folder, "study/s1", name), "");
  expect(await names("study/s1/x.*")).toEqual(["x.vhdr"]);
  expect(isMany(join(folder, "study/s1/[1].edf"))).toBe(false); // a file, whatever its name looks like
  expect(isMany(join(folder, "study/s?/*.edf"))).toBe(true);
  await expect(names("study/*.gdf")).rejects.toThrow("no recording is there");
});
