// Puts text between two marks of a page of docs/, laid out as `npm run format` wants it.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";

/** Between `<!-- NAME -->` and `<!-- end of NAME -->`. */
export async function writeMarked(page, name, text) {
  const path = fileURLToPath(new URL(`../docs/${page}`, import.meta.url));
  const marked = new RegExp(`<!-- ${name} -->[\\s\\S]*<!-- end of ${name} -->`);
  const before = readFileSync(path, "utf8");
  if (!marked.test(before)) throw new Error(`${page} has no place for ${name}`);
  const after = before.replace(marked, () => `<!-- ${name} -->\n\n${text}\n\n<!-- end of ${name} -->`);
  writeFileSync(path, await format(after, { ...(await resolveConfig(path)), filepath: path }));
}
