// Runs every benchmark of this folder, or those named: npm run bench -- [NAME ...]
import { readdirSync } from "node:fs";
import { cpus } from "node:os";

const wanted = process.argv.slice(2);
const folder = new URL("./", import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith(".bench.js"));

console.log(`${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, Node ${process.version}`);
for (const file of files) {
  const name = file.replace(".bench.js", "");
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n## ${name}`);
  const bench = await import(new URL(file, folder).href);
  await bench.run(console.log);
}
