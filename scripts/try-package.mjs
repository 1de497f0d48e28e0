// Installs the package as packed into an empty folder, without the optional peers, and uses it there:
//   npm run build && node scripts/try-package.mjs
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "brainwire-package-"));
const npm = (args, cwd) =>
  execFileSync("npm", args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    shell: process.platform === "win32",
  });

try {
  const [{ filename, size }] = JSON.parse(
    npm(["pack", "--json", "--ignore-scripts", "--pack-destination", folder], root),
  );
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  npm(
    ["install", "--omit=optional", "--omit=peer", "--no-audit", "--no-fund", join(folder, filename)],
    folder,
  );
  const demo = join(root, "recordings/demo.edf");
  const brainwire = (...args) => npm(["exec", "--", "brainwire", ...args], folder);
  const { format } = JSON.parse(brainwire("info", demo, "--json"));
  const lines = brainwire("decode", demo, "--model", "eyes", "--format", "jsonl", "--quiet")
    .trim()
    .split("\n");
  const labels = new Set(lines.map((line) => JSON.parse(line).label));
  if (format !== "EDF+C" || !labels.has("eyes-open") || !labels.has("eyes-closed"))
    throw new Error(`the installed package reads ${format} and decodes ${[...labels].join(", ")}`);
  console.log(
    `the package (${(size / 1e6).toFixed(1)} MB) installs alone, reads ${format} and gave ${lines.length} decisions`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
