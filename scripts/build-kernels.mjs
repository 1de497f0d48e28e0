// Compiles the AssemblyScript kernels into TypeScript files that hold the modules as base64.
//   node scripts/build-kernels.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

export const kernels = ["src/model/wasm", "src/signal/wasm", "src/tokens/wasm"];
const root = new URL("../", import.meta.url);

/** The text of `FOLDER/kernel.wasm.ts` for `FOLDER/kernel.as.ts`. */
export async function compile(folder) {
  const files = new Map();
  const messages = [];
  const { error } = await asc.main(
    [
      "kernel.as.ts",
      "--outFile=kernel.wasm",
      "--runtime=stub",
      "--enable=simd",
      "--initialMemory=1",
      "--noAssert",
      "--converge",
      "-O3",
    ],
    {
      readFile: (name) =>
        name === "kernel.as.ts" ? readFileSync(new URL(`${folder}/${name}`, root), "utf8") : null,
      writeFile: (name, contents) => files.set(name, contents),
      listFiles: () => [],
      stderr: { write: (text) => messages.push(text) },
    },
  );
  if (error) throw new Error(`${folder}/kernel.as.ts: ${messages.join("")}`, { cause: error });
  const base64 = Buffer.from(files.get("kernel.wasm")).toString("base64");
  const lines = base64.match(/.{1,100}/g).map((line) => `  "${line}"`);
  return [
    "// Made by scripts/build-kernels.mjs from kernel.as.ts; a test compares them.",
    "export const kernelBase64 =",
    `${lines.join(" +\n")};\n`,
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const folder of kernels) {
    const text = await compile(folder);
    writeFileSync(new URL(`${folder}/kernel.wasm.ts`, root), text);
    console.log(`${folder}/kernel.wasm.ts: ${Math.round((text.length * 3) / 4)} bytes`);
  }
