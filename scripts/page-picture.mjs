// Takes the picture of the page that the README shows: the demo recording, two minutes in.
//   npm run build && node scripts/page-picture.mjs && pngquant --force --ext .png 96 docs/page.png
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const server = spawn(
  process.execPath,
  [
    path("dist/cli/main.js"),
    "serve",
    path("recordings/demo.edf"),
    "--model",
    "eyes",
    "--port",
    "0",
    "--speed",
    "4",
  ],
  { stdio: ["ignore", "pipe", "inherit"] },
);
let said = "";
while (!said.includes("http:")) said += String((await once(server.stdout, "data"))[0]);
const browser = await chromium.launch({
  executablePath: process.env.BRAINWIRE_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
await page.goto(/http:\S+/.exec(said)[0]);
await page.waitForFunction(() => /^[12]:[45]/.test(document.getElementById("position").textContent), null, {
  timeout: 120_000,
});
for (const key of ["<", "<"]) {
  await page.keyboard.press(key);
  await page.waitForTimeout(500);
}
await page.waitForTimeout(15_000);
await page.screenshot({ path: path("docs/page.png") });
await browser.close();
server.kill();
