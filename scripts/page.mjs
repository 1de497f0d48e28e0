// Builds the page that `brainwire serve` answers with, into dist/dashboard/. The server adds the shipped models to it.
//   node scripts/page.mjs
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = new URL("../", import.meta.url);
const from = new URL("src/dashboard/", root);
const to = new URL("dist/dashboard/", root);

rmSync(to, { recursive: true, force: true });
mkdirSync(to, { recursive: true });

const { metafile } = await build({
  entryPoints: ["main", "worker"].map((name) => fileURLToPath(new URL(`${name}.ts`, from))),
  outdir: fileURLToPath(to),
  bundle: true,
  minify: true,
  format: "esm",
  platform: "browser",
  target: ["es2022", "chrome110", "firefox115", "safari16.4"],
  metafile: true,
  legalComments: "none", // see licences.txt
  logLevel: "warning",
});

for (const file of ["index.html", "style.css"]) cpSync(new URL(file, from), new URL(file, to));

/** The packages of others that are in the bundles. */
const packages = new Set(
  Object.keys(metafile.inputs).flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
);
const texts = [...packages].sort().map((name) => {
  const folder = new URL(`node_modules/${name}/`, root);
  const read = (file) => readFileSync(new URL(file, folder), "utf8");
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? read(file) : (/^#+ *licen[cs]e[^]*/im.exec(read("README.md"))?.[0] ?? "");
  if (text === "") throw new Error(`${name}: no text of its licence was found`);
  return `${name} ${JSON.parse(read("package.json")).version}\n\n${text.trim()}\n`;
});
writeFileSync(new URL("licences.txt", to), texts.join(`\n${"-".repeat(80)}\n\n`));
