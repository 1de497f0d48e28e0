import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, test } from "@jest/globals";

const root = process.env["BRAINWIRE_TEST_DATA"] ?? fileURLToPath(new URL("../../shared", import.meta.url));

/** A path in the folder of test data that is not part of the repository, or null where it is absent. */
export function sharedData(path: string): string | null {
  const full = resolve(root, path);
  return existsSync(full) ? full : null;
}

/** A recording of EEGMMIDB such as `S001R01`, as `brainwire recordings fetch` caches it, or null. */
export function eegmmidb(name: string): string | null {
  const path = join(
    process.env["BRAINWIRE_CACHE"] ?? join(homedir(), ".cache", "brainwire"),
    "eegmmidb",
    `${name}.edf`,
  );
  return existsSync(path) ? path : null;
}

/** `describe` where the data are, a skipped one whose title says what is absent where they are not. */
export function describeWith(data: string | null, title: string, tests: (data: string) => void): void {
  if (data === null)
    describe.skip(`${title} (skipped: test data absent)`, () => {
      test("needs recordings that are not part of the repository", () => undefined);
    });
  else describe(title, () => tests(data));
}
