// Writes recordings/demo.edf, the simulated recording that recordings/demo.json describes.
//   npm run build && node scripts/demo-recording.mjs
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { synthetic, writeEdfFile } from "../dist/index.node.js";

const { simulation, file } = JSON.parse(
  readFileSync(new URL("../recordings/demo.json", import.meta.url), "utf8"),
);
const path = fileURLToPath(new URL("../recordings/demo.edf", import.meta.url));
for (const { message } of await writeEdfFile(path, synthetic(simulation), file)) console.error(message);
