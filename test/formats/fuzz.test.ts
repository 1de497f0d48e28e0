import { expect, test } from "@jest/globals";
import { runNode } from "../cli/run-cli.ts";

// The short form of what `docs/fuzzing.json` is the long form of. BRAINWIRE_FUZZ_SECONDS=4 looks more briefly.

const seconds = process.env["BRAINWIRE_FUZZ_SECONDS"] ?? "30";

test.each(["edf", "bdf", "brainvision", "gdf", "xdf"])(
  "damaged files: %s are read or refused with an EegError",
  async (reader) => {
    const { code, stdout, stderr } = await runNode("scripts/fuzz-readers.mjs", [
      `--reader=${reader}`,
      `--seconds=${seconds}`,
      `--seed=${process.env["BRAINWIRE_FUZZ_SEED"] ?? "7"}`,
    ]);
    expect({ code, failures: /(\d+) failures/.exec(stdout)?.[1] }).toEqual({ code: 0, failures: "0" });
    expect(stderr).not.toMatch(/Error/);
    const [, mutants, read] = /(\d+) mutants .*?: (\d+) read/.exec(stdout)!;
    expect(Number(mutants)).toBeGreaterThan(10);
    expect(Number(read)).toBeGreaterThan(0);
  },
  (Number(seconds) + 60) * 1000,
);
