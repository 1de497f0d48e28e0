import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
// @ts-expect-error: a script without types
import { compile, kernels } from "../../scripts/build-kernels.mjs";

test.each(kernels as string[])(
  "%s/kernel.wasm.ts is what the compiler makes of kernel.as.ts",
  async (folder) => {
    const made = readFileSync(new URL(`../../${folder}/kernel.wasm.ts`, import.meta.url), "utf8");
    expect(await compile(folder)).toBe(made);
  },
);
