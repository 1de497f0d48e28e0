import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const absent = spawnSync("python3", ["--version"]).status !== 0;

(absent ? test.skip : test)(
  "the Python client reads and writes the test vectors (skipped without python3)",
  () => {
    const output = execFileSync(
      "python3",
      [path("examples/python/check_vectors.py"), path("test/golden/protocol")],
      {
        encoding: "utf8",
      },
    );
    expect(output).toBe("31 frames and 15 messages agree\n");
  },
);

test("the Python client stays under 150 lines", () => {
  expect(readFileSync(path("examples/python/brainwire.py"), "utf8").split("\n").length).toBeLessThan(150);
});
