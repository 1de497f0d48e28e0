import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "@jest/globals";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));
const npm = process.platform === "win32" ? "npm.cmd" : "npm";
const run = (command: string, args: readonly string[], cwd: string): string =>
  execFileSync(command, args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    shell: command === npm,
  });

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

let folder: string;
let packed: Packed;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "brainwire-pack-"));
  packed = (
    JSON.parse(
      run(npm, ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], root),
    ) as Packed[]
  )[0]!;
}, 60_000);

test("the package is under 5 MB and holds the program, the model and the demo", () => {
  expect(packed.size).toBeLessThan(5e6);
  const paths = packed.files.map(({ path }) => path);
  for (const path of [
    "dist/cli/main.js",
    "dist/index.node.d.ts",
    "models/eyes/model.json",
    "models/eyes/weights.safetensors",
    "dist/dashboard/index.html",
    "dist/dashboard/main.js",
    "dist/dashboard/worker.js",
    "dist/dashboard/licences.txt",
    "recordings/demo.edf",
    "LICENSE",
    "README.md",
  ])
    expect(paths).toContain(path);
  expect(paths.filter((path) => /^(src|test|bench)\/|\.map$/.test(path))).toEqual([]);
});

test("what users install has no install script and no native dependency", () => {
  const { scripts, dependencies, peerDependenciesMeta } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  ) as {
    scripts: Record<string, string>;
    dependencies: Record<string, string>;
    peerDependenciesMeta: Record<string, { optional: boolean }>;
  };
  expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([]);
  expect(Object.keys(dependencies).filter((name) => /onnx|tensorflow/.test(name))).toEqual([]);
  expect(peerDependenciesMeta["onnxruntime-node"]).toEqual({ optional: true });
});

test("the neutral entry bundles for a browser without anything of Node's", async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(root, "dist/index.js")],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    minify: true,
  });
  expect(Object.keys(metafile.inputs).filter((path) => /\.node\.js$|^node:/.test(path))).toEqual([]);
  expect(outputFiles[0]!.text).not.toMatch(/from\s*["']node:/);
});

test.each([
  ["decode, openRecording", 400_000],
  ["openRecording", 150_000],
  ["bandpass", 60_000],
])(
  "import { %s } bundles for a browser, with nothing of Node's, to less than %d bytes",
  async (names, most) => {
    const { outputFiles, metafile } = await build({
      stdin: { contents: `export { ${names} } from "brainwire";`, resolveDir: root },
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      platform: "browser",
      minify: true,
    });
    expect(Object.keys(metafile.inputs).filter((path) => /\.node\.js$|^node:/.test(path))).toEqual([]);
    expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
    expect(outputFiles[0]!.contents.length).toBeLessThan(most);
  },
);

test("the public surface is what it was", () => {
  const names = run(
    process.execPath,
    ["-e", 'import("brainwire").then((m) => console.log(Object.keys(m).sort().join("\\n")))'],
    root,
  );
  expect(names).toMatchSnapshot();
});
