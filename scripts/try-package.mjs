// Installs the package as packed into an empty folder, without the optional peers, and uses it there:
//   npm run build && node scripts/try-package.mjs
import { execFileSync, spawn } from "node:child_process";
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

/** Starts the server as a user does, and takes from it what its page loads. */
async function tryPage(demo) {
  const program = join(folder, "node_modules/brainwire/dist/cli/main.js");
  const server = spawn(process.execPath, [program, "serve", demo, "--model", "eyes", "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    let said = "";
    for await (const text of server.stdout) if ((said += text).includes("serving at")) break;
    const [address] = /http:\S+/.exec(said) ?? [""];
    const types = { "": "text/html", "main.js": "text/javascript", "worker.js": "text/javascript" };
    const { models } = await (await fetch(`${address}/models/index.json`)).json();
    for (const name of models) types[`models/${name}/model.json`] = "application/json";
    for (const [path, type] of Object.entries(types)) {
      const response = await fetch(`${address}/${path}`);
      const got = response.headers.get("content-type");
      if (!response.ok || !got?.startsWith(type))
        throw new Error(`the installed server answers /${path} with ${response.status}, ${got}`);
    }
    return Object.keys(types).length;
  } finally {
    server.kill("SIGTERM");
  }
}

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
  const nFiles = await tryPage(demo);
  console.log(
    `the package (${(size / 1e6).toFixed(1)} MB) installs alone, reads ${format}, gave ${lines.length} decisions and serves its page (${nFiles} of its files tried)`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
