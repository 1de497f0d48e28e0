// Builds the page that `brainwire serve` answers with, into dist/dashboard/. The server adds the shipped models to it.
//   node scripts/page.mjs
import { cpSync, mkdirSync, rmSync } from "node:fs";
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

for (const file of ["index.html", "style.css"]) cpSync(new URL(file, from), new URL(file, to));
