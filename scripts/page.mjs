// Builds the page that `brainwire serve` answers with, into dist/dashboard/: a folder that needs nothing from elsewhere.
//   node scripts/page.mjs
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = new URL("../", import.meta.url);
const from = new URL("src/dashboard/", root);
const to = new URL("dist/dashboard/", root);

rmSync(to, { recursive: true, force: true });
mkdirSync(to, { recursive: true });

await build({
  entryPoints: ["main", "worker"].map((name) => fileURLToPath(new URL(`${name}.ts`, from))),
  outdir: fileURLToPath(to),
  bundle: true,
  minify: true,
  format: "esm",
  platform: "browser",
  target: ["es2022", "chrome110", "firefox115", "safari16.4"],
  legalComments: "linked",
  logLevel: "warning",
});

for (const file of ["index.html", "style.css"])
  if (existsSync(new URL(file, from))) cpSync(new URL(file, from), new URL(file, to));

/** The shipped models that run inside a page: encoders, not graphs for ONNX Runtime. */
const names = readdirSync(new URL("models/", root)).filter((name) => {
  const file = new URL(`models/${name}/model.json`, root);
  if (!existsSync(file)) return false;
  const { architecture, weights } = JSON.parse(readFileSync(file, "utf8"));
  if (architecture?.kind !== "bandpower-transformer") return false;
  for (const part of ["model.json", weights.file])
    cpSync(new URL(`models/${name}/${part}`, root), new URL(`models/${name}/${part}`, to));
  return true;
});
writeFileSync(new URL("models/index.json", to), JSON.stringify({ models: names.sort() }) + "\n");
