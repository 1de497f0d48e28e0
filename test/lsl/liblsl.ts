import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, test } from "@jest/globals";

const cache = join(process.env["BRAINWIRE_CACHE"] ?? join(homedir(), ".cache", "brainwire"), "liblsl");
const builds = ["liblsl64.so", "liblsl64.dylib", "liblslarm.dylib", "liblsl64.dll"].map((name) =>
  join(cache, name),
);
const library = process.env["LSL_LIB"] || builds.find((path) => existsSync(path));

/** `describe` with a liblsl that stays on this machine, or a skipped one that says how to get it. */
export function describeWithLiblsl(title: string, tests: () => void): void {
  if (library === undefined)
    return describe.skip(`${title} (skipped: no liblsl; node scripts/liblsl.mjs fetches it)`, () => {
      test("needs liblsl", () => undefined);
    });
  process.env["LSL_LIB"] = library;
  describe(title, tests);
}
