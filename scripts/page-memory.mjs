// Drops a long recording on the page in Chromium and has it decoded at full speed: says how fast it went, and how the
// memory of the page's process (its worker's included) went meanwhile.
//   npm run build && node scripts/page-memory.mjs [hours]
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { synthetic, writeEdfFile } from "../dist/index.node.js";
import { loadPage } from "../dist/server/page.js";
import { startServer } from "../dist/server/server.js";

const hours = Number(process.argv[2] ?? 2);
const folder = mkdtempSync(join(tmpdir(), "brainwire-long-"));
const file = join(folder, "long.edf");
const electrodes =
  "Fp1 Fpz Fp2 AF7 AF3 AFz AF4 AF8 F7 F5 F3 F1 Fz F2 F4 F6 F8 FT7 FC5 FC3 FC1 FCz FC2 FC4 FC6 FT8 T7 C5 C3 C1 Cz C2 C4 C6 T8 TP7 CP5 CP3 CP1 CPz CP2 CP4 CP6 TP8 P7 P5 P3 P1 Pz P2 P4 P6 P8 PO7 PO5 PO3 POz PO4 PO6 PO8 O1 Oz O2 Iz".split(
    " ",
  );
const schedule = [{ state: "eyes-open", seconds: hours * 3600 }];
await writeEdfFile(file, synthetic({ seed: 1, sfreq: { num: 160, den: 1 }, electrodes, schedule }));

const page = await loadPage(fileURLToPath(new URL("../dist/dashboard/", import.meta.url)));
const server = await startServer({ port: 0, page });
const browser = await chromium.launch({
  executablePath: process.env.BRAINWIRE_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});

/** Resident memory of the largest renderer, MB. */
function rendererMegabytes() {
  const sizes = readdirSync("/proc").flatMap((pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("--type=renderer")) return [];
      return [Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0) / 1024];
    } catch {
      return [];
    }
  });
  return Math.max(0, ...sizes);
}

try {
  const tab = await browser.newPage();
  await tab.goto(server.url.replace(/^ws/, "http"));
  await tab.setInputFiles("#files", file);
  await tab.waitForFunction(() => document.querySelector("#status")?.dataset.status === "live");
  await tab.selectOption("#speed", "max");
  const begun = performance.now();
  const position = () =>
    tab.evaluate(() => [
      document.querySelector("#status").dataset.status,
      document.querySelector("#position").textContent,
    ]);
  console.log(`${(statSync(file).size / 1e6).toFixed(0)} MB, ${hours} h`);
  for (;;) {
    const [status, at] = await position();
    const seconds = (performance.now() - begun) / 1000;
    console.log(
      `${seconds.toFixed(0).padStart(4)} s  at ${at.padStart(8)}  ${rendererMegabytes().toFixed(0)} MB`,
    );
    if (status !== "live") break;
    await new Promise((resolve) => setTimeout(resolve, 5000));
  }
} finally {
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}
