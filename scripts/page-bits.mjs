// Decodes recordings in the page's worker, in real Chromium and Firefox, and here, and compares every bit of every
// decision; what cannot be decoded must be refused with the same sentence.
//   npm run build && node scripts/page-bits.mjs recordings/demo.edf more.edf ...   (of BrainVision the .vhdr)
import { readdirSync, statSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));
const bundle = join(root, "node_modules/.cache/brainwire/page-bits.mjs");
await build({
  entryPoints: [join(root, "test/dashboard/same-bits.ts")],
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  outfile: bundle,
  define: {
    "import.meta.url": JSON.stringify(pathToFileURL(join(root, "test/dashboard/same-bits.ts")).href),
  },
  logLevel: "warning",
});
const { compareInBrowsers } = await import(pathToFileURL(bundle).href);

/** The files that a user would drop together: a header with what may be its data and markers. */
function together(path) {
  const isHeader = (name) => extname(name).toLowerCase() === ".vhdr";
  if (!isHeader(path)) return [path];
  const others = readdirSync(dirname(path)).map((name) => join(dirname(path), name));
  return [path, ...others.filter((other) => !isHeader(other) && statSync(other).isFile())];
}

const paths = process.argv.slice(2);
if (paths.length === 0) paths.push(join(root, "recordings/demo.edf"));
const differing = await compareInBrowsers(paths.map(together), (line) => console.log(line));
process.exitCode = differing > 0 ? 1 : 0;
