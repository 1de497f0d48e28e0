import { expect, test } from "@jest/globals";
import { describeWith, sharedData } from "../shared-data.ts";
import { brainwire } from "./run-cli.ts";

test("info says what the demo recording holds", async () => {
  const { code, stdout, stderr } = await brainwire("info", "recordings/demo.edf");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("recordings/demo.edf: EDF+C");
  expect(stdout).toContain("'eyes-closed'");
});

test("info --json prints one object with the documented fields", async () => {
  const { stdout } = await brainwire("info", "recordings/demo.edf", "--json");
  const summary = JSON.parse(stdout) as Record<string, unknown> & { channels: Record<string, unknown>[] };
  expect(Object.keys(summary).sort()).toEqual(
    [
      "annotations",
      "channels",
      "diagnostics",
      "durationSeconds",
      "format",
      "gaps",
      "nRecords",
      "recordDurationSeconds",
      "startTime",
    ].sort(),
  );
  expect(Object.keys(summary.channels[0]!).sort()).toEqual(
    [
      "digitalMax",
      "digitalMin",
      "label",
      "nSamples",
      "physicalMax",
      "physicalMin",
      "prefilter",
      "sfreq",
      "transducer",
      "unit",
    ].sort(),
  );
});

test("a file that is not there is one sentence and exit code 1", async () => {
  const { code, stdout, stderr } = await brainwire("info", "nowhere.edf");
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: "",
    stderr: "error: nowhere.edf: no such file; check the path\n",
  });
});

test("a wrong command line is exit code 2", async () => {
  expect((await brainwire("infoo")).code).toBe(2);
  expect((await brainwire("info")).code).toBe(2);
});

test("--debug adds the code and the stack, on a fault of the input too", async () => {
  const { stderr } = await brainwire("--debug", "info", "nowhere.edf");
  expect(stderr).toMatch(/FILE_UNREADABLE\n(.|\n)*at /);
});

test("every command has help with examples", async () => {
  const { stdout } = await brainwire("--help");
  const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)]
    .map((match) => match[1]!)
    .filter((name) => name !== "help");
  expect(commands.length).toBeGreaterThan(5);
  for (const command of commands)
    expect((await brainwire(command, "--help")).stdout).toMatch(/Examples?:\n {2}brainwire/);
}, 60_000);

describeWith(sharedData("recordings/formats/malformed"), "malformed files", (folder) => {
  test("a page saved as a recording is refused by name", async () => {
    const { code, stderr } = await brainwire("info", `${folder}/html.edf`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: .*html\.edf: a web page; .*\n$/);
  });
});

test("info --quality says which channels are good", async () => {
  const { stdout } = await brainwire("info", "recordings/demo.edf", "--quality");
  expect(stdout).toContain("quality   all of 32 EEG channels good, by 199 s of signal (criteria of PREP)");
  const json = await brainwire("info", "recordings/demo.edf", "--quality", "--json");
  const { quality } = JSON.parse(json.stdout) as { quality: { label: string; faults: string[] }[] };
  expect(quality.map(({ label, faults }) => [label, faults])[0]).toEqual(["Fp1", []]);
});
